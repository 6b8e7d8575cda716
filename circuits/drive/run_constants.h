// What stays the same during a run: exponentials of its constants, and its seed for random numbers
// that are functions of place and time.
#ifndef HIPPOKV_RUN_CONSTANTS_H
#define HIPPOKV_RUN_CONSTANTS_H

#include <cmath>
#include <cstdint>
#include "schedule_reader.h"

namespace hippokv {

static const uint32_t seed_of_run = static_cast<uint32_t>(number_from_environment("HIPPOKV_SEED"));

// A hash in which every bit of the input changes every bit of the output (C. Wellons' lowbias32).
inline uint32_t scrambled(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    x ^= x >> 16;
    return x;
}

inline uint32_t random_bits(const double t, const uint32_t cell, const uint32_t stream)
{
    // A tenth of a millisecond tells any two steps of the schedule's grid apart.
    const uint32_t step = static_cast<uint32_t>(static_cast<int64_t>(t*1e4 + 0.5));
    return scrambled(cell + scrambled(step + scrambled(seed_of_run + stream*0x9e3779b9u)));
}

// Uniform in (0, 1), by 24 bits: signed numbers convert to double in vector instructions.
inline double uniform(const double t, const uint32_t cell, const uint32_t stream)
{
    return (static_cast<int32_t>(random_bits(t, cell, stream) >> 8) + 0.5)*(1.0/16777216.0);
}

// Standard normal (Box and Muller 1958).
inline double normal(const double t, const uint32_t cell, const uint32_t stream)
{
    const double radius = std::sqrt(-2.0*std::log(uniform(t, cell, stream)));
    return radius*std::cos(6.283185307179586*uniform(t, cell, stream + 1u));
}

}  // namespace hippokv

#endif
