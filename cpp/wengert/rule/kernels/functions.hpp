// What the named functions of ops.def mean on Lanes, One and Whole. SIMD by xsimd where it is within 2 ulp, else libm.
#pragma once
#include <cmath>

#include "wengert/rule/kernels/exponentials.hpp"
#include "wengert/rule/kernels/lanes.hpp"
#include "wengert/rule/kernels/special.hpp"
#include "wengert/rule/kernels/trigonometry.hpp"

namespace wengert::rule {

/// Worth less than a call.
template <class R>
constexpr bool is_cheap = Flops(R::template value<Flops>(Flops(0.0), Flops(0.0))).count < 10;

// A function of lanes, inline in the loops; a single number takes the same way.
#define WG_LANES(NAME, BODY)                                       \
  template <class T>                                               \
  [[gnu::always_inline]] inline Lanes<T> NAME(const Lanes<T>& x) { \
    BODY                                                           \
  }                                                                \
  template <class T>                                               \
  One<T> NAME(One<T> x) {                                          \
    return NAME(Lanes<T>(typename Lanes<T>::Batch(x.v))).first();  \
  }
// A function of a single number; lanes do it one by one.
#define WG_SINGLE(NAME, FUNCTION)                                   \
  template <class T>                                                \
  One<T> NAME(One<T> x) {                                           \
    return FUNCTION(x.v);                                           \
  }                                                                 \
  template <class T>                                                \
  Lanes<T> NAME(const Lanes<T>& x) {                                \
    return lanewise(x, [](T each) -> T { return FUNCTION(each); }); \
  }
#define WG_SINGLE2(NAME, FUNCTION)                                       \
  template <class T>                                                     \
  One<T> NAME(One<T> a, One<T> b) {                                      \
    return FUNCTION(a.v, b.v);                                           \
  }                                                                      \
  template <class T>                                                     \
  Lanes<T> NAME(const Lanes<T>& a, const Lanes<T>& b) {                  \
    return lanewise(a, b, [](T p, T q) -> T { return FUNCTION(p, q); }); \
  }
// Exact in one instruction: the same bits either way.
#define WG_EXACT(NAME, XSIMD, SINGLE) \
  template <class T>                  \
  Lanes<T> NAME(const Lanes<T>& x) {  \
    return {XSIMD(x.v)};              \
  }                                   \
  template <class T>                  \
  One<T> NAME(One<T> x) {             \
    return SINGLE(x.v);               \
  }

WG_EXACT(sqrt, xsimd::sqrt, std::sqrt)
WG_EXACT(floor, xsimd::floor, std::floor)
WG_EXACT(ceil, xsimd::ceil, std::ceil)
WG_EXACT(trunc, xsimd::trunc, std::trunc)
WG_EXACT(rint, xsimd::nearbyint, std::nearbyint)
WG_EXACT(absolute, xsimd::abs, std::abs)

// xsimd ends the exponential 0.35 too early on both sides, takes a subnormal logarithm's argument for a normal one, and
// loses the sign of zero in expm1 and log1p. Its float64 exponential and hyperbolic tangent take twice the time of ours.
template <class T>
inline constexpr double exp_edge = std::is_same_v<T, double> ? 709.0 : 87.0;
inline constexpr double tiny = 1e-30;  // below, both functions are their argument
template <class T>
inline constexpr bool is_double = std::is_same_v<T, double>;
WG_LANES(exp, if constexpr (is_double<T>) return exponentials::exp(x);
         else return mended<T>({xsimd::exp(x.v)}, absolute(x) > exp_edge<T>, x, [](T e) { return std::exp(e); });)
WG_LANES(exp2,
         return mended<T>({xsimd::exp2(x.v)}, absolute(x) > 1.44 * exp_edge<T>, x, [](T e) { return std::exp2(e); });)
WG_LANES(expm1, if constexpr (is_double<T>) return exponentials::expm1(x);
         else return mended<T>(select(absolute(x) < tiny, x, {xsimd::expm1(x.v)}), x > exp_edge<T>, x,
                               [](T e) { return std::expm1(e); });)
template <class T>
Mask<T> subnormal(const Lanes<T>& x) {
  return absolute(x) < static_cast<double>(std::numeric_limits<T>::min());
}
WG_LANES(log, return mended<T>({xsimd::log(x.v)}, subnormal(x), x, [](T e) { return std::log(e); });)
WG_LANES(log2, return mended<T>({xsimd::log2(x.v)}, subnormal(x), x, [](T e) { return std::log2(e); });)
WG_LANES(log10, return mended<T>({xsimd::log10(x.v)}, subnormal(x), x, [](T e) { return std::log10(e); });)
WG_LANES(cbrt, return mended<T>({xsimd::cbrt(x.v)}, subnormal(x), x, [](T e) { return std::cbrt(e); });)
WG_LANES(log1p, return select(absolute(x) < tiny, x, {xsimd::log1p(x.v)});)

WG_LANES(sin, return trigonometry::sine(x);)
WG_LANES(cos, return trigonometry::cosine(x);)
WG_LANES(tan, return trigonometry::tangent(x);)
// xsimd's float32 is 2.1 ulp off here and there; by way of float64 it is right.
template <class T, class Wide>
Lanes<T> single_by_double(const Lanes<T>& x, const Lanes<T>& y, Wide&& wide) {
  if constexpr (std::is_same_v<T, double>) return y;
  else return lanewise(x, [&](T e) { return static_cast<T>(wide(static_cast<double>(e))); });
}
WG_LANES(arcsin, return single_by_double(x, {xsimd::asin(x.v)}, [](double e) { return std::asin(e); });)
WG_LANES(arccos, return {xsimd::acos(x.v)};)
WG_LANES(arctan, return {xsimd::atan(x.v)};)
inline Lanes<double> fast_sinh(const Lanes<double>& x) { return {xsimd::sinh(x.v)}; }
/// xsimd's is 2.1 ulp off between 1 and 1.2, where the exponential is the larger one of two terms: by its series up to 2.
inline Lanes<float> fast_sinh(const Lanes<float>& x) {
  const Lanes<float> z = x * x;
  Lanes<float> p = 1.0 / 1307674368000.0;
  for (const double factorial : {6227020800.0, 39916800.0, 362880.0, 5040.0, 120.0, 6.0}) p = p * z + 1.0 / factorial;
  return select(absolute(x) < 2.0, x + x * z * p, {xsimd::sinh(x.v)});
}
WG_LANES(sinh, return mended<T>(fast_sinh(x), absolute(x) > exp_edge<T>, x, [](T e) { return std::sinh(e); });)
WG_LANES(cosh, return mended<T>({xsimd::cosh(x.v)}, absolute(x) > exp_edge<T>, x, [](T e) { return std::cosh(e); });)
WG_LANES(tanh, if constexpr (is_double<T>) return exponentials::tanh(x); else return {xsimd::tanh(x.v)};)
WG_LANES(arcsinh, return single_by_double(x, {xsimd::asinh(x.v)}, [](double e) { return std::asinh(e); });)
WG_LANES(arccosh, return select(x >= 1.0, {xsimd::acosh(x.v)}, std::numeric_limits<double>::quiet_NaN());)
/// As xsimd's, but rounded the same way whether or not the processor multiplies and adds at once.
template <class T>
Lanes<T> inverse_tanh(const Lanes<T>& x) {
  const Lanes<T> size = absolute(x), twice = size + size;
  const Mask<T> small = size < 0.5;
  const Lanes<T> ratio = select(small, size, twice) / (1.0 - size);
  const Lanes<T> y = 0.5 * log1p(select(small, twice + twice * ratio, ratio));
  return {xsimd::copysign(y.v, x.v)};
}
WG_LANES(arctanh, return inverse_tanh(x);)

WG_SINGLE(erf, std::erf)
WG_SINGLE(erfc, std::erfc)
WG_SINGLE(erfcx, special::erfcx)
WG_SINGLE2(erfcx_moment, special::erfcx_moment)
WG_SINGLE(erfinv, special::erfinv)
WG_SINGLE(erfcinv, special::erfcinv)
WG_SINGLE(ndtr, special::ndtr)
WG_SINGLE(log_ndtr, special::log_ndtr)
WG_SINGLE(ndtri, special::ndtri)
WG_SINGLE(gamma, special::gamma)
WG_SINGLE(lgamma, special::log_gamma)
WG_SINGLE(digamma, special::digamma)
WG_SINGLE2(polygamma, special::polygamma)
WG_SINGLE2(digamma_difference, special::digamma_difference)
WG_SINGLE2(betaln, special::betaln)
WG_SINGLE2(beta, special::beta)
WG_SINGLE2(exprel_moment, special::exprel_moment)
WG_SINGLE2(log1p_moment, special::log1p_moment)
WG_SINGLE2(log_ratio, special::log_ratio)
WG_SINGLE2(rel_entr, special::rel_entr)
WG_SINGLE2(kl_div, special::kl_div)
WG_SINGLE(j0, special::j0)
WG_SINGLE(j1, special::j1)
WG_SINGLE2(bessel_j, special::bessel_j)
WG_SINGLE(y0, special::y0)
WG_SINGLE(y1, special::y1)
WG_SINGLE2(bessel_y, special::bessel_y)
WG_SINGLE(i0, special::i0)
WG_SINGLE(i1, special::i1)
WG_SINGLE2(bessel_i, special::bessel_i)
WG_SINGLE(i0e, special::i0e)
WG_SINGLE(i1e, special::i1e)
WG_SINGLE2(i0e_moment, special::i0e_moment)
WG_SINGLE2(sinc_derivative, special::sinc_derivative)
WG_SINGLE2(power, std::pow)
WG_SINGLE2(arctan2, std::atan2)
WG_SINGLE2(hypot, std::hypot)
WG_SINGLE2(fmod, std::fmod)
WG_SINGLE2(copysign, std::copysign)
WG_SINGLE2(floor_divide, special::floor_divide)
WG_SINGLE2(remainder, special::remainder)
WG_SINGLE2(integer_power, special::integer_power)
WG_SINGLE2(logaddexp, special::logaddexp)

/// exp(a x^2): what the rounding of the square loses is made good.
template <class T>
Lanes<T> exp_square(const Lanes<T>& a, const Lanes<T>& x) {
  const Lanes<T> square = x * x, power = select((a == 0.0) && (x == x), a, a * square), y = exp(power);
  const Lanes<T> lost = y * (rounded_away(a, square, power) + a * rounded_away(x, x, square));
  return select(lost - lost == 0.0, y + lost, y);
}
template <class T>
One<T> exp_square(One<T> a, One<T> x) {
  return exp_square(Lanes<T>(typename Lanes<T>::Batch(a.v)), Lanes<T>(typename Lanes<T>::Batch(x.v))).first();
}
#undef WG_LANES
#undef WG_SINGLE
#undef WG_SINGLE2
#undef WG_EXACT

/// Number N is one of the types of this folder.
template <class N>
concept Kernel = requires(N n) {
  n.v;
};

template <Kernel N>
N sign(const N& x) {
  return select(x > 0.0, N(1.0), select(x < 0.0, N(-1.0), select(x == 0.0, N(0.0), x)));
}
// A NaN on either side comes through, as in NumPy.
template <Kernel N>
N maximum(const N& a, const N& b) {
  return select((a >= b) || (a != a), a, b);
}
template <Kernel N>
N minimum(const N& a, const N& b) {
  return select((a <= b) || (a != a), a, b);
}
/// Without overflow on either side.
template <Kernel N>
N sigmoid(const N& x) {
  const N e = exp(-absolute(x));
  return select(x >= 0.0, N(1.0), e) / (1.0 + e);
}
template <Kernel N>
auto has_infinity(const N& x) {
  return (x - x != 0.0) && (x == x);
}
template <Kernel N>
N length_beside_one(const N& x) {
  return hypot(x, N(1.0));
}
// An order (or a factor) that a formula writes out.
#define WG_ORDERED(NAME)             \
  template <Kernel N>                \
  N NAME(double order, const N& x) { \
    return NAME(N(order), x);        \
  }
WG_ORDERED(exp_square)
WG_ORDERED(erfcx_moment)
WG_ORDERED(polygamma)
WG_ORDERED(sinc_derivative)
WG_ORDERED(exprel_moment)
WG_ORDERED(bessel_j)
WG_ORDERED(bessel_y)
WG_ORDERED(bessel_i)
WG_ORDERED(i0e_moment)
#undef WG_ORDERED

template <class T>
Whole<T> select(bool c, Whole<T> a, Whole<T> b) {
  return c ? a : b;
}
template <class T>
Whole<T> absolute(Whole<T> x) {
  return x < Whole<T>(0.0) ? -x : x;
}
#define WG_INTEGER(NAME)                     \
  template <class T>                         \
  Whole<T> NAME(Whole<T> a, Whole<T> b) {    \
    return special::integer::NAME(a.v, b.v); \
  }
WG_INTEGER(floor_divide)
WG_INTEGER(remainder)
WG_INTEGER(fmod)
WG_INTEGER(power)
#undef WG_INTEGER

// Primitives that are formulas are functions too, for other lines to use.
#define WG_FUNCTION(...)
#define WG_FUNCTION2(...)
#define WG_UNARY(NAME, ...)          \
  template <Kernel N>                \
  auto NAME(const N& x) {            \
    return NAME##_rule::value(x, x); \
  }
#define WG_BINARY(NAME, ...)          \
  template <Kernel N>                 \
  auto NAME(const N& a, const N& b) { \
    return NAME##_rule::value(a, b);  \
  }
#include "wengert/rule/ops.def"

}  // namespace wengert::rule
