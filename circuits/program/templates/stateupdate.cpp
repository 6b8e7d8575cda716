{# Statements about all cells of a population, after what is the same for all of them. Those
   whose name ends in _while_X are left out while the variable X is 0. #}
{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    {% if '_while_' in codeobj_name %}
    {% set _gate = codeobj_name.split('_while_')[1].split('_codeobject')[0] %}
    if ({{get_array_name(variables[_gate])}}[0] == 0.0)
        return;
    {% endif %}
    const size_t _vectorisation_idx = -1;
    // Once a step.
    %ONCE_A_STEP%
    // For each cell.
    const int _N = {{constant_or_scalar('N', variables['N'])}};
    {% if cells_are_independent %}
    #pragma GCC ivdep
    {% endif %}
    for (int _idx = 0; _idx < _N; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
    }
{% endblock %}
