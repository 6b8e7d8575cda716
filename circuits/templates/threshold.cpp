{# Which cells are past a threshold. Events are rare: a block of cells is first asked as a whole, in a
   loop without branches that the compiler turns into vector instructions. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    {% set _eventspace = get_array_name(eventspace_variable) %}
    const int _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    const int _cells = N;
    const int _block = 128;
    int32_t _count = 0;
    for (int _first = 0; _first < _cells; _first += _block)
    {
        const int _last = _first + _block < _cells ? _first + _block : _cells;
        int64_t _any = 0;
        for (int _idx = _first; _idx < _last; _idx++)
        {
            const int _vectorisation_idx = _idx;
            {{vector_code|autoindent}}
            _any |= _cond ? 1 : 0;
        }
        if (!_any)
            continue;
        for (int _idx = _first; _idx < _last; _idx++)
        {
            const int _vectorisation_idx = _idx;
            {{vector_code|autoindent}}
            if (_cond) {
                {{_eventspace}}[_count++] = _idx;
                {% if _uses_refractory %}
                {{not_refractory}}[_idx] = false;
                {{lastspike}}[_idx] = {{t}};
                {% endif %}
            }
        }
    }
    {{_eventspace}}[_cells] = _count;
{% endblock %}

{% block after_code %}
    {{get_array_name(eventspace_variable)}}[N] = 0;
{% endblock %}
