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

}  // namespace wengert::rule
