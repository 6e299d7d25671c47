#include "wengert/rule/kernels/complex.hpp"

#include <limits>

#include "wengert/rule/kernels/fill.hpp"
#include "wengert/rule/kernels/special.hpp"

namespace wengert::rule {
namespace {

constexpr double log_of_2 = 0.69314718055994530942, log_of_10 = 2.30258509299404568402, pi = 3.14159265358979323846;

/// a to a whole power by repeated squaring; the exponent is small. The least powers are not multiplied by 1, as NumPy's
/// are not: the parts of 1 times infinity are no numbers.
Complex whole_power(Complex a, int n) {
  if (n < 0) return Complex(1) / whole_power(a, -n);
  if (n == 1) return a;
  if (n == 2) return a * a;
  if (n == 3) return a * a * a;
  Complex result = 1;
  for (; n; n >>= 1) {
    if (n & 1) result = result * a;
    a = a * a;
  }
  return result;
}

const std::complex<double>* at(const void* p) { return static_cast<const std::complex<double>*>(p); }

template <class R>
void value_loop(const void* a_, const void* b_, void* y, std::int64_t n) {
  const auto *a = at(a_), *b = R::arity == 2 ? at(b_) : a;
  using Answer = decltype(R::value(Complex(0), Complex(0)));
  using Y = std::conditional_t<std::is_same_v<Answer, bool>, bool, std::complex<double>>;
  for (std::int64_t i = 0; i < n; ++i) static_cast<Y*>(y)[i] = R::value(Complex(a[i]), Complex(b[i]));
}

/// With the strong zeros of `scale`, as the loops over real numbers have them.
template <class R, int k, bool add>
void partial_loop(const Reading& r, const void* seed, void* out_, std::int64_t n) {
  constexpr unsigned bits = reads<R, k>.bits;
  auto* out = static_cast<std::complex<double>*>(out_);
  const auto number = [](const void* p, bool read, std::int64_t i) { return read ? Complex(at(p)[i]) : Complex(1); };
  for (std::int64_t i = 0; i < n; ++i) {
    const Complex s = at(seed)[i];
    const Complex p =
        R::template partial<k>(number(r.a, bits & 1, i), number(r.b, bits & 2, i), number(r.y, bits & 4, i));
    Complex product = scale_rule::value(s, p);
    if (strong_partial<R, k> && p == 0.0) product = p;
    out[i] = add ? Complex(out[i]) + product : product;
  }
}

template <class R, int k>
void fill_partials(Primitive& p) {
  if constexpr (k < R::arity && R::types != compare) {
    if constexpr (!constant_partial<R, k>) {
      p.partial[k][partial_column(Dtype::complex128)][0] = partial_loop<R, k, false>;
      p.partial[k][partial_column(Dtype::complex128)][1] = partial_loop<R, k, true>;
    }
  }
}

}  // namespace

Complex exp2(Complex x) { return exp(log_of_2 * x); }
Complex log2(Complex x) {
  const Complex y = log(x);
  return {y.re / log_of_2, y.im / log_of_2};
}
Complex log10(Complex x) {
  const Complex y = log(x);
  return {y.re / log_of_10, y.im / log_of_10};
}

/// exp(re) cos(im) - 1 = expm1(re) cos(im) - 2 sin(im / 2)^2.
Complex expm1(Complex x) {
  const double s = std::sin(x.im / 2);
  return {std::expm1(x.re) * std::cos(x.im) - 2 * s * s, std::exp(x.re) * std::sin(x.im)};
}

/// The square of |1 + x| is 1 + re (2 + re) + im^2: near 1 its logarithm is taken from what it lies off 1.
Complex log1p(Complex x) {
  const double angle = std::atan2(x.im, 1 + x.re), off = x.re * (2 + x.re) + x.im * x.im;
  if (std::abs(off) < 0.5) return {0.5 * std::log1p(off), angle};
  return {std::log(std::hypot(1 + x.re, x.im)), angle};
}

Complex power(Complex a, Complex b) {
  if (b == 0.0) return 1;
  if (a == 0.0) {
    if (b.re > 0) return 0;
    return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
  }
  const int n = std::abs(b.re) < 100 ? static_cast<int>(b.re) : 0;
  if (b.im == 0 && n != 0 && n == b.re) return whole_power(a, n);
  return std::pow(std::complex<double>(a), std::complex<double>(b));
}
Complex integer_power(Complex a, Complex b) { return power(a, b); }

/// As special::sinc_derivative: by recurrence where t is large, by the series of the cosine where it is small.
Complex sinc_derivative(Complex order, Complex x) {
  const int n = special::whole_order(order.re);
  const Complex t = pi * x;
  Complex f = 0;
  if (std::hypot(t.re, t.im) > n + 1.5) {
    const double whole = std::nearbyint(x.re), sign = std::fmod(whole, 2) == 0 ? 1 : -1;  // reduced exactly
    const Complex rest{pi * (x.re - whole), t.im}, s = sign * sin(rest), c = sign * cos(rest);
    f = s / t;
    for (int k = 1; k <= n; ++k) f = ((k % 4 < 2 ? 1.0 : -1.0) * (k % 2 ? c : s) - static_cast<double>(k) * f) / t;
  } else {
    Complex power = 1;
    for (int j = 0; j < 60; ++j) {
      const int m = j + n;
      if (m % 2 == 0) f = f + ((m / 2 % 2 ? -1 : 1) / (m + 1.0)) * power;
      power = power * t / (j + 1.0);
    }
  }
  return std::pow(pi, n) * f;
}

void fill_complex(Table& table) {
  each_rule([&]<class R>() {
    if constexpr (R::takes_complex) {
      Primitive& p = table[static_cast<std::size_t>(R::op)];
      p.value[index(Dtype::complex128)] = value_loop<R>;
      fill_partials<R, 0>(p);
      fill_partials<R, 1>(p);
    }
  });
}

}  // namespace wengert::rule
