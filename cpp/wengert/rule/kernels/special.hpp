// Functions of one number that neither xsimd nor the C library has in the form we need.
#pragma once
#include <cmath>
#include <cstdint>
#include <type_traits>

namespace wengert::rule::special {

double log_gamma(double x);
double digamma(double x);
double polygamma(double order, double x);
double sinc_derivative(double order, double x);
double logaddexp(double a, double b);
double integer_power(double a, double b);

// float32 is computed in float64 and rounded once.
inline float log_gamma(float x) { return static_cast<float>(log_gamma(static_cast<double>(x))); }
inline float digamma(float x) { return static_cast<float>(digamma(static_cast<double>(x))); }
#define WG_ROUNDED(NAME)                                                             \
  inline float NAME(float a, float b) {                                              \
    return static_cast<float>(NAME(static_cast<double>(a), static_cast<double>(b))); \
  }
WG_ROUNDED(polygamma)
WG_ROUNDED(sinc_derivative)
WG_ROUNDED(logaddexp)
WG_ROUNDED(integer_power)
#undef WG_ROUNDED

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
