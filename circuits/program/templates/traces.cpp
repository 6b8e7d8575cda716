{# Samples variables of some cells or synapses at some steps; the run says which. #}
{# USES_VARIABLES { t_in_timesteps } #}
{% extends 'common_group.cpp' %}

{% block extra_headers %}
#include "sampling.h"
{% endblock %}

{% block maincode %}
    static const hippokv::Sampling _sampling("{{owner.name}}");
    if (!_sampling.is_due({{t_in_timesteps}}))
        return;
    {% for name, array in arrays|dictsort %}
    {{get_array_name(array, access_data=False)}}.reserve(_sampling.values());
    {% endfor %}
    const size_t _vectorisation_idx = -1;
    // Once a step.
    %ONCE_A_STEP%
    // For each cell or synapse.
    for (size_t _place = 0; _place < _sampling.places.size(); _place++)
    {
        const int _idx = _sampling.places[_place];
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
        {% for name, array in arrays|dictsort %}
        {{get_array_name(array, access_data=False)}}.push_back(_sampled_{{name}});
        {% endfor %}
    }
{% endblock %}
