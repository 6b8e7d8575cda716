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
    {% if _all_to_all[2] %}
    {# A ring of lists of the spikes under way; the delay of an axon is that of delay_steps. #}
    const double _shortest = {{get_array_name(pathway.synapses.variables['shortest_delay'])|replace('_ptr_array', '_array')}}[0];
    const double _longest = {{get_array_name(pathway.synapses.variables['longest_delay'])|replace('_ptr_array', '_array')}}[0];
    const double _step = {{get_array_name(pathway.synapses.clock.variables['dt'])|replace('_ptr_array', '_array')}}[0];
    static std::vector<std::vector<int32_t> > _ring(static_cast<size_t>(std::max(_shortest, _longest)/_step + 0.5) + 1);
    static std::vector<int32_t> _arriving;
    static size_t _head = 0;
    for (int _event = 0; _event < {{_eventspace}}[{{_all_to_all[0]}}]; _event++)
    {
        const int32_t _from = {{_eventspace}}[_event];
        const double _part = (static_cast<uint32_t>(_from)*2654435761u >> 8)/16777216.0;
        const size_t _steps = static_cast<size_t>((_shortest + (_longest - _shortest)*_part)/_step + 0.5);
        _ring[(_head + _steps) % _ring.size()].push_back(_from);
    }
    _arriving.clear();
    _arriving.swap(_ring[_head]);
    _head = (_head + 1) % _ring.size();
    const int _events = _arriving.size();
    {% else %}
    const int _events = {{_eventspace}}[{{_all_to_all[0]}}];
    {% endif %}
    for (int _event = 0; _event < _events; _event++)
    {
        const int32_t _source = {% if _all_to_all[2] %}_arriving{% else %}{{_eventspace}}{% endif %}[_event];
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
