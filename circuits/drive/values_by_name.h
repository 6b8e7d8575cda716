// Variables whose values are given on the command line, each by its name: a number for all cells, or
// a file with one for each.
#ifndef HIPPOKV_VALUES_BY_NAME_H
#define HIPPOKV_VALUES_BY_NAME_H

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>
#include "whole_files.h"

namespace hippokv {

// A row of the table of variables. It is data, as a branch for each would take a tenth of all compiling.
struct Settable
{
    const char* name;
    void (*set)(const Settable& variable, const std::string& value);
    void* place;
    size_t count;
};

template<class T> T number_of(const std::string& name, const std::string& value)
{
    char* end;
    const T number = std::numeric_limits<T>::is_integer
        ? static_cast<T>(std::strtoll(value.c_str(), &end, 10))
        : static_cast<T>(std::strtod(value.c_str(), &end));
    if (end == value.c_str() || *end)
        leave(called_wrongly, name + " must be a number or a file, not " + value);
    return number;
}

inline bool is_file(const std::string& value)
{
    return value[0] != '-' && (value[0] < '0' || value[0] > '9');
}

template<class T> void set_values(const std::string& name, T* first, const size_t count, const std::string& value)
{
    if (is_file(value))
        read_whole(value, first, count*sizeof(T));
    else
        std::fill(first, first + count, number_of<T>(name, value));
}

// The place of an array holds a pointer, as it is made when the program starts.
template<class T> void set_array(const Settable& variable, const std::string& value)
{
    set_values(variable.name, *static_cast<T**>(variable.place), variable.count, value);
}

template<class T> void set_vector(const Settable& variable, const std::string& value)
{
    std::vector<T>& all = *static_cast<std::vector<T>*>(variable.place);
    set_values(variable.name, all.data(), all.size(), value);
}

inline void set_by_name(
    const Settable* variables, const size_t count, const std::string& name, const std::string& value)
{
    const bool yes = value == "true" || value == "True", no = value == "false" || value == "False";
    for (const Settable* one = variables; one != variables + count; ++one)
        if (name == one->name)
            return one->set(*one, yes ? "1" : no ? "0" : value);
    leave(called_wrongly, "there is no variable " + name);
}

}

#endif
