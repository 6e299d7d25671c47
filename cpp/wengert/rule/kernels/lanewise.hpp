// Functions of one number on lanes: one after another, or only where a fast function is out of its depth.
#pragma once
#include "wengert/rule/kernels/lanes.hpp"

namespace wengert::rule {

/// f on each lane, one after another.
template <class T, class F>
Lanes<T> lanewise(const Lanes<T>& x, F f) {
  alignas(64) T lane[Lanes<T>::width];
  x.store(lane);
  for (T& each : lane) each = f(each);
  return Lanes<T>::load(lane);
}
template <class T, class F>
Lanes<T> lanewise(const Lanes<T>& a, const Lanes<T>& b, F f) {
  alignas(64) T p[Lanes<T>::width], q[Lanes<T>::width];
  a.store(p);
  b.store(q);
  for (std::int64_t k = 0; k < Lanes<T>::width; ++k) p[k] = f(p[k], q[k]);
  return Lanes<T>::load(p);
}
/// Lanes where a fast function is out of its depth (rare) are done again by f.
template <class T, class F>
Lanes<T> mended(const Lanes<T>& fast, const Mask<T>& where, const Lanes<T>& x, F f) {
  if (!xsimd::any(where.v)) [[likely]]
    return fast;
  return select(where, lanewise(x, f), fast);
}

/// What rounding took from a product, exactly. Where the processor does not multiply and add at once, from products of
/// halves (Dekker, A floating-point technique for extending the available precision, 1971).
template <class T>
Lanes<T> rounded_away(const Lanes<T>& a, const Lanes<T>& b, const Lanes<T>& product) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return {xsimd::fma(a.v, b.v, (-product).v)};
#else
  const auto upper = [](const Lanes<T>& x) {
    const Lanes<T> wide = (std::is_same_v<T, double> ? 134217729.0 : 4097.0) * x;
    return wide - (wide - x);
  };
  const Lanes<T> p = upper(a), q = upper(b), r = a - p, s = b - q;
  return ((p * q - product) + p * s + r * q) + r * s;
#endif
}

}  // namespace wengert::rule
