// Hurwitz's zeta function, and log Gamma near 1, whose coefficients it gives.
#include <array>

#include "wengert/rule/kernels/series.hpp"

namespace wengert::rule::special {
namespace {

/// By Euler and Maclaurin, DLMF 25.11.5 with 10 terms.
template <class N>
N zeta_sum(const N& s, Long q) {
  const Long least = 14 + std::abs(plain(s));
  N sum(0.0L);
  for (; q < least; q += 1) {
    const N term = exp(-s * N(std::log(q)));
    sum = sum + term;
    if (size(term) <= negligible * size(sum)) return sum;  // all may be 0
  }
  const N power = exp(-s * N(std::log(q)));
  N term = s * power / N(q);
  sum = sum + N(q) * power / (s - N(1.0L)) + power * N(0.5L);
  for (int k = 1; k <= 10; ++k) {
    term = term / N(static_cast<Long>(2 * k - 1) * (2 * k));
    sum = sum + N(bernoulli[k - 1]) * term;
    term = term * (s + N(2.0L * k - 1)) * (s + N(2.0L * k)) / N(q * q);
  }
  return sum;
}

/// The terms before q is positive, for a whole s.
Long zeta_below(Long s, Long& q) {
  Long sum = 0;
  if (q < -1e6L) return nan;
  for (; q < 0; q += 1) sum += std::pow(q, -s);
  return sum;
}

}  // namespace

/// Derivatives by q are zeta functions of higher s: DLMF 25.11.17.
double zeta_derivative(const double* x, const int* orders) {
  const int by_q = orders[1];
  Long q = x[1], below = 0;
  if (std::isnan(x[0]) || std::isnan(x[1])) return static_cast<double>(nan);
  if (x[0] == 1 || (q <= 0 && q == std::floor(q))) return static_cast<double>(orders[0] + by_q ? nan : infinity);
  if (q < 0) {
    if (x[0] != std::floor(x[0]) || orders[0] > 0) return static_cast<double>(nan);
    below = zeta_below(static_cast<Long>(x[0]) + by_q, q);
  }
  if (std::isinf(x[0])) return static_cast<double>(q == 1 && orders[0] + by_q == 0 ? 1.0L : nan);
  if (std::isinf(q)) return 0;
  const int rest[] = {orders[0], 0};
  const Levels levels(rest, 2);
  return static_cast<double>(on_levels(levels.count, levels.by, [&]<int depth>(const int* by) {
    using N = Nested<depth>;
    const N s = operand<depth>(x[0], 0, by);
    N factor(1.0L);
    for (int j = 0; j < by_q; ++j) factor = -(factor * (s + N(static_cast<Long>(j))));
    return innermost(factor * (zeta_sum(s + N(static_cast<Long>(by_q)), q) + N(below)));
  }));
}

Long log_gamma_1p(Long x) {
  if (std::abs(x) > 0.2L) return std::lgamma(1 + x);
  static const auto coefficients = [] {
    std::array<Long, 31> c{};  // DLMF 5.7.3
    for (int k = 2; k <= 30; ++k) c[static_cast<std::size_t>(k)] = (k % 2 ? -1 : 1) * zeta_sum<Long>(k, 1) / k;
    return c;
  }();
  Long sum = 0;
  for (std::size_t k = 30; k >= 2; --k) sum = coefficients[k] + x * sum;
  return x * (x * sum - 0.577215664901532860606512090082402431L);
}

}  // namespace wengert::rule::special
