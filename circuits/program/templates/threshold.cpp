{# Which cells are past a threshold. Events are rare: the condition is evaluated for a block of cells in
   a loop without branches, which the compiler turns into vector instructions, and only blocks and
   groups of cells with an event are searched. Where only cells that spike in this step can have it, none
   of the others is looked at. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    {% set _eventspace = get_array_name(eventspace_variable) %}
    {% set _condition = owner.events[eventspace_variable.name[1:-5]] %}
    const int _vectorisation_idx = -1;
    // Once a step.
    %ONCE_A_STEP%
    // For each cell.
    const int _cells = N;
    int32_t _count = 0;
    {% if _condition.startswith('lastspike > t - 0.5*dt and ') %}
    {% set _spikes = get_array_name(owner.variables['_spikespace'])|replace('_ptr_array', '_array') %}
    for (int _spike = 0; _spike < {{_spikes}}[_cells]; _spike++)
    {
        const int _idx = {{_spikes}}[_spike];
        const int _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
        if (_cond)
            {{_eventspace}}[_count++] = _idx;
    }
    {% else %}
    const int _block = 128;
    const int _group = 8;
    int64_t _past[_block];
    for (int _first = 0; _first < _cells; _first += _block)
    {
        const int _size = _first + _block < _cells ? _block : _cells - _first;
        int64_t _any = 0;
        for (int _place = 0; _place < _size; _place++)
        {
            const int _idx = _first + _place;
            const int _vectorisation_idx = _idx;
            {{vector_code|autoindent}}
            _past[_place] = _cond ? 1 : 0;
            _any |= _past[_place];
        }
        if (!_any)
            continue;
        for (int _place = _size; _place % _group; _place++)
            _past[_place] = 0;
        for (int _start = 0; _start < _size; _start += _group)
        {
            int64_t _some = 0;
            for (int _place = 0; _place < _group; _place++)
                _some |= _past[_start + _place];
            if (!_some)
                continue;
            for (int _place = _start; _place < _start + _group; _place++)
                if (_past[_place])
                {
                    const int _idx = _first + _place;
                    {{_eventspace}}[_count++] = _idx;
                    {% if _uses_refractory %}
                    {{not_refractory}}[_idx] = false;
                    {{lastspike}}[_idx] = {{t}};
                    {% endif %}
                }
        }
    }
    {% endif %}
    {{_eventspace}}[_cells] = _count;
{% endblock %}

{% block after_code %}
    {{get_array_name(eventspace_variable)}}[N] = 0;
{% endblock %}
