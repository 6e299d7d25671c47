// What the files of special functions share: digamma and its derivatives before they are rounded to float64.
#pragma once

namespace wengert::rule::special {

using Long = long double;

/// B(2), B(4), ..., B(20): Abramowitz and Stegun, table 23.2.
inline constexpr Long bernoulli[] = {1.0L / 6,       -1.0L / 30, 1.0L / 42,      -1.0L / 30,     5.0L / 66,
                                     -691.0L / 2730, 7.0L / 6,   -3617.0L / 510, 43867.0L / 798, -174611.0L / 330};

Long digamma_long(Long x);
/// Derivative number n of digamma.
Long polygamma_long(int n, Long x);

}  // namespace wengert::rule::special
