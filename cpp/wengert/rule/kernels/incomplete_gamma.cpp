// The incomplete gamma functions.
#include "wengert/rule/kernels/series.hpp"

namespace wengert::rule::special {
namespace {

/// x^a exp(-x) / Gamma(a + 1). For large a by Stirling's series, where logarithms would cancel.
template <class N>
N gamma_peak(const N& a, const N& x) {
  if (plain(a) < 12) return exp(a * log(x) - x - log_gamma_1p(a));
  return exp(-(a * bend((x - a) / a, x / a)) - stirling_rest(a)) / square_root(N(two_pi) * a);
}

/// Lower part over the peak: DLMF 8.7.1 (terms of one sign).
template <class N>
N gamma_series(const N& a, const N& x) {
  N term(1.0L), sum(1.0L);
  for (int k = 1; k < most_terms; ++k) {
    term = term * x / (a + N(static_cast<Long>(k)));
    sum = sum + term;
    if (size(term) < negligible * size(sum)) return sum;
  }
  return N(nan);  // rather than what has not converged
}

/// Upper part over a times the peak: the even part of DLMF 8.9.2.
template <class N>
N gamma_fraction(const N& a, const N& x) {
  return continued_fraction(x + N(1.0L) - a, [&](int n) {
    const N k(static_cast<Long>(n));
    return std::pair(k * (a - k), x + N(2.0L * n + 1) - a);
  });
}

/// Upper part for small a and x, where it is a difference from one (cf. Gautschi, ACM TOMS 5, 1979).
template <class N>
N gamma_upper_small(const N& a, const N& x) {
  const N level = a * log(x) - log_gamma_1p(a);
  N power(1.0L), sum(0.0L);
  for (int k = 1; k < 60; ++k) {
    power = power * (-x) / N(static_cast<Long>(k));
    sum = sum + power / (a + N(static_cast<Long>(k)));
  }
  return -expm1(level) - exp(level) * a * sum;
}

template <class N>
N gamma_part(bool upper, const N& a, const N& x) {
  const Long p = plain(a), t = plain(x);
  if (t <= 1 && p <= 1) {
    const N y = gamma_upper_small(a, x);
    if (upper) return y;
    if (plain(y) < 0.5L) return N(1.0L) - y;
  }
  if (t < p + 1) {
    const N y = gamma_peak(a, x) * gamma_series(a, x);
    return upper ? N(1.0L) - y : y;
  }
  const N y = gamma_peak(a, x) * a * gamma_fraction(a, x);
  return upper ? y : N(1.0L) - y;
}

/// Nothing but limits: operands at the end of their range.
bool gamma_edge(bool upper, const double* x, const int* orders, Long& y) {
  const int order = orders[0] + orders[1];
  const Long sign = upper ? -1 : 1;
  if (!(x[0] >= 0 && x[1] >= 0) || (x[0] == 0 && x[1] == 0)) y = nan;
  else if (std::isinf(x[0])) y = std::isinf(x[1]) ? nan : order ? 0 : upper ? 1 : 0;
  else if (std::isinf(x[1])) y = order ? 0 : upper ? 0 : 1;
  else if (x[1] > 0) return false;
  else if (orders[1] == 0) y = order ? 0 : upper ? 1 : 0;
  else if (orders[0] > 0) y = x[0] > orders[1] ? 0 : nan;
  else {
    const int m = orders[1] - 1, n = static_cast<int>(std::min(x[0], 100.0)) - 1;
    const Long coefficient = n < 0 ? 0 : ((m - n) % 2 ? -1 : 1) * binomial(m, n);
    y = sign * power_at_zero(x[0], m + 1, coefficient);
  }
  return true;
}

}  // namespace

double gamma_derivative(bool upper, const double* x, const int* orders) {
  Long edge = 0;
  if (gamma_edge(upper, x, orders, edge)) return static_cast<double>(edge);
  const bool dense = orders[1] > 0;
  const int rest[] = {orders[0], orders[1] - dense};
  const Levels levels(rest, 2);
  const Long y = on_levels(levels.count, levels.by, [&]<int depth>(const int* by) {
    const auto a = operand<depth>(x[0], 0, by), t = operand<depth>(x[1], 1, by);
    return innermost(dense ? a * gamma_peak(a, t) / t : gamma_part(upper, a, t));
  });
  return static_cast<double>(dense && upper ? -y : y);
}

}  // namespace wengert::rule::special
