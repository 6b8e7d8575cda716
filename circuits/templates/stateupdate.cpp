{# Statements about all cells of a population. What is the same for all of them comes first; of it,
   exponentials of constants such as exp(-dt/tau) are remembered from step to step. #}
{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|join('\n')|replace(' exp(', ' HIPPOKV_REMEMBERED_EXP(')|autoindent}}

    const int _N = {{constant_or_scalar('N', variables['N'])}};
    {% set _indirect = variable_indices.values()|reject('in', ('_idx', '0'))|list %}
    {% if not _indirect %}
    #pragma GCC ivdep
    {% endif %}
    for (int _idx = 0; _idx < _N; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
    }
{% endblock %}
