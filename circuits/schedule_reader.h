// Reads the schedule of a run: a table of epochs and one table a channel, written as raw doubles
// into the folder that HIPPOKV_RUN names. One copy a process, shared by all generated code.
#ifndef HIPPOKV_SCHEDULE_READER_H
#define HIPPOKV_SCHEDULE_READER_H

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace hippokv {

// A channel that the schedule does not use has no table.
inline std::vector<double> read_table(const std::string& name, const bool needed)
{
    const char* folder = std::getenv("HIPPOKV_RUN");
    const std::string path = std::string(folder ? folder : ".") + "/" + name + ".f64";
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file && !needed)
        return std::vector<double>();
    if (!file) {
        std::fprintf(stderr, "cannot read %s\n", path.c_str());
        std::exit(3);
    }
    std::vector<double> table(static_cast<size_t>(file.tellg()) / sizeof(double));
    file.seekg(0);
    file.read(reinterpret_cast<char*>(table.data()), table.size() * sizeof(double));
    return table;
}

// Start of every epoch in seconds, and behind them the end of the last.
inline const std::vector<double>& epoch_bounds()
{
    static const std::vector<double> bounds = read_table("epochs", true);
    return bounds;
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

inline double number_from_environment(const char* name)
{
    const char* text = std::getenv(name);
    if (!text) {
        std::fprintf(stderr, "%s is not set\n", name);
        std::exit(3);
    }
    return std::strtod(text, nullptr);
}

}  // namespace hippokv

#endif
