// The number of whole time steps in a time, for loops over cells: as a double, because few
// processors turn doubles into 64-bit integers with vector instructions (those with AVX-512 do,
// those with AVX2 alone do not), and one such conversion leaves a whole loop without them.
#ifndef HIPPOKV_WHOLE_STEPS_H
#define HIPPOKV_WHOLE_STEPS_H

#include <cmath>

namespace hippokv {

// As Brian2's timestep, which allows for rounding errors of a thousandth of a step.
inline double whole_steps(double t, double dt)
{
    return std::trunc((t + 1e-3*dt)/dt);
}

}  // namespace hippokv

// The name by which equations call it.
using hippokv::whole_steps;

#endif
