// Bessel functions of whole order. The C library's in long double, where it has them: they err by their last digits in
// absolute measure near a zero, and those are beyond float64's.
#include <math.h>
#include <array>
#include <cfloat>
#include <cmath>
#include <limits>

#include "wengert/rule/kernels/special.hpp"

namespace wengert::rule::special {
namespace {

using Long = long double;
constexpr Long pi = 3.14159265358979323846264338327950288L;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// exp(-x) I_n(x) by its power series (DLMF 10.25.2): terms of one sign.
Long scaled_i_series(int n, Long x) {
  Long term = 1;
  for (int k = 1; k <= n; ++k) term *= x / (2 * k);
  Long sum = term;
  const Long z = x * x / 4;
  for (int k = 1; term > 1e-22L * sum; ++k) {
    term *= z / (static_cast<Long>(k) * (k + n));
    sum += term;
  }
  return std::exp(-x) * sum;
}

/// The same for large x by its asymptotic series (DLMF 10.40.1).
Long scaled_i_large(int n, Long x) {
  Long term = 1, sum = 1;
  const Long mu = 4.0L * n * n;
  for (int k = 1; k < 60; ++k) {
    const Long odd = 2 * k - 1, next = -term * (mu - odd * odd) / (k * 8 * x);
    if (std::abs(next) > std::abs(term) && k > n) break;
    sum += term = next;
    if (std::abs(term) < 1e-22L * std::abs(sum)) break;
  }
  return sum / std::sqrt(2 * pi * x);
}

Long scaled_i(int n, Long x) {
  return x > 25 && (x > n * n || x > 5000) ? scaled_i_large(n, x) : scaled_i_series(n, x);
}

/// Derivative number k, without its sign, of the asymptotic series of exp(-x) I_0(x), term by term: terms of one sign.
Long moment_large(int k, Long x) {
  Long coefficient = 1, sum = 0, rising = 1;
  for (int j = 0; j < k; ++j) rising *= j + 0.5L;
  for (int j = 0; j < 60; ++j) {
    const Long term = coefficient * rising;
    if (j > 0 && term < 1e-22L * sum) break;
    sum += term;
    coefficient *= (2 * j + 1) * (2 * j + 1) / (8 * (j + 1) * x);
    rising *= (j + k + 0.5L) / (j + 0.5L);
    if (coefficient * rising > term) break;
  }
  for (int j = 0; j < k; ++j) sum /= x;
  return sum / std::sqrt(2 * pi * x);
}

/// The mean itself, for x <= 25, by the trapezoidal rule, which converges geometrically (Trefethen and Weideman, SIAM
/// Review 56, 2014).
Long moment_mean(int k, Long x) {
  static const auto weights = [] {
    std::array<Long, 72> w{};
    for (std::size_t j = 0; j < w.size(); ++j) {
      const Long half = std::sin(pi * (static_cast<Long>(j) + 0.5L) / (2 * w.size()));
      w[j] = 2 * half * half;  // 1 - cos(t)
    }
    return w;
  }();
  Long sum = 0;
  for (const Long w : weights) sum += std::pow(w, k) * std::exp(-x * w);
  return sum / weights.size();
}

int whole(double order) {
  return std::abs(order) < 1000 && order == std::floor(order) ? static_cast<int>(order) : -10000;
}

double odd_in(int n, double x, Long y) { return static_cast<double>(n % 2 && std::signbit(x) ? -y : y); }

}  // namespace

double i0(double x) { return bessel_i(0, x); }
double i1(double x) { return bessel_i(1, x); }

double i0e(double x) {
  if (std::isinf(x)) return 0;
  return static_cast<double>(scaled_i(0, std::abs(x)));
}
double i1e(double x) {
  if (std::isinf(x)) return std::copysign(0.0, x);
  return odd_in(1, x, scaled_i(1, std::abs(static_cast<Long>(x))));
}

double bessel_i(double order, double x) {
  const int n = std::abs(whole(order));
  if (n > 1000 || std::isnan(x)) return nan;
  if (std::abs(x) > 20000) return odd_in(n, x, std::numeric_limits<double>::infinity());
  const Long size = std::abs(x);
  return odd_in(n, x, scaled_i(n, size) * std::exp(size));
}

double i0e_moment(double order, double x) {
  const int k = whole(order);
  if (k < 0 || std::isnan(x)) return nan;
  const Long size = std::abs(x);
  if (std::isinf(x)) return 0;
  if (size > 25) return static_cast<double>(moment_large(k, size));
  if (k <= 1) return static_cast<double>(scaled_i(0, size) - (k ? scaled_i(1, size) : 0));
  return static_cast<double>(moment_mean(k, size));
}

#if defined(__GLIBC__) && LDBL_MANT_DIG > DBL_MANT_DIG
#define WG_BESSEL(NAME) NAME##l
#else
#define WG_BESSEL(NAME) NAME
#endif

double j0(double x) { return static_cast<double>(WG_BESSEL(::j0)(x)); }
double j1(double x) { return static_cast<double>(WG_BESSEL(::j1)(x)); }
double y0(double x) { return x < 0 ? nan : static_cast<double>(WG_BESSEL(::y0)(x)); }
double y1(double x) { return x < 0 ? nan : static_cast<double>(WG_BESSEL(::y1)(x)); }

double bessel_j(double order, double x) {
  const int n = whole(order);
  return n < -1000 ? nan : static_cast<double>(WG_BESSEL(::jn)(n, x));
}
double bessel_y(double order, double x) {
  const int n = whole(order);
  return n < -1000 || x < 0 ? nan : static_cast<double>(WG_BESSEL(::yn)(n, x));
}
#undef WG_BESSEL

}  // namespace wengert::rule::special
