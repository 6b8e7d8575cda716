// Which cells or synapses of a part a run samples, and at which steps: tables that it finds in its
// folder, as those of the schedule.
#ifndef HIPPOKV_SAMPLING_H
#define HIPPOKV_SAMPLING_H

#include <cstdint>
#include <string>
#include <vector>
#include "schedule_reader.h"

namespace hippokv {

class Sampling
{
public:
    explicit Sampling(const std::string& part)
    {
        const std::vector<double> steps = read_table("sampled_steps_" + part);
        const std::vector<double> cells = read_table("sampled_places_" + part);
        if (steps.size() != 3 || steps[2] < 1 || cells.empty())
            leave(called_wrongly, "the run does not say what it samples of " + part);
        first = static_cast<int64_t>(steps[0]);
        stop = static_cast<int64_t>(steps[1]);
        every = static_cast<int64_t>(steps[2]);
        places.assign(cells.begin(), cells.end());
    }

    bool is_due(const int64_t step) const
    {
        return step >= first && step < stop && (step - first) % every == 0;
    }

    // How many values of a variable there will be.
    size_t values() const { return static_cast<size_t>((stop - first + every - 1)/every)*places.size(); }

    std::vector<int32_t> places;

private:
    int64_t first, stop, every;
};

}  // namespace hippokv

#endif
