// Functions of one number that neither xsimd nor the C library has in the form we need.
#pragma once
#include <cmath>
#include <cstdint>
#include <type_traits>

namespace wengert::rule::special {

/// An order as an integer; -1 where it is none, or too large to count to.
inline int whole_order(double order) {
  return order >= 0 && order < 1e6 && order == std::floor(order) ? static_cast<int>(order) : -1;
}

// float32 is computed in float64 and rounded once.
#define WG_OF_ONE(NAME)  \
  double NAME(double x); \
  inline float NAME(float x) { return static_cast<float>(NAME(static_cast<double>(x))); }
#define WG_OF_TWO(NAME)                                                              \
  double NAME(double a, double b);                                                   \
  inline float NAME(float a, float b) {                                              \
    return static_cast<float>(NAME(static_cast<double>(a), static_cast<double>(b))); \
  }
WG_OF_ONE(log_gamma)
WG_OF_ONE(gamma)
WG_OF_ONE(digamma)
WG_OF_TWO(polygamma)
WG_OF_TWO(digamma_difference)
WG_OF_TWO(betaln)
WG_OF_TWO(beta)
WG_OF_ONE(erfcx)
WG_OF_TWO(erfcx_moment)
WG_OF_ONE(erfinv)
WG_OF_ONE(erfcinv)
WG_OF_ONE(ndtr)
WG_OF_ONE(log_ndtr)
WG_OF_ONE(ndtri)
WG_OF_ONE(i0)
WG_OF_ONE(i1)
WG_OF_ONE(i0e)
WG_OF_ONE(i1e)
WG_OF_TWO(i0e_moment)
WG_OF_TWO(bessel_i)
WG_OF_ONE(j0)
WG_OF_ONE(j1)
WG_OF_TWO(bessel_j)
WG_OF_ONE(y0)
WG_OF_ONE(y1)
WG_OF_TWO(bessel_y)
WG_OF_TWO(exprel_moment)
WG_OF_TWO(log1p_moment)
WG_OF_TWO(log_ratio)
WG_OF_TWO(rel_entr)
WG_OF_TWO(kl_div)
WG_OF_TWO(sinc_derivative)
WG_OF_TWO(logaddexp)
WG_OF_TWO(integer_power)
#undef WG_OF_ONE
#undef WG_OF_TWO

/// a - b floor(a / b), computed as Python does: exact, with the sign of b.
template <class T>
T remainder(T a, T b) {
  const T r = std::fmod(a, b);
  if (r != 0 && (b < 0) != (r < 0)) return r + b;
  return r == 0 ? std::copysign(T{0}, b) : r;
}
/// floor(a / b) of the exact quotient, steered by the exact remainder.
template <class T>
T floor_divide(T a, T b) {
  if (b == 0) return a / b;
  const T r = std::fmod(a, b);
  T q = (a - r) / b;
  if (r != 0 && (b < 0) != (r < 0)) q -= 1;
  if (q == 0) return std::copysign(T{0}, a / b);
  const T whole = std::floor(q);
  return q - whole > T{0.5} ? whole + 1 : whole;
}

namespace integer {

// NumPy's answers where C++ has none: x // 0 is 0, and the smallest integer over -1 is itself.
template <class T>
T floor_divide(T a, T b) {
  if constexpr (std::is_same_v<T, bool>) return a && b;
  else {
    if (b == 0) return 0;
    if (std::is_signed_v<T> && b == T(-1)) return static_cast<T>(0 - static_cast<std::uint64_t>(a));
    const T q = a / b;
    return static_cast<T>(q - ((a % b != 0) && ((a < 0) != (b < 0))));
  }
}
template <class T>
T fmod(T a, T b) {
  if constexpr (std::is_same_v<T, bool>) return false;
  else return b == 0 || (std::is_signed_v<T> && b == T(-1)) ? T{0} : static_cast<T>(a % b);
}
template <class T>
T remainder(T a, T b) {
  if constexpr (std::is_same_v<T, bool>) return false;
  else {
    const T r = fmod(a, b);
    return static_cast<T>(r != 0 && (r < 0) != (b < 0) ? r + b : r);
  }
}
/// b >= 0.
template <class T>
T power(T a, T b) {
  std::uint64_t result = 1, factor = static_cast<std::uint64_t>(a);
  for (auto n = static_cast<std::uint64_t>(b); n; n >>= 1) {
    if (n & 1) result *= factor;
    factor *= factor;
  }
  return static_cast<T>(result);
}

}  // namespace integer
}  // namespace wengert::rule::special
