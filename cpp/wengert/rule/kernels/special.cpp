#include "wengert/rule/kernels/special.hpp"

#include <limits>

namespace wengert::rule::special {
namespace {

using Long = long double;
constexpr Long pi = 3.14159265358979323846264338327950288L;
constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

/// sin(t), cos(t), -sin(t), -cos(t) in turn: derivatives of the sine.
Long turned(int k, Long sine, Long cosine) { return (k % 2 ? cosine : sine) * (k % 4 < 2 ? 1 : -1); }

/// The series of the cosine, integrated term by term.
Long sinc_series(int n, Long t) {
  Long sum = 0, power = 1;
  for (int j = 0; j < 90; ++j) {
    const int m = j + n;  // term of cos^(n): nonzero where m is even
    if (m % 2 == 0) sum += (m / 2 % 2 ? -1 : 1) * power / (m + 1);
    power *= t / (j + 1);
  }
  return sum;
}

}  // namespace

/// Derivative number n of sin(pi x) / (pi x), as the integral of s^n cos(s t + n pi / 2) over 0 < s < 1 with t = pi x.
double sinc_derivative(double order, double x) {
  const int n = whole_order(order);
  if (n < 0) return nan;
  if (std::isinf(x)) return nan;  // as NumPy
  const Long t = pi * x, scale = std::pow(pi, n);
  if (std::abs(t) <= n * 1.0L + (n ? 1.5L : 1e-4L)) return static_cast<double>(scale * sinc_series(n, t));
  const Long whole = std::nearbyint(static_cast<Long>(x)), rest = pi * (x - whole);  // an exact reduction
  const int side = std::fmod(whole, 2) == 0 ? 1 : -1;
  const Long sine = side * std::sin(rest), cosine = side * std::cos(rest);
  Long f = sine / t;
  for (int k = 1; k <= n; ++k) f = (turned(k, sine, cosine) - k * f) / t;  // t f(n) = sin(t + n pi / 2) - n f(n - 1)
  return static_cast<double>(scale * f);
}

/// By series of positive terms, on either side of zero (Kummer's transformation); far from it by parts from order 0 up.
double exprel_moment(double order, double x) {
  const int n = whole_order(order);
  if (n < 0 || std::isnan(x)) return nan;
  if (std::isinf(x)) return x > 0 ? infinity : 0;
  const Long t = x;
  if (std::abs(x) > 40 + n) {
    const Long top = std::exp(t);
    if (std::isinf(static_cast<double>(top / t))) return infinity;
    Long y = std::expm1(t) / t;
    for (int k = 1; k <= n; ++k) y = (top - k * y) / t;
    return static_cast<double>(y);
  }
  Long term = 1.0L / (n + 1), sum = term;
  for (int k = 1; term > 1e-22L * sum; ++k) {
    term *= x > 0 ? t * (n + k) / (static_cast<Long>(k) * (n + k + 1)) : -t / (n + k + 1);
    sum += term;
  }
  return static_cast<double>(x > 0 ? sum : std::exp(t) * sum);
}

/// In u = s / (1 + s x) it is the integral of u^n / (1 - u x): by parts, and near zero by series of positive terms.
double log1p_moment(double order, double x) {
  const int n = whole_order(order);
  if (n < 0 || !(x >= -1)) return nan;
  if (x == -1) return infinity;
  const Long t = x, end = 1 / (1 + t);
  if (std::abs(x) > 0.5) {
    Long y = std::log1p(t) / t, power = 1;
    for (int k = 1; k <= n; ++k) y = (y - (power *= end) / k) / t;
    return static_cast<double>(y);
  }
  Long power = 1, sum = 0;
  for (int k = 0; power > 1e-22L * sum; ++k) {
    sum += power / (n + k + 1);
    power *= x > 0 ? t * end : -t * (n + k + 1) / (k + 1);
  }
  return static_cast<double>(x > 0 ? sum * std::pow(end, n + 1) : sum);
}

double logaddexp(double a, double b) {
  if (a == b) return a + 0.69314718055994530942;
  const double high = a > b ? a : b, low = a > b ? b : a;
  if (std::isnan(a) || std::isnan(b)) return a + b;
  return high + std::log1p(std::exp(low - high));
}

/// log(a / b): a difference that is exact where they are close, and no quotient that overflows.
double log_ratio(double a, double b) {
  if (!(a > 0 && b > 0) || std::isinf(a) || std::isinf(b)) return std::log(a) - std::log(b);
  const Long quotient = static_cast<Long>(a) / b;
  if (quotient > 0.5 && quotient < 2) return static_cast<double>(std::log1p((static_cast<Long>(a) - b) / b));
  return static_cast<double>(std::log(quotient));
}

double rel_entr(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return nan;
  if (a > 0 && b > 0) return a * log_ratio(a, b);
  return a == 0 && b >= 0 ? 0 : infinity;
}

/// a log(a / b) - a + b = b ((1 + t) log(1 + t) - t) with t = (a - b) / b; for small t by the series in t.
double kl_div(double a, double b) {
  if (!(a > 0 && b > 0)) return std::isnan(a) || std::isnan(b) ? nan : a == 0 && b >= 0 ? b : infinity;
  if (std::isinf(a) || std::isinf(b)) return std::isinf(a) && std::isinf(b) ? nan : infinity;
  const Long t = (static_cast<Long>(a) - b) / b;
  if (std::abs(t) > 0.005L) {
    const Long log = std::abs(t) < 0.5L ? std::log1p(t) : std::log(static_cast<Long>(a) / b);
    return static_cast<double>(a * log - (static_cast<Long>(a) - b));
  }
  Long sum = 0;
  for (int k = 10; k >= 2; --k) sum = (k % 2 ? -1 : 1) / (static_cast<Long>(k) * (k - 1)) + t * sum;
  return static_cast<double>(b * t * t * sum);
}

/// Few multiplications keep within an ulp or two; beyond them the C library's power is nearer, and as exact in its sign.
double integer_power(double a, double b) {
  if (b == 2) return a * a;
  if (b == 3) return a * a * a;
  if (b == 1) return a;
  if (b == -1) return 1 / a;
  return std::pow(a, b);
}

}  // namespace wengert::rule::special
