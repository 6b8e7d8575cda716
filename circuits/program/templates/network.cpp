{# The loop over time steps. What is due at a step depends only on which clocks tick in it, so the
   list of functions is made once for every combination that occurs. #}
{% macro cpp_file() %}

#include "network.h"
#include <algorithm>
#include <cmath>
#include <ctime>

double Network::_last_run_time = 0.0;
double Network::_last_run_completed_fraction = 0.0;
bool Network::_globally_stopped = false;
bool Network::_globally_running = false;

Network::Network() { t = 0.0; }

void Network::clear() { objects.clear(); }

void Network::add(Clock* clock, codeobj_func func) { objects.push_back(std::make_pair(clock, func)); }

void Network::run(const double duration, void (*)(const double, const double, const double, const double), const double)
{
    std::vector<Clock*> clocks;
    for (size_t i = 0; i < objects.size(); i++)
        if (std::find(clocks.begin(), clocks.end(), objects[i].first) == clocks.end())
            clocks.push_back(objects[i].first);

    const std::clock_t began = std::clock();
    double shortest = duration;
    for (size_t c = 0; c < clocks.size(); c++) {
        clocks[c]->set_interval(t, t + duration);
        shortest = std::min(shortest, clocks[c]->dt[0]);
    }
    // Clocks of different steps agree on a time up to rounding.
    const double tolerance = 1e-3*shortest;

    std::map<uint64_t, std::vector<codeobj_func> > due;
    _globally_running = true;
    _globally_stopped = false;
    while (!_globally_stopped && !clocks.empty()) {
        double now = clocks[0]->t[0];
        for (size_t c = 1; c < clocks.size(); c++)
            now = std::min(now, clocks[c]->t[0]);
        uint64_t ticking = 0;
        bool running = true;
        for (size_t c = 0; c < clocks.size(); c++)
            if (clocks[c]->t[0] - now <= tolerance) {
                ticking |= uint64_t(1) << c;
                running = running && clocks[c]->running();
            }
        if (!running)
            break;
        t = now;

        std::vector<codeobj_func>& functions = due[ticking];
        if (functions.empty())
            for (size_t i = 0; i < objects.size(); i++) {
                const size_t c = std::find(clocks.begin(), clocks.end(), objects[i].first) - clocks.begin();
                if ((ticking >> c & 1) && objects[i].second)
                    functions.push_back(objects[i].second);
            }
        for (size_t f = 0; f < functions.size(); f++)
            functions[f]();
        for (size_t c = 0; c < clocks.size(); c++)
            if (ticking >> c & 1)
                clocks[c]->tick();
    }
    _globally_running = false;
    if (!_globally_stopped)
        t += duration;
    _last_run_time = static_cast<double>(std::clock() - began)/CLOCKS_PER_SEC;
    _last_run_completed_fraction = 1.0;
}

{% endmacro %}

{% macro h_file() %}

#ifndef _BRIAN_NETWORK_H
#define _BRIAN_NETWORK_H

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>
#include "brianlib/clocks.h"

typedef void (*codeobj_func)();

class Network
{
public:
    std::vector< std::pair<Clock*, codeobj_func> > objects;
    double t;
    static double _last_run_time;
    static double _last_run_completed_fraction;
    static bool _globally_stopped;
    static bool _globally_running;

    Network();
    void clear();
    void add(Clock* clock, codeobj_func func);
    void run(const double duration, void (*report_func)(const double, const double, const double, const double), const double report_period);
};

#endif

{% endmacro %}
