{# Brian2's, but the program makes sure of every file that it reads or writes, and writes only what is read.
   Brian2's reads on after a file that is missing or cut and writes on when the disk is full, and ends with
   status 0 after an interrupt in the middle of a simulation. Its template is one block, of which four places
   are exchanged here; each must be there once. #}
{% import 'templates/objects.cpp' as brian2 with context %}

{% macro cpp_file() %}
#include "whole_files.h"
#include "schedule_reader.h"
// Thousands of lines that run once: to optimise them would take a third of the whole compilation.
namespace brian { HIPPOKV_RARELY_RUN void set_variable_by_name(std::string name, std::string s_value); }
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
{% set former %}std::cerr << "Cannot set unknown variable '" << name << "'." << std::endl;{% endset %}
{% set unknown %}hippokv::leave(hippokv::called_wrongly, "there is no variable " + name);{% endset %}
{{ brian2.cpp_file()|with_function(load_arrays)|with_function(write_arrays)
   |with_function(set_variable_from_file)|exchanged(former, unknown) }}
{% endmacro %}

{% macro h_file() %}
{{ brian2.h_file() }}
{% endmacro %}
