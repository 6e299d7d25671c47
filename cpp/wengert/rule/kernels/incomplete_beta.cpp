// The incomplete beta function.
#include "wengert/rule/kernels/series.hpp"

namespace wengert::rule::special {
namespace {

/// x^a (1 - x)^b Gamma(a + b + 1) / (Gamma(a + 1) Gamma(b + 1)). For large a and b by Stirling's series, as above.
template <class N>
N beta_peak(const N& a, const N& b, const N& x, const N& rest) {
  const N sum = a + b;
  const Long p = plain(a), q = plain(b);
  if (p < q) return beta_peak(b, a, rest, x);
  if (q >= 12) {
    const N off = x * b - rest * a;
    const N loss = a * bend(off / a, x * sum / a) + b * bend(-off / b, rest * sum / b);
    return exp(stirling_rest(sum) - stirling_rest(a) - stirling_rest(b) - loss) *
           square_root(sum / (N(two_pi) * a * b));
  }
  const N powers = a * log(x) + b * log(rest) - log_gamma_1p(b);
  if (p < 12) return exp(powers - log_gamma_1p(a) + log_gamma_1p(sum));
  const N ratio = (a - N(0.5L)) * log1p(b / a) + b * log(sum) - b - stirling_rest(a) + stirling_rest(sum);
  return exp(powers + ratio) * (N(1.0L) + b / a);
}

/// a b / (a + b) times the peak over the function itself, for x <= a / (a + b): a continued fraction of terms that do not cancel.
/// source: A. R. Didonato and A. H. Morris, ACM TOMS 18 (1992), algorithm 708, BFRAC
template <class N>
N beta_fraction(const N& a, const N& b, const N& x, const N& rest) {
  const N one(1.0L), below = a * rest - b * x;
  return continued_fraction(a * (below + one) / (a + one), [&](int n) {
    const N m(static_cast<Long>(n)), odd = a + m + m - one, share = m * (b - m) * x / odd;
    const N numerator = (a + m - one) * (a + b + m - one) / odd * share * x;
    return std::pair(numerator, m + share + (a + m) * (below + one + m * (one + rest)) / (odd + one + one));
  });
}

/// For a below 1, where terms of the above cancel: DLMF 8.17.22, without its factor 1 / a.
template <class N>
N beta_fraction_small(const N& a, const N& b, const N& x) {
  return continued_fraction(N(1.0L), [&](int n) {
    const N m(static_cast<Long>(n / 2)), twice = a + m + m;
    if (n == 1) return std::pair(-((a + b) * x) / (a + N(1.0L)), N(1.0L));  // a over a is left out, not computed
    const N numerator = n % 2 ? -((a + m) * (a + b + m) * x) / (twice * (twice + N(1.0L)))
                              : m * (b - m) * x / ((twice - N(1.0L)) * twice);
    return std::pair(numerator, N(1.0L));
  });
}

template <class N>
N beta_below(const N& a, const N& b, const N& x, const N& rest) {
  const N scaled = beta_peak(a, b, x, rest) * b / (a + b);
  return scaled * (plain(a) < 1 ? beta_fraction_small(a, b, x) : a * beta_fraction(a, b, x, rest));
}

template <class N>
N beta_part(const N& a, const N& b, const N& x, const N& rest) {
  const Long q = plain(b), t = plain(x);
  const bool below = plain(a) * plain(rest) >= q * t || (q < 0.5L && q < plain(a) && t < 0.9L);
  return below ? beta_below(a, b, x, rest) : N(1.0L) - beta_below(b, a, rest, x);
}

/// The density's derivatives at x = 0, where it is a power.
Long beta_density_at_zero(Long a, Long b, int order) {
  const int m = order - 1, n = static_cast<int>(std::min(a, 100.0L)) - 1;
  if (n < 0 || n > m) return power_at_zero(a, order, 0);
  Long coefficient = binomial(b - 1, m - n) * ((m - n) % 2 ? -1 : 1);
  for (int j = 2; j <= m; ++j) coefficient *= j;
  return power_at_zero(a, order, coefficient * std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b)));
}

bool beta_edge(const double* x, const int* orders, Long& y) {
  const int order = orders[0] + orders[1] + orders[2];
  const double a = x[0], b = x[1];
  if (!(a >= 0 && b >= 0 && x[2] >= 0 && x[2] <= 1)) y = nan;
  else if ((a == 0 && b == 0) || (std::isinf(a) && std::isinf(b))) y = nan;
  else if (a == 0 || std::isinf(b)) y = order ? nan : x[2] > 0 ? 1 : 0;
  else if (b == 0 || std::isinf(a)) y = order ? nan : x[2] < 1 ? 0 : 1;
  else if (x[2] > 0 && x[2] < 1) return false;
  else if (orders[2] == 0) y = order ? 0 : x[2];
  else if (orders[0] + orders[1] > 0) y = (x[2] > 0 ? b : a) > orders[2] ? 0 : nan;
  else
    y = x[2] > 0 ? (orders[2] % 2 ? 1 : -1) * beta_density_at_zero(b, a, orders[2])
                 : beta_density_at_zero(a, b, orders[2]);
  return true;
}

}  // namespace

double beta_derivative(const double* x, const int* orders) {
  Long edge = 0;
  if (beta_edge(x, orders, edge)) return static_cast<double>(edge);
  const bool dense = orders[2] > 0;
  const int left[] = {orders[0], orders[1], orders[2] - dense};
  const Levels levels(left, 3);
  return static_cast<double>(on_levels(levels.count, levels.by, [&]<int depth>(const int* by) {
    const auto a = operand<depth>(x[0], 0, by), b = operand<depth>(x[1], 1, by), t = operand<depth>(x[2], 2, by);
    const auto rest = Nested<depth>(1.0L) - t;
    return innermost(dense ? beta_peak(a, b, t, rest) * a * b / ((a + b) * t * rest) : beta_part(a, b, t, rest));
  }));
}

}  // namespace wengert::rule::special
