#include "wengert/rule/kernels/special.hpp"

#include <math.h>
#include <array>
#include <limits>

namespace wengert::rule::special {
namespace {

constexpr double pi = 3.14159265358979323846, infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// B(2k) of the asymptotic series of digamma and polygamma (Abramowitz & Stegun 6.3.18 and 6.4.11).
constexpr double bernoulli[] = {1.0 / 6,       -1.0 / 30, 1.0 / 42,      -1.0 / 30,     5.0 / 66,
                                -691.0 / 2730, 7.0 / 6,   -3617.0 / 510, 43867.0 / 798, -174611.0 / 330};

/// digamma for x >= 10 by its asymptotic series; in more digits where the machine has them, since what is taken away
/// from it for smaller x leaves a fifth of it.
long double digamma_large(long double x) {
  const long double r = 1 / (x * x);
  long double sum = 0;
  for (int k = 9; k >= 1; --k) sum = r * (bernoulli[k - 1] / (2 * k) + sum);
  return std::log(x) - 0.5L / x - sum;
}

/// The positive root of digamma, in two parts.
constexpr double root_high = 1.4616321449683622, root_low = 9.549995429965697e-17;

double factorial(int n) { return std::tgamma(n + 1.0); }

/// Hurwitz zeta(s, x) for x > 0, s >= 2, by Euler and Maclaurin (DLMF 25.11.5 with 10 terms).
double hurwitz(double s, double x) {
  double sum = 0;
  const int shift = x < 12 ? static_cast<int>(std::ceil(12 - x)) + static_cast<int>(s / 2) : 0;
  for (int k = 0; k < shift; ++k) sum += std::pow(x + k, -s);
  const double z = x + shift;
  double tail = std::pow(z, 1 - s) / (s - 1) + 0.5 * std::pow(z, -s);
  double term = s * std::pow(z, -s - 1);
  for (int k = 1; k <= 10; ++k) {
    tail += bernoulli[k - 1] * term / factorial(2 * k);
    term *= (s + 2 * k - 1) * (s + 2 * k) / (z * z);
  }
  return sum + tail;
}

/// The recurrence would cancel here: Taylor series about the root, whose coefficients are zeta(k + 1, root).
double digamma_near_root(double h) {
  static const auto coefficients = [] {
    std::array<double, 34> c{};
    for (int k = 1; k < 34; ++k) c[static_cast<std::size_t>(k)] = (k % 2 ? 1 : -1) * hurwitz(k + 1, root_high);
    return c;
  }();
  double sum = 0;
  for (std::size_t k = 33; k >= 1; --k) sum = h * (coefficients[k] + sum);
  return sum;
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

double digamma(double x) {
  if (x == 0) return std::copysign(infinity, -x);
  if (x < 0) {
    if (x == std::floor(x)) return nan;
    const double fraction = x - std::nearbyint(x);  // the period of tan(pi x), exactly
    return digamma(1 - x) - pi / std::tan(pi * fraction);
  }
  if (std::isinf(x)) return x;
  if (x < 1e-17) return -1 / x;
  if (std::abs(x - root_high) < 0.45) return digamma_near_root((x - root_high) - root_low);
  long double shifted = 0, up = x;
  for (; up < 10; up += 1) shifted += 1 / up;
  return static_cast<double>(digamma_large(up) - shifted);
}

double polygamma(double order, double x) {
  const int n = static_cast<int>(order);
  if (n != order || n < 0) return nan;
  if (n == 0) return digamma(x);
  if (x <= 0 && x == std::floor(x)) return n % 2 ? infinity : nan;
  const double sign = n % 2 ? 1 : -1;
  if (x > 0) return std::isinf(x) ? sign * 0.0 : sign * factorial(n) * hurwitz(n + 1, x);
  // Up to the positive side by the recurrence psi_n(x) = psi_n(x + 1) - (-1)^n n! / x^(n + 1).
  double sum = 0;
  const double steps = std::ceil(-x);
  for (double k = 0; k < steps && steps < 1e6; ++k) sum += std::pow(x + k, -(n + 1));
  return sign * factorial(n) * (hurwitz(n + 1, x + steps) + sum);
}

/// Derivative number n of sin(pi x) / (pi x), as the integral of s^n cos(s t + n pi / 2) over 0 < s < 1 with t = pi x.
double sinc_derivative(double order, double x) {
  const int n = static_cast<int>(order);
  if (n != order || n < 0) return nan;
  const double t = pi * x;
  if (std::isinf(x)) return nan;  // as NumPy
  const double scale = std::pow(pi, n);
  if (n == 0 && std::abs(t) > 1e-4) {
    const double whole = std::nearbyint(x);  // sin(pi x) with an exact reduction
    return std::sin(pi * (x - whole)) * (std::fmod(whole, 2) == 0 ? 1 : -1) / t;
  }
  if (std::abs(t) > n + 1.5) {  // upward recurrence: t f(n) = sin(t + n pi / 2) - n f(n - 1)
    double f = std::sin(t) / t;
    for (int k = 1; k <= n; ++k) f = ((k % 2 ? std::cos(t) : std::sin(t)) * (k % 4 < 2 ? 1 : -1) - k * f) / t;
    return scale * f;
  }
  double sum = 0, power = 1;  // the series of the cosine, integrated term by term
  for (int j = 0; j < 60; ++j) {
    const int m = j + n;  // term of cos^(n): nonzero where m is even
    if (m % 2 == 0) sum += (m / 2 % 2 ? -1 : 1) * power / (m + 1.0);
    power *= t / (j + 1);
  }
  return scale * sum;
}

double logaddexp(double a, double b) {
  if (a == b) return a + 0.69314718055994530942;
  const double high = a > b ? a : b, low = a > b ? b : a;
  if (std::isnan(a) || std::isnan(b)) return a + b;
  return high + std::log1p(std::exp(low - high));
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
