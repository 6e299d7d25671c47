// Dual numbers, and dual numbers of dual numbers: derivatives of any order of code that is written once for its value.
#pragma once
#include <cmath>

#include "wengert/rule/kernels/long_gamma.hpp"

namespace wengert::rule::special {

/// v + d e with e^2 = 0.
template <class T>
struct Dual {
  T v, d;

  Dual(Long c) : v(c), d(0.0L) {}
  Dual(T value, T derivative) : v(value), d(derivative) {}

  friend Dual operator-(const Dual& a) { return {-a.v, -a.d}; }
  friend Dual operator+(const Dual& a, const Dual& b) { return {a.v + b.v, a.d + b.d}; }
  friend Dual operator-(const Dual& a, const Dual& b) { return {a.v - b.v, a.d - b.d}; }
  friend Dual operator*(const Dual& a, const Dual& b) { return {a.v * b.v, a.v * b.d + a.d * b.v}; }
  friend Dual operator/(const Dual& a, const Dual& b) {
    const T q = a.v / b.v;
    return {q, (a.d - q * b.d) / b.v};
  }
};

template <int depth>
struct NestedDual {
  using type = Dual<typename NestedDual<depth - 1>::type>;
};
template <>
struct NestedDual<0> {
  using type = Long;
};
/// Number that carries one derivative for each level of nesting.
template <int depth>
using Nested = typename NestedDual<depth>::type;

inline Long plain(Long x) { return x; }
template <class T>
Long plain(const Dual<T>& x) {
  return plain(x.v);
}
/// Sum of the sizes of all parts: what must become small for a series to have converged.
inline Long size(Long x) { return std::abs(x); }
template <class T>
Long size(const Dual<T>& x) {
  return size(x.v) + size(x.d);
}

inline Long exp(Long x) { return std::exp(x); }
inline Long log(Long x) { return std::log(x); }
inline Long log1p(Long x) { return std::log1p(x); }
inline Long expm1(Long x) { return std::expm1(x); }
template <class T>
Dual<T> exp(const Dual<T>& x) {
  const T y = exp(x.v);
  return {y, y * x.d};
}
template <class T>
Dual<T> log(const Dual<T>& x) {
  return {log(x.v), x.d / x.v};
}
template <class T>
Dual<T> log1p(const Dual<T>& x) {
  return {log1p(x.v), x.d / (T(1.0L) + x.v)};
}
template <class T>
Dual<T> expm1(const Dual<T>& x) {
  return {expm1(x.v), exp(x.v) * x.d};
}

/// Derivative number n of log Gamma.
inline Long log_gamma(int n, Long x) { return n == 0 ? std::lgamma(x) : polygamma_long(n - 1, x); }
template <class T>
Dual<T> log_gamma(int n, const Dual<T>& x) {
  return {log_gamma(n, x.v), log_gamma(n + 1, x.v) * x.d};
}
/// log Gamma(1 + x), exact to the last digits near 0.
Long log_gamma_1p(Long x);
template <class T>
Dual<T> log_gamma_1p(const Dual<T>& x) {
  return {log_gamma_1p(x.v), log_gamma(1, T(1.0L) + x.v) * x.d};
}

/// x - log(1 + x), exact to the last digits near 0.
Long less_log1p(Long x);
template <class T>
Dual<T> less_log1p(const Dual<T>& x) {
  return {less_log1p(x.v), x.v / (T(1.0L) + x.v) * x.d};
}

/// The operand number `k`: seeded on those levels that differentiate by it.
template <int depth>
Nested<depth> operand(Long x, int k, const int* by) {
  if constexpr (depth == 0) return x;
  else return {operand<depth - 1>(x, k, by), Nested<depth - 1>(by[depth - 1] == k ? 1.0L : 0.0L)};
}
inline Long innermost(Long y) { return y; }
template <class T>
Long innermost(const Dual<T>& y) {
  return innermost(y.d);
}

}  // namespace wengert::rule::special
