// The gamma function's family, in long double: what cancels in the formulas is more than float64 could spare.
#include <math.h>
#include <array>
#include <cmath>
#include <limits>

#include "wengert/rule/kernels/long_gamma.hpp"
#include "wengert/rule/kernels/special.hpp"

namespace wengert::rule::special {
namespace {

constexpr Long pi = 3.14159265358979323846264338327950288L;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// digamma for x >= 12 by its asymptotic series, DLMF 5.11.2.
Long digamma_large(Long x) {
  const Long r = 1 / (x * x);
  Long sum = 0;
  for (int k = 10; k >= 1; --k) sum = r * (bernoulli[k - 1] / (2 * k) + sum);
  return std::log(x) - 0.5L / x - sum;
}

/// The positive root of digamma, in two parts.
constexpr double root_high = 1.4616321449683622, root_low = 9.549995429965697e-17;

Long whole_power(Long x, int n) {
  Long y = 1;
  for (; n > 0; n >>= 1, x *= x)
    if (n & 1) y *= x;
  return y;
}

/// Hurwitz zeta(s, x) for x > 0 and whole s >= 2, by Euler and Maclaurin (DLMF 25.11.5 with 10 terms).
Long zeta_whole(int s, Long x) {
  Long sum = 0;
  const int shift = x < 14 + s ? static_cast<int>(std::ceil(14 + s - x)) : 0;
  for (int k = 0; k < shift; ++k) sum += whole_power(1 / (x + k), s);
  const Long z = x + shift, power = whole_power(1 / z, s);
  Long tail = z * power / (s - 1) + power / 2, term = s * power / z;
  for (int k = 1; k <= 10; ++k) {
    term /= static_cast<Long>(2 * k - 1) * (2 * k);
    tail += bernoulli[k - 1] * term;
    term *= static_cast<Long>(s + 2 * k - 1) * (s + 2 * k) / (z * z);
  }
  return sum + tail;
}

/// The recurrence would cancel here: Taylor series about the root, whose coefficients are zeta(k + 1, root).
Long digamma_near_root(Long h) {
  static const auto coefficients = [] {
    std::array<Long, 40> c{};
    for (int k = 1; k < 40; ++k)
      c[static_cast<std::size_t>(k)] = (k % 2 ? 1 : -1) * zeta_whole(k + 1, static_cast<Long>(root_high) + root_low);
    return c;
  }();
  Long sum = 0;
  for (std::size_t k = 39; k >= 1; --k) sum = h * (coefficients[k] + sum);
  return sum;
}

Long factorial(int n) { return std::tgamma(n + static_cast<Long>(1)); }

/// Derivative number n of cot(pi x): a polynomial in c = cot(pi x), as c' = -pi (1 + c^2); terms of one sign alone.
Long cotangent_derivative(int n, Long c) {
  std::array<Long, 72> p{};
  p[1] = 1;
  for (int k = 0; k < n; ++k) {
    std::array<Long, 72> q{};
    for (std::size_t j = 1; j <= static_cast<std::size_t>(k + 1); ++j) {
      q[j - 1] -= static_cast<Long>(j) * p[j];
      q[j + 1] -= static_cast<Long>(j) * p[j];
    }
    p = q;
  }
  Long sum = 0;
  for (std::size_t j = static_cast<std::size_t>(n + 2); j-- > 0;) sum = sum * c + p[j];
  return sum * whole_power(pi, n);
}

bool is_pole(double x) { return x <= 0 && x == std::floor(x); }

/// log(Gamma(x)) less its Stirling part (x - 1/2) log x - x + log(2 pi) / 2, for x >= 12 (DLMF 5.11.1).
Long stirling_rest(Long x) {
  const Long r = 1 / (x * x);
  Long sum = 0;
  for (int k = 10; k >= 1; --k) sum = bernoulli[k - 1] / static_cast<Long>(2 * k * (2 * k - 1)) + r * sum;
  return sum / x;
}

struct SignedLog {
  Long log;
  int sign;
};

SignedLog log_gamma_long(Long x) {
  const Long y = x > 0 || std::fmod(std::floor(x), 2.0L) == 0 ? 1 : -1;
  return {std::lgamma(x), y > 0 ? 1 : -1};
}

/// log |B(a, b)| and its sign for a >= b. Where a is large its logarithms of gamma functions would cancel: then by
/// Stirling's series, the parts that cancel taken together (cf. Didonato and Morris, ACM TOMS 708, 1992).
SignedLog log_beta(Long a, Long b) {
  constexpr Long half_log_two_pi = 0.918938533204672741780329736405617640L;
  if (a >= 12 && b >= 12) {
    const Long rests = stirling_rest(a) + stirling_rest(b) - stirling_rest(a + b);
    return {half_log_two_pi - std::log(b) / 2 - (a - 0.5L) * std::log1p(b / a) - b * std::log1p(a / b) + rests, 1};
  }
  const SignedLog of_b = log_gamma_long(b);
  if (a >= 12 && a + b >= 12) {
    const Long rests = stirling_rest(a) - stirling_rest(a + b);
    return {of_b.log - (a - 0.5L) * std::log1p(b / a) - b * std::log(a + b) + b + rests, of_b.sign};
  }
  const SignedLog of_a = log_gamma_long(a), of_sum = log_gamma_long(a + b);
  return {of_a.log + of_b.log - of_sum.log, of_a.sign * of_b.sign * of_sum.sign};
}

/// For a whole a <= 0: finite only where the pole of Gamma(a + b) is one too (as in SciPy).
SignedLog log_beta_at_pole(Long a, Long b) {
  if (b == std::floor(b) && 1 - a - b > 0) {
    SignedLog y = log_beta(std::max(1 - a - b, b), std::min(1 - a - b, b));
    if (std::fmod(b, 2.0L) != 0) y.sign = -y.sign;
    return y;
  }
  return {infinity, 1};
}

SignedLog signed_log_beta(double a, double b) {
  if (a < b) std::swap(a, b);
  if (std::isinf(b) && b < 0) return {nan, 1};
  if (is_pole(b)) return log_beta_at_pole(b, a);
  if (is_pole(a)) return log_beta_at_pole(a, b);
  if (std::isinf(a)) return {b > 0 ? -infinity : infinity, log_gamma_long(b).sign};
  return log_beta(a, b);
}

}  // namespace

double log_gamma(double x) {
#if defined(_GNU_SOURCE) || defined(__APPLE__)
  int sign = 0;  // lgamma itself writes a global: not for threads
  return lgamma_r(x, &sign);
#else
  return std::lgamma(x);
#endif
}

double gamma(double x) {
  if (is_pole(x) && x != 0) return nan;
  return static_cast<double>(std::tgamma(static_cast<Long>(x)));
}

Long digamma_long(Long x) {
  if (x < 1e-20L && x > -1e-20L) return -1 / x;
  if (x < 0) return digamma_long(1 - x) - pi / std::tan(pi * (x - std::nearbyint(x)));  // its period is exact
  if (std::abs(x - root_high) < 0.45L) return digamma_near_root((x - root_high) - root_low);
  Long shifted = 0, up = x;
  for (; up < 12; up += 1) shifted += 1 / up;
  return digamma_large(up) - shifted;
}

double digamma(double x) {
  if (x == 0) return std::copysign(infinity, -x);
  if (std::isinf(x) && x > 0) return x;
  if (x < 0 && x == std::floor(x)) return nan;
  return static_cast<double>(digamma_long(x));
}

Long polygamma_long(int n, Long x) {
  if (n == 0) return digamma_long(x);
  const int sign = n % 2 ? 1 : -1;
  if (x > 0) return sign * factorial(n) * zeta_whole(n + 1, x);
  // Reflection, DLMF 5.15.6.
  const Long c = 1 / std::tan(pi * (x - std::nearbyint(x)));
  return -(factorial(n) * zeta_whole(n + 1, 1 - x) + pi * cotangent_derivative(n, c));
}

double polygamma(double order, double x) {
  const int n = whole_order(order);
  if (n < 0 || n > 70) return nan;
  if (n == 0) return digamma(x);
  if (is_pole(x)) return n % 2 ? infinity : nan;
  if (std::isinf(x)) return x > 0 ? (n % 2 ? 0.0 : -0.0) : nan;
  return static_cast<double>(polygamma_long(n, x));
}

/// digamma(a) - digamma(a + b); for small b, where it would cancel, by Taylor's series about the middle.
double digamma_difference(double a, double b) {
  const Long p = a, q = b, middle = p + q / 2;
  if (a > 0 && std::abs(b) < 1e-3 * a && !std::isinf(a)) {
    const Long square = q * q;
    return static_cast<double>(-q *
                               (polygamma_long(1, middle) +
                                square / 24 * (polygamma_long(3, middle) + square / 80 * polygamma_long(5, middle))));
  }
  const bool plain = std::isfinite(a) && std::isfinite(b) && !is_pole(a) && !is_pole(static_cast<double>(p + q));
  return plain ? static_cast<double>(digamma_long(p) - digamma_long(p + q)) : digamma(a) - digamma(a + b);
}

double betaln(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return a + b;
  return static_cast<double>(signed_log_beta(a, b).log);
}

double beta(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return a + b;
  const SignedLog y = signed_log_beta(a, b);
  return static_cast<double>(y.sign * std::exp(y.log));
}

}  // namespace wengert::rule::special
