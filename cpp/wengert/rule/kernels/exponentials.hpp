// exp, expm1 and tanh of float64 in lanes: one way for all ordinary arguments, no table and no branch on a lane's value.
// e^x = 2^k (1 + p), with k the nearest integer to x / ln 2 and p a polynomial in what remains, at most ln 2 / 2.
#pragma once
#include <bit>

#include "wengert/rule/kernels/lanes.hpp"

namespace wengert::rule::exponentials {

using L = Lanes<double>;
using Integers = xsimd::batch<std::int64_t>;

/// Added to an integer k, it leaves k in the low bits of the sum.
inline constexpr double shift = 0x1.8p52;

[[gnu::always_inline]] inline L fma(const L& a, const L& b, const L& c) { return {xsimd::fma(a.v, b.v, c.v)}; }
[[gnu::always_inline]] inline Integers bits(const L& x) { return xsimd::bitwise_cast<std::int64_t>(x.v); }
[[gnu::always_inline]] inline L number(const Integers& n) { return {xsimd::bitwise_cast<double>(n)}; }

struct Parts {
  L k, shifted, p, lost;  // what p lost in rounding
};
[[gnu::always_inline]] inline Parts split(const L& x) {
  const L shifted = fma(x, L(1.4426950408889634), L(shift)), k = shifted - shift;
  // ln 2 in two parts, the first of 33 bits: its product with k is exact.
  const L first = fma(-k, L(0.6931471804855391), x), second = k * 7.440617110012397e-11;
  const L r = first - second;
  // (e^r - 1 - r) / r^2 to 2e-17 of r: by the exchange algorithm of Remez, in 50 digits.
  const L z = r * r, w = z * z;
  const L low = fma(z, fma(r, L(0.008333333333314636), L(0.041666666666573836)),
                    fma(r, L(0.16666666666666685), L(0.5000000000000006)));
  const L high = fma(z, fma(r, L(2.7557228049416858e-06), L(2.4801504514065502e-05)),
                     fma(r, L(0.00019841269902928319), L(0.0013888888932317948)));
  const L top = fma(r, L(2.5114441758985435e-08), L(2.762630064944311e-07));
  const L rest = z * fma(w, fma(w, top, high), low), p = r + rest;
  return {k, shifted, p, (rest - (p - r)) + ((first - r) - second)};
}
/// 2^k of an integer k that has been shifted.
[[gnu::always_inline]] inline L power_of_two(const L& shifted) {
  return number((bits(shifted) << 52) + Integers(std::bit_cast<std::int64_t>(1.0)));
}

/// Whatever the argument: 2^k as a product of two, so that the result may be subnormal or infinite.
[[gnu::noinline]] inline L exp_of_any(const L& x) {
  const Parts e = split(select(x > 800.0, L(800.0), select(x < -800.0, L(-800.0), x)));
  const L half = {xsimd::nearbyint((e.k * 0.5).v)};
  return (1.0 + e.p) * power_of_two(half + shift) * power_of_two((e.k - half) + shift);
}
[[gnu::always_inline]] inline L exp(const L& x) {
  if (!xsimd::all((L{xsimd::abs(x.v)} <= 708.0).v)) [[unlikely]]
    return exp_of_any(x);
  const Parts e = split(x);
  return number(bits(1.0 + e.p) + (bits(e.shifted) << 52));
}

/// e^x - 1 of -64 <= x <= 700, in two parts; NaN of NaN. The sign of a zero is lost.
struct LessOne {
  L high, low;
};
[[gnu::always_inline]] inline LessOne exp_less_one(const L& x) {
  const Parts e = split(x);
  const L scale = power_of_two(e.shifted);
  return {fma(scale, e.p, scale - 1.0), scale * e.lost};
}
[[gnu::always_inline]] inline L expm1(const L& x) {
  const LessOne e = exp_less_one(select(x < -64.0, L(-64.0), x));  // -1 below
  const L y = select(L{xsimd::abs(x.v)} < 1e-30, x, e.high + e.low);
  if (xsimd::any((x > 700.0).v)) [[unlikely]]
    return select(x > 700.0, exp_of_any(x), y);
  return y;
}

/// (e^2x - 1) / (e^2x + 1) of the absolute value, 1 beyond 20.
[[gnu::always_inline]] inline L tanh(const L& x) {
  const L size = {xsimd::abs(x.v)};
  const LessOne u = exp_less_one(2.0 * select(size > 20.0, L(20.0), size));
  const L below = u.high + 2.0, y = u.high / below, lost = u.high - (below - 2.0), half = 0.5 * (1.0 - y);
  // 1 / below is half of 1 - y, as long as y has not come too near to 1.
  const L better = select(u.high > 8.0, y, fma(2.0 * u.low * half - y * lost, half, y));
  return {better.v | xsimd::bitofsign(x.v)};
}

}  // namespace wengert::rule::exponentials
