// What the incomplete gamma and beta functions and the zeta function share, for numbers and for dual numbers.
#pragma once
#include <algorithm>
#include <limits>
#include <utility>

#include "wengert/rule/kernels/dual.hpp"
#include "wengert/rule/kernels/incomplete.hpp"

namespace wengert::rule::special {

inline constexpr Long two_pi = 6.283185307179586476925286766559005768L;
inline constexpr Long infinity = std::numeric_limits<Long>::infinity(), nan = std::numeric_limits<Long>::quiet_NaN();
inline constexpr Long negligible = 1e-21L;
inline constexpr int most_terms = 2'000'000;

/// log Gamma(x) less its Stirling part, for x >= 12 (DLMF 5.11.1).
template <class N>
N stirling_rest(const N& x) {
  const N r = N(1.0L) / (x * x);
  N sum(0.0L);
  for (int k = 10; k >= 1; --k) sum = N(bernoulli[k - 1] / static_cast<Long>(2 * k * (2 * k - 1))) + r * sum;
  return sum / x;
}

template <class N>
N square_root(const N& x) {
  return exp(N(0.5L) * log(x));
}

/// The continued fraction 1 / (b0 + a1 / (b1 + a2 / (b2 + ...))) by Lentz's method; step(n) gives a and b.
/// source: W. J. Lentz, Appl. Opt. 15 (1976)
template <class N, class Step>
N continued_fraction(const N& b0, Step&& step) {
  N c = b0, d(0.0L), f = b0;
  for (int n = 1; n < most_terms; ++n) {
    const auto [a, b] = step(n);
    d = N(1.0L) / (b + a * d);
    c = b + a / c;
    const N factor = c * d;
    f = f * factor;
    if (size(factor - N(1.0L)) < negligible) return N(1.0L) / f;
  }
  return N(nan);  // rather than what has not converged
}

/// off - log(1 + off), exact near 0 and, as 1 + off is given as `ratio`, near -1.
template <class N>
N bend(const N& off, const N& ratio) {
  return std::abs(plain(off)) < 0.5L ? less_log1p(off) : off - log(ratio);
}

/// At x = 0 the density is a power there; its derivatives are Taylor coefficients where a is whole.
inline Long power_at_zero(Long a, int order, Long coefficient) {
  if (a > order) return 0;
  return a == std::floor(a) ? coefficient : (std::fmod(order - std::floor(a), 2.0L) == 1 ? infinity : -infinity);
}

inline Long binomial(Long n, int k) {
  Long y = 1;
  for (int j = 0; j < k; ++j) y *= (n - j) / (j + 1);
  return y;
}

/// Calls f<depth>(by) where `by` lists the operand of each level of differentiation.
template <int depth = 0, class F>
Long on_levels(int levels, const int* by, F&& f) {
  if constexpr (depth < most_orders) {
    if (levels > depth) return on_levels<depth + 1>(levels, by, f);
  }
  return f.template operator()<depth>(by);
}

struct Levels {
  int count = 0, by[most_orders] = {};
  Levels(const int* orders, int arity) {
    for (int k = 0; k < arity; ++k)
      for (int j = 0; j < orders[k] && count < most_orders; ++j) by[count++] = k;
  }
};

// The functions of incomplete.hpp: their derivatives of these orders.
double gamma_derivative(bool upper, const double* x, const int* orders);
double beta_derivative(const double* x, const int* orders);
double zeta_derivative(const double* x, const int* orders);

}  // namespace wengert::rule::special
