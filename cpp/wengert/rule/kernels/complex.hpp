// Complex numbers as the rules see them, and what the named functions of ops.def mean on them: C99's, as in NumPy,
// where these are exact near zero.
#pragma once
#include <cmath>
#include <complex>

#include "wengert/rule/rules.hpp"

namespace wengert::rule {

struct Complex {
  double re, im;

  constexpr Complex(double r, double i = 0) : re(r), im(i) {}
  Complex(std::complex<double> z) : re(z.real()), im(z.imag()) {}
  operator std::complex<double>() const { return {re, im}; }

  // Part by part, as NumPy's: the infinities of C99's annex G are not looked for.
  friend Complex operator-(Complex a) { return {-a.re, -a.im}; }
  friend Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
  friend Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
  friend Complex operator*(Complex a, Complex b) { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }
  friend Complex operator+(double a, Complex b) { return {a + b.re, b.im}; }
  friend Complex operator-(Complex a, double b) { return {a.re - b, a.im}; }
  friend Complex operator-(double a, Complex b) { return {a - b.re, -b.im}; }
  friend Complex operator*(double a, Complex b) { return {a * b.re, a * b.im}; }
  /// By the larger part of b, against overflow (R. L. Smith, Communications of the ACM 5, 1962).
  friend Complex operator/(Complex a, Complex b) {
    if (std::abs(b.re) >= std::abs(b.im)) {
      if (b.re == 0 && b.im == 0) return {a.re / std::abs(b.re), a.im / std::abs(b.im)};
      const double ratio = b.im / b.re, size = 1 / (b.re + b.im * ratio);
      return {(a.re + a.im * ratio) * size, (a.im - a.re * ratio) * size};
    }
    const double ratio = b.re / b.im, size = 1 / (b.im + b.re * ratio);
    return {(a.re * ratio + a.im) * size, (a.im * ratio - a.re) * size};
  }
  /// Without the zero imaginary part, whose sign would count.
  friend Complex operator/(double a, Complex b) {
    if (b.re == 0 && b.im == 0) return Complex(a) / b;
    if (std::abs(b.re) >= std::abs(b.im)) {
      const double ratio = b.im / b.re, size = 1 / (b.re + b.im * ratio);
      return {a * size, -a * ratio * size};
    }
    const double ratio = b.re / b.im, size = 1 / (b.im + b.re * ratio);
    return {a * ratio * size, -a * size};
  }
  friend bool operator==(Complex a, Complex b) { return a.re == b.re && a.im == b.im; }
  friend bool operator!=(Complex a, Complex b) { return !(a == b); }
  // In the order of NumPy: by the real parts, then by the imaginary ones; nothing is above or below a NaN.
  friend bool operator<(Complex a, Complex b) {
    return (a.re < b.re && a.im == a.im && b.im == b.im) || (a.re == b.re && a.im < b.im);
  }
  friend bool operator<=(Complex a, Complex b) {
    return (a.re < b.re && a.im == a.im && b.im == b.im) || (a.re == b.re && a.im <= b.im);
  }
  friend bool operator>(Complex a, Complex b) { return b < a; }
  friend bool operator>=(Complex a, Complex b) { return b <= a; }
};
inline Complex select(bool c, Complex a, Complex b) { return c ? a : b; }
inline Complex select(bool c, double a, Complex b) { return c ? Complex(a) : b; }
inline Complex select(bool c, Complex a, double b) { return c ? a : Complex(b); }

#define WG_C99(NAME, FUNCTION) \
  inline Complex NAME(Complex x) { return FUNCTION(std::complex<double>(x)); }
WG_C99(sqrt, std::sqrt)
WG_C99(exp, std::exp)
WG_C99(log, std::log)
WG_C99(sin, std::sin)
WG_C99(cos, std::cos)
WG_C99(tan, std::tan)
WG_C99(arcsin, std::asin)
WG_C99(arccos, std::acos)
WG_C99(arctan, std::atan)
WG_C99(sinh, std::sinh)
WG_C99(cosh, std::cosh)
WG_C99(tanh, std::tanh)
WG_C99(arcsinh, std::asinh)
WG_C99(arccosh, std::acosh)
WG_C99(arctanh, std::atanh)
#undef WG_C99

Complex exp2(Complex x);
Complex log2(Complex x);
Complex log10(Complex x);
Complex expm1(Complex x);
Complex log1p(Complex x);
Complex power(Complex a, Complex b);
Complex integer_power(Complex a, Complex b);
Complex sinc_derivative(Complex order, Complex x);

inline Complex rint(Complex x) { return {std::nearbyint(x.re), std::nearbyint(x.im)}; }
inline Complex maximum(Complex a, Complex b) { return a >= b || a != a ? a : b; }
inline Complex minimum(Complex a, Complex b) { return a <= b || a != a ? a : b; }
inline bool has_infinity(Complex x) { return std::isinf(x.re) || std::isinf(x.im); }
/// sqrt(1 + x^2) as sqrt(1 + i x) sqrt(1 - i x): the square of x does not overflow.
inline Complex length_beside_one(Complex x) { return sqrt(Complex(1 - x.im, x.re)) * sqrt(Complex(1 + x.im, -x.re)); }

}  // namespace wengert::rule
