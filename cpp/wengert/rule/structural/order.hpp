// Order and products of elements of any type, as NumPy has them.
#pragma once
#include <complex>

#include "wengert/base/dtype.hpp"

namespace wengert::structural {

template <class T>
bool is_nan(const T& x) {
  return x != x;
}

/// Complex numbers by their real parts, then by their imaginary ones; false where a NaN is compared.
template <class T>
bool is_below(const T& a, const T& b) {
  if constexpr (is_complex_type<T>) {
    if (is_nan(a.imag()) || is_nan(b.imag())) return false;
    return a.real() < b.real() || (a.real() == b.real() && a.imag() < b.imag());
  } else {
    return a < b;
  }
}

/// The order of sorting: NaNs go last.
template <class T>
bool sorts_before(const T& a, const T& b) {
  if constexpr (is_complex_type<T>) {
    const auto before = [](auto x, auto y) { return x < y || (x == x && y != y); };
    const bool nan_a = is_nan(a), nan_b = is_nan(b);
    if (nan_a != nan_b) return nan_b;
    if (nan_a && is_nan(a.real()) != is_nan(b.real())) return is_nan(b.real());
    if (before(a.real(), b.real()) || before(b.real(), a.real())) return before(a.real(), b.real());
    return before(a.imag(), b.imag());
  } else {
    return a < b || (a == a && b != b);
  }
}

/// The product part by part: C++'s own looks for the infinities of C99's annex G, which NumPy does not.
template <class T>
T times(const T& a, const T& b) {
  if constexpr (is_complex_type<T>) {
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
  } else {
    return static_cast<T>(a * b);
  }
}

}  // namespace wengert::structural
