// The error function's relatives, in long double: where that has 64 bits the results are within an ulp of float64.
#include <cmath>
#include <limits>

#include "wengert/rule/kernels/special.hpp"

namespace wengert::rule::special {
namespace {

using Long = long double;
constexpr Long root_pi = 1.772453850905516027298167483341145183L, root_half = 0.707106781186547524400844362104849039L;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// exp(x^2) erfc(x); from 10 on by its asymptotic series (DLMF 7.12.1), whose least term is exp(-100) there.
Long scaled_erfc(Long x) {
  if (!(x >= 10)) return std::exp(x * x) * std::erfc(x);
  const Long r = 0.5L / (x * x);
  Long sum = 1;
  for (int k = 20; k >= 1; --k) sum = 1 - (2 * k - 1) * r * sum;
  return sum / (x * root_pi);
}

/// exp(x^2) i^n erfc(x) for x <= 0, and a little above, by the recurrence DLMF 7.18.7 upwards.
Long moment_upwards(int n, Long x) {
  Long before = 2 / root_pi, now = scaled_erfc(x);
  for (int k = 1; k <= n; ++k) {
    const Long next = (before - 2 * x * now) / (2 * k);
    before = now;
    now = next;
  }
  return now;
}

/// The same for small x > 0 by the series of its integral, DLMF 7.18.2.
Long moment_series(int n, Long x) {
  Long sum = 0, power = 1;
  for (int k = 0; k <= n; ++k) power *= k ? 1 / static_cast<Long>(k) : 1;
  for (int k = 0; k < 120; ++k) {
    const Long term = power * std::tgamma((n + k + 1) * 0.5L);
    sum += term;
    if (k > 8 && std::abs(term) < 1e-22L * std::abs(sum)) break;
    power *= -2 * x / (k + 1);
  }
  return sum / root_pi;
}

/// The same for large x: the recurrence downwards, where it is stable, as a continued fraction of ratios.
/// source: W. Gautschi, Recursive computation of the repeated integrals of the error function, Math. Comp. 15 (1961)
Long moment_downwards(int n, Long x) {
  Long ratio = 0, product = scaled_erfc(x);
  const int start = n + 20 + static_cast<int>(300 / (x * x));
  for (int k = start; k >= 1; --k) {
    ratio = 1 / (2 * x + 2 * (k + 1) * ratio);
    if (k <= n) product *= ratio;
  }
  return product;
}

/// erf(y) = p for |p| <= 1/2: the first terms of its series, made exact by two of Halley's steps.
Long inverse_center(Long p) {
  constexpr Long c = 3.14159265358979323846L / 12;
  const Long t = p * p;
  Long y = p * (root_pi / 2) * (1 + t * (c + t * (c * c * 2.1L)));
  for (int k = 0; k < 2; ++k) {
    const Long step = (std::erf(y) - p) * std::exp(y * y) * (root_pi / 2);
    y -= step / (1 + y * step);
  }
  return y;
}

/// erfc(y) = q for 0 < q <= 1/2: Winitzki's closed form (2008), made exact by Newton's steps on log erfc.
Long inverse_tail(Long q) {
  if (q == 0) return infinity;
  const Long log = std::log(q * (2 - q)), b = log / 2 + 2 / (3.14159265358979323846L * 0.147L), goal = std::log(q);
  Long y = std::sqrt(std::sqrt(b * b - log / 0.147L) - b);
  for (int k = 0; k < 3; ++k) y += (std::log(std::erfc(y)) - goal) * scaled_erfc(y) * (root_pi / 2);
  return y;
}

}  // namespace

double erfcx(double x) { return static_cast<double>(scaled_erfc(x)); }

double erfcx_moment(double order, double x) {
  const int n = whole_order(order);
  if (n < 0 || std::isnan(x)) return nan;
  if (std::isinf(x)) return x > 0 ? 0 : infinity;
  if (n == 0 || x <= 0 || (n <= 2 && n * x < 5)) return static_cast<double>(moment_upwards(n, x));
  return static_cast<double>(x < 1 ? moment_series(n, x) : moment_downwards(n, x));
}

double erfinv(double x) {
  if (!(std::abs(x) <= 1)) return nan;
  if (std::abs(x) <= 0.5) return static_cast<double>(inverse_center(x));
  return static_cast<double>(std::copysign(inverse_tail(1 - std::abs(x)), static_cast<Long>(x)));
}

double erfcinv(double x) {
  if (!(x >= 0 && x <= 2)) return nan;
  if (std::abs(x - 1) <= 0.5) return static_cast<double>(inverse_center(1 - static_cast<Long>(x)));
  return static_cast<double>(x < 1 ? inverse_tail(x) : -inverse_tail(2 - x));
}

double ndtr(double x) { return static_cast<double>(std::erfc(-x * root_half) / 2); }

double log_ndtr(double x) {
  const Long u = x * root_half;
  if (x > 0) return static_cast<double>(std::log1p(-std::erfc(u) / 2));
  if (std::isinf(x)) return x;
  return static_cast<double>(std::log(scaled_erfc(-u) / 2) - static_cast<Long>(x) * x / 2);
}

double ndtri(double x) {
  if (!(x >= 0 && x <= 1)) return nan;
  if (std::abs(x - 0.5) <= 0.25)
    return static_cast<double>(inverse_center(2 * static_cast<Long>(x) - 1) * (2 * root_half));
  const Long tail = inverse_tail(x < 0.5 ? 2 * static_cast<Long>(x) : 2 * (1 - static_cast<Long>(x)));
  return static_cast<double>((x < 0.5 ? -tail : tail) * (2 * root_half));
}

}  // namespace wengert::rule::special
