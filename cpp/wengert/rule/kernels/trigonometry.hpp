// Sine, cosine and tangent whose lanes do not depend on their neighbours: one way for all angles up to 8192, libm beyond.
// Reduction and polynomials: fdlibm (Sun Microsystems, 1993), k_sin.c, k_cos.c and e_rem_pio2.c describe the method.
#pragma once
#include <cmath>

#include "wengert/rule/kernels/lanewise.hpp"

namespace wengert::rule::trigonometry {

inline constexpr double most = 8192;

/// An angle less a multiple of pi / 2, in two parts, and the two low bits of the multiple.
struct Reduced {
  Lanes<double> high, low;
  Mask<double> odd, negative_sine, negative_cosine;
};

[[gnu::always_inline]] inline Reduced reduce(const Lanes<double>& x) {
  using L = Lanes<double>;
  const L k = {xsimd::nearbyint((x * 0.63661977236758134308).v)};
  // pi / 2 in parts of 33 bits: their products with k are exact.
  const L first = x - k * 1.57079632673412561417e+00, second = k * 6.07710050630396597660e-11;
  const L r = first - second;
  const L error = ((first - r) - second) - k * 2.02226624871116645580e-21;
  const L high = r + error, low = ((r - high) + error) - k * 8.47842766036889956997e-32;
  const L pairs = {xsimd::floor((k * 0.5).v)}, fours = {xsimd::floor((k * 0.25).v)};
  const Mask<double> odd = k - 2.0 * pairs != 0.0, upper = pairs - 2.0 * fours != 0.0;
  return {high, low, odd, upper, odd != upper};
}

/// c + z * rest, rounded once where the processor can.
[[gnu::always_inline]] inline Lanes<double> step(double c, const Lanes<double>& z, const Lanes<double>& rest) {
  return {xsimd::fma(z.v, rest.v, Lanes<double>(c).v)};
}

[[gnu::always_inline]] inline Lanes<double> sine_polynomial(const Reduced& r) {
  using L = Lanes<double>;
  const L x = r.high, z = x * x, v = z * x;
  const L p = step(
      8.33333333332248946124e-03, z,
      step(-1.98412698298579493134e-04, z,
           step(2.75573137070700676789e-06, z, step(-2.50507602534068634195e-08, z, L(1.58969099521155010221e-10)))));
  return x - ((z * (0.5 * r.low - v * p) - r.low) - v * -1.66666666666666324348e-01);
}

[[gnu::always_inline]] inline Lanes<double> cosine_polynomial(const Reduced& r) {
  using L = Lanes<double>;
  const L x = r.high, z = x * x;
  const L p = z * step(4.16666666666666019037e-02, z,
                       step(-1.38888888888741095749e-03, z,
                            step(2.48015872894767294178e-05, z,
                                 step(-2.75573143513906633035e-07, z,
                                      step(2.08757232129817482790e-09, z, L(-1.13596475577881948265e-11))))));
  const L half = 0.5 * z, w = 1.0 - half;
  return w + (((1.0 - w) - half) + (z * p - x * r.low));
}

[[gnu::always_inline]] inline Lanes<double> signed_by(const Mask<double>& negative, const Lanes<double>& x) {
  return select(negative, -x, x);
}

/// float32 in float64: two halves, rounded once.
template <class F>
Lanes<float> by_halves(const Lanes<float>& x, F f) {
  constexpr auto width = Lanes<double>::width;
  alignas(64) float lane[Lanes<float>::width];
  alignas(64) double half[width];
  x.store(lane);
  for (float* p = lane; p < lane + Lanes<float>::width; p += width) {
    for (std::int64_t k = 0; k < width; ++k) half[k] = p[k];
    f(Lanes<double>::load(half)).store(half);
    for (std::int64_t k = 0; k < width; ++k) p[k] = static_cast<float>(half[k]);
  }
  return Lanes<float>::load(lane);
}

// A comparison with a NaN is false: not "x <= most" takes infinities and NaNs to libm too.
[[gnu::always_inline]] inline Mask<double> far(const Lanes<double>& x) { return Lanes<double>{xsimd::abs(x.v)} > most; }

struct Both {
  Lanes<double> sine, cosine;
};
/// Who wants one of them gets the other for nothing: what is not used is not computed.
[[gnu::always_inline]] inline Both sine_and_cosine(const Lanes<double>& x) {
  const Reduced r = reduce(x);
  const auto s = sine_polynomial(r), c = cosine_polynomial(r);
  const auto sine = signed_by(r.negative_sine, select(r.odd, c, s));
  const auto cosine = signed_by(r.negative_cosine, select(r.odd, s, c));
  return {mended(select(x == 0.0, x, sine), far(x), x, [](double e) { return std::sin(e); }),
          mended(cosine, far(x), x, [](double e) { return std::cos(e); })};
}
[[gnu::always_inline]] inline Lanes<double> sine(const Lanes<double>& x) { return sine_and_cosine(x).sine; }
[[gnu::always_inline]] inline Lanes<double> cosine(const Lanes<double>& x) { return sine_and_cosine(x).cosine; }
[[gnu::always_inline]] inline Lanes<double> tangent(const Lanes<double>& x) {
  const Reduced r = reduce(x);
  const auto s = sine_polynomial(r), c = cosine_polynomial(r);
  const auto y = select(r.odd, -c, s) / select(r.odd, s, c);
  return mended(select(x == 0.0, x, y), far(x), x, [](double e) { return std::tan(e); });
}

inline Lanes<float> sine(const Lanes<float>& x) {
  return by_halves(x, [](const Lanes<double>& h) { return sine(h); });
}
inline Lanes<float> cosine(const Lanes<float>& x) {
  return by_halves(x, [](const Lanes<double>& h) { return cosine(h); });
}
inline Lanes<float> tangent(const Lanes<float>& x) {
  return by_halves(x, [](const Lanes<double>& h) { return tangent(h); });
}

}  // namespace wengert::rule::trigonometry
