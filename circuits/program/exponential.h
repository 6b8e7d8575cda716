// The exponential function for loops over cells: a few multiplications, which the compiler writes
// into the loop as vector instructions. The library's own is a call, around which a loop must store
// everything it holds in registers, and on some systems a call for every single cell.
#ifndef HIPPOKV_EXPONENTIAL_H
#define HIPPOKV_EXPONENTIAL_H

#include <cmath>
#include <cstdint>
#include <cstring>

namespace hippokv {

// Within 4e-14 of exp(x), relatively; x outside of the range of double counts as its end.
inline double exponential(double x)
{
    x = x < -708.0 ? -708.0 : x;
    x = x > 709.0 ? 709.0 : x;
    // exp(x) = 2^whole * exp(rest), |rest| <= log(2)/2: eleven terms of the Taylor series suffice.
    const double whole = std::floor(x*1.4426950408889634 + 0.5);
    const double r = x - whole*0.6931471805599453;
    const double r2 = r*r, r4 = r2*r2;
    const double low    = (1.0       + r             ) + r2*(1.0/2.0       + r*(1.0/6.0       ));
    const double middle = (1.0/24.0  + r*(1.0/120.0 )) + r2*(1.0/720.0     + r*(1.0/5040.0    ));
    const double high   = (1.0/40320.0 + r*(1.0/362880.0)) + r2*(1.0/3628800.0 + r*(1.0/39916800.0));
    const int64_t bits = (static_cast<int64_t>(static_cast<int32_t>(whole)) + 1023) << 52;
    double power;
    std::memcpy(&power, &bits, sizeof power);
    return power*(low + r4*(middle + r4*high));
}

}  // namespace hippokv

// The name by which equations call it.
using hippokv::exponential;

#endif
