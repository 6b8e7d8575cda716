{# What a spike does to the cells it reaches. Where every cell reaches every other, the synapses of a
   cell lie side by side in the order of their targets: they need neither a queue nor a table of
   targets, and the compiler turns the loop over them into vector instructions. #}
{# USES_VARIABLES { _synaptic_pre } #}
{% extends 'common_synapses.cpp' %}

{% block maincode %}
    const size_t _vectorisation_idx = -1;
    // Once a step.
    %ONCE_A_STEP%
    // For each cell.
    {% set _all_to_all = get_device().all_to_all.get(pathway.name) %}
    {% if _all_to_all %}
    {% set _synapses = '_ptr_array_' ~ pathway.synapses.name ~ '__synaptic_' %}
    {% set _eventspace = get_array_name(pathway.source.variables[pathway.eventspace_name])|replace('_ptr_array', '_array') %}
    const int _targets = {{_all_to_all[1]}};
    const int _events = {{_eventspace}}[{{_all_to_all[0]}}];
    for (int _event = 0; _event < _events; _event++)
    {
        const int32_t _source = {{_eventspace}}[_event];
        #pragma GCC ivdep
        for (int _target = 0; _target < _targets; _target++)
        {
            const size_t _idx = static_cast<size_t>(_source)*_targets + _target;
            const size_t _vectorisation_idx = _idx;
            {{vector_code|join('\n')|replace(_synapses ~ 'post[_idx]', '_target')|replace(_synapses ~ 'pre[_idx]', '_source')|autoindent}}
        }
    }
    {% else %}
    std::vector<int>* _spiking = {{pathway.name}}.peek();
    const int _count = _spiking->size();
    for (int _place = 0; _place < _count; _place++)
    {
        const size_t _idx = (*_spiking)[_place];
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
    }
    {% endif %}
{% endblock %}

{% block extra_functions_cpp %}
void _debugmsg_{{codeobj_name}}() {}
{% endblock %}

{% block extra_functions_h %}
void _debugmsg_{{codeobj_name}}();
{% endblock %}

{% macro main_finalise() -%}
{% endmacro %}
