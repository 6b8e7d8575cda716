// Reads the schedule of a run: a table of epochs and one table a channel, written as raw doubles
// into the folder that HIPPOKV_RUN names. One copy a process, shared by all generated code.
#ifndef HIPPOKV_SCHEDULE_READER_H
#define HIPPOKV_SCHEDULE_READER_H

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>
#include "whole_files.h"

namespace hippokv {

inline const char* setting(const char* name)
{
    const char* text = std::getenv(name);
    if (!text || !*text)
        leave(called_wrongly, std::string(name) + " is not set");
    return text;
}

inline double number_from_environment(const char* name)
{
    const char* text = setting(name);
    char* end = nullptr;
    const double number = std::strtod(text, &end);
    if (*end)
        leave(called_wrongly, std::string(name) + " is no number: " + text);
    return number;
}

// How many elements a table has, as HIPPOKV_TABLES tells (" epochs=4 entorhinal=80 "); 0 for a channel
// that the schedule does not use.
inline size_t elements_of(const std::string& name)
{
    static const std::string tables = setting("HIPPOKV_TABLES");
    const size_t place = tables.find(" " + name + "=");
    if (place == std::string::npos)
        return 0;
    return std::strtoull(tables.c_str() + place + name.size() + 2, nullptr, 10);
}

inline std::vector<double> read_table(const std::string& name)
{
    std::vector<double> table(elements_of(name));
    if (!table.empty())
        read_whole(setting("HIPPOKV_RUN") + ("/" + name + ".f64"), table.data(), table.size()*sizeof(double));
    return table;
}

// Start of every epoch in seconds, and behind them the end of the last.
inline const std::vector<double>& epoch_bounds()
{
    static const std::vector<double> bounds = read_table("epochs");
    if (bounds.size() < 2)
        leave(called_wrongly, "the schedule has no epochs");
    return bounds;
}

// What a channel carries in each epoch, one row after the other.
inline std::vector<double> read_channel(const std::string& name, const size_t width)
{
    const std::vector<double> table = read_table(name);
    if (!table.empty() && table.size() != (epoch_bounds().size() - 1)*width)
        leave(called_wrongly, "the schedule's channel " + name + " has another size");
    return table;
}

// The epoch at time t; time only moves on. Past the end it stays in the last one.
inline int64_t epoch_at(const double t)
{
    static int64_t now = -1;
    const std::vector<double>& bounds = epoch_bounds();
    const int64_t last = static_cast<int64_t>(bounds.size()) - 2;
    const int64_t before = now;
    if (now < 0)
        now = 0;
    while (now < last && t > bounds[now + 1] - 1e-9)
        ++now;
    if (now != before) {
        std::printf("%lld\n", static_cast<long long>(now));
        std::fflush(stdout);
    }
    return now;
}

inline bool is_over(const double t) { return t > epoch_bounds().back() - 1e-9; }

// A signal may end a simulation in the middle, after which its arrays look like those of any other.
inline void make_sure_that_it_is_over(const double t)
{
    if (!is_over(t))
        leave(stopped_early, "it was stopped at " + std::to_string(t) + " s of "
              + std::to_string(epoch_bounds().back()) + " s");
}

}  // namespace hippokv

#endif
