{# Keeps the spikes that synapses with a table of targets will need. #}
{# USES_VARIABLES { _n_sources, _n_targets, delay, _source_dt } #}
{% extends 'common_group.cpp' %}

{% block before_code %}
    {% if owner.name not in get_device().all_to_all %}
    {% set _scalar = c_data_type(variables['delay'].dtype) %}
    std::vector<{{_scalar}}>& _delays = {{get_array_name(variables['delay'], access_data=False)}};
    const size_t _synapses = {{owner.name}}.sources.size();
    {{owner.name}}.prepare(
        {{constant_or_scalar('_n_sources', variables['_n_sources'])}},
        {{constant_or_scalar('_n_targets', variables['_n_targets'])}},
        _delays.empty() ? 0 : &_delays[0], _delays.size(),
        _synapses ? &{{owner.name}}.sources[0] : 0, _synapses, {{_source_dt}});
    {% endif %}
{% endblock %}

{% block maincode %}
    {% if owner.name not in get_device().all_to_all %}
    {% set _eventspace = get_array_name(eventspace_variable) %}
    {{owner.name}}.advance();
    {{owner.name}}.push({{_eventspace}}, {{_eventspace}}[_num{{eventspace_variable.name}} - 1]);
    {% endif %}
{% endblock %}
