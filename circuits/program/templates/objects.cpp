{# Brian2's, but the program makes sure of every file that it reads or writes, and writes only what is read.
   Brian2's reads on after a file that is missing or cut and writes on when the disk is full, and ends with
   status 0 after an interrupt in the middle of a simulation. Its template is one block, of which four functions
   have another body here; each must be there once. #}
{% import 'templates/objects.cpp' as brian2 with context %}

{% macro cpp_file() %}
#include "whole_files.h"
#include "schedule_reader.h"
#include "values_by_name.h"
// Thousands of lines that run once: to optimise them would take a twentieth of all compiling.
HIPPOKV_RARELY_RUN void _init_arrays();
{% set load_arrays %}
void _load_arrays()
{
    {% for name, type, size, file in static_array_specs|sort %}
    {% set array = get_device().static_arrays[name] %}
    {% set plain, weighted = sums_of(array) %}
    hippokv::read_known("static_arrays/{{name}}", &brian::{{name}}[0], {{array.nbytes}}, {{plain}}ull, {{weighted}}ull);
    {% endfor %}
}
{% endset %}
{% set write_arrays %}
void _write_arrays()
{
    using namespace brian;
    hippokv::make_sure_that_it_is_over(network.t);
    hippokv::Arrays arrays(results_dir);
    {% for variable in get_device().kept %}
    {% set place = get_array_name(variable, access_data=False) %}
    {% if variable in dynamic_array_specs %}
    arrays.write("{{get_array_filename(variable)}}", {{place}}.data(), {{place}}.size());
    {% else %}
    arrays.write("{{get_array_filename(variable)}}", {{place}}, {{variable.size}});
    {% endif %}
    {% endfor %}
    arrays.close(Network::_last_run_time);
}
{% endset %}
{% set set_variable_from_file %}
template<class T> void set_variable_from_file(std::string varname, T* var_pointer, size_t data_size, std::string filename)
{
    hippokv::read_whole(filename, var_pointer, data_size);
}
{% endset %}
{% set set_variable_by_name %}
void set_variable_by_name(std::string name, std::string s_value)
{
    static const hippokv::Settable settable[] = {
        {% for var, place in array_specs|dictsort(by='value') if var not in dynamic_array_specs and not var.read_only %}
        {"{{var.owner.name}}.{{var.name}}", hippokv::set_array<{{c_data_type(var.dtype)}}>, &{{place}}, {{var.size}}},
        {% endfor %}
        {% for var, place in dynamic_array_specs|dictsort(by='value') if not var.read_only %}
        {"{{var.owner.name}}.{{var.name}}", hippokv::set_vector<{{c_data_type(var.dtype)}}>, &{{place}}, 0},
        {% endfor %}
    };
    hippokv::set_by_name(settable, sizeof(settable)/sizeof(settable[0]), name, s_value);
}
{% endset %}
{{ brian2.cpp_file()|with_function(load_arrays)|with_function(write_arrays)
   |with_function(set_variable_from_file)|with_function(set_variable_by_name) }}
{% endmacro %}

{% macro h_file() %}
{{ brian2.h_file() }}
{% endmacro %}
