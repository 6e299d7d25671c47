// Number-like types that kernels run on: Lanes (one SIMD register), One (a single number, the same bits), Whole (integers).
#pragma once
#include <cstdint>
#include <limits>
#include <type_traits>

#include <xsimd/xsimd.hpp>

#include "wengert/rule/rules.hpp"

namespace wengert::rule {

template <class T>
struct Lanes;

/// The answer to a comparison, lane by lane.
template <class T>
struct Mask {
  xsimd::batch_bool<T> v;

  friend Lanes<T> select(const Mask& c, const Lanes<T>& a, const Lanes<T>& b) { return {xsimd::select(c.v, a.v, b.v)}; }
  friend Mask operator&&(const Mask& a, const Mask& b) { return {a.v & b.v}; }
  friend Mask operator||(const Mask& a, const Mask& b) { return {a.v | b.v}; }
  friend Mask operator!=(const Mask& a, const Mask& b) { return {a.v ^ b.v}; }
};

/// As many numbers as a register holds.
template <class T>
struct Lanes {
  using Batch = xsimd::batch<T>;
  static constexpr std::int64_t width = static_cast<std::int64_t>(Batch::size);
  Batch v;

  Lanes(const Batch& batch) : v(batch) {}
  Lanes(double c) : v(static_cast<T>(c)) {}
  static Lanes load(const T* p) { return {Batch::load_unaligned(p)}; }
  void store(T* p) const { v.store_unaligned(p); }
  T first() const { return v.get(0); }

  /// The sign's bit turned: with AVX-512 xsimd 14 computes 0 - x, which has another zero.
  friend Lanes operator-(const Lanes& a) { return {a.v ^ Batch(T(-0.0))}; }
  friend Lanes operator+(const Lanes& a, const Lanes& b) { return {a.v + b.v}; }
  friend Lanes operator-(const Lanes& a, const Lanes& b) { return {a.v - b.v}; }
  friend Lanes operator*(const Lanes& a, const Lanes& b) { return {a.v * b.v}; }
  friend Lanes operator/(const Lanes& a, const Lanes& b) { return {a.v / b.v}; }
  friend Mask<T> operator<(const Lanes& a, const Lanes& b) { return {a.v < b.v}; }
  friend Mask<T> operator<=(const Lanes& a, const Lanes& b) { return {a.v <= b.v}; }
  friend Mask<T> operator>(const Lanes& a, const Lanes& b) { return {a.v > b.v}; }
  friend Mask<T> operator>=(const Lanes& a, const Lanes& b) { return {a.v >= b.v}; }
  friend Mask<T> operator==(const Lanes& a, const Lanes& b) { return {a.v == b.v}; }
  friend Mask<T> operator!=(const Lanes& a, const Lanes& b) { return {a.v != b.v}; }
};

/// One number. Its named functions take the way of the lanes, so that a point alone and a point in an array agree bitwise.
template <class T>
struct One {
  T v;

  One(T x) : v(x) {}
  template <class U>
  requires(std::is_same_v<U, double> && !std::is_same_v<U, T>) One(U c) : v(static_cast<T>(c)) {}

  friend One operator-(One a) { return -a.v; }
  friend One operator+(One a, One b) { return a.v + b.v; }
  friend One operator-(One a, One b) { return a.v - b.v; }
  friend One operator*(One a, One b) { return a.v * b.v; }
  friend One operator/(One a, One b) { return a.v / b.v; }
  friend bool operator<(One a, One b) { return a.v < b.v; }
  friend bool operator<=(One a, One b) { return a.v <= b.v; }
  friend bool operator>(One a, One b) { return a.v > b.v; }
  friend bool operator>=(One a, One b) { return a.v >= b.v; }
  friend bool operator==(One a, One b) { return a.v == b.v; }
  friend bool operator!=(One a, One b) { return a.v != b.v; }
};
template <class T>
One<T> select(bool c, One<T> a, One<T> b) {
  return c ? a : b;
}
template <class T>
One<T> select(bool c, double a, One<T> b) {
  return c ? One<T>(a) : b;
}
template <class T>
One<T> select(bool c, One<T> a, double b) {
  return c ? a : One<T>(b);
}

/// An integer or a truth value; integers wrap around as NumPy's do, the sum of truth values is their "or".
template <class T>
struct Whole {
  T v;

  Whole(T n) : v(n) {}
  template <class U>
  requires(std::is_same_v<U, double>) Whole(U c) : v(static_cast<T>(static_cast<std::int64_t>(c))) {}
  using Wide = std::conditional_t<std::is_same_v<T, bool>, int, std::uint64_t>;
  static Wide wide(Whole a) { return static_cast<Wide>(a.v); }

  friend Whole operator-(Whole a) { return static_cast<T>(Wide{0} - wide(a)); }
  friend Whole operator+(Whole a, Whole b) { return static_cast<T>(wide(a) + wide(b)); }
  friend Whole operator-(Whole a, Whole b) { return static_cast<T>(wide(a) - wide(b)); }
  friend Whole operator*(Whole a, Whole b) { return static_cast<T>(wide(a) * wide(b)); }
  /// Towards zero; NumPy's smallest integer where the divisor is zero.
  friend Whole operator/(Whole a, Whole b) {
    if constexpr (std::is_same_v<T, bool>) return a;
    else
      return b.v == 0                    ? std::numeric_limits<T>::min()
             : b.v == T(-1) && T(-1) < 0 ? -a
                                         : Whole(static_cast<T>(a.v / b.v));
  }
  friend bool operator<(Whole a, Whole b) { return a.v < b.v; }
  friend bool operator<=(Whole a, Whole b) { return a.v <= b.v; }
  friend bool operator>(Whole a, Whole b) { return a.v > b.v; }
  friend bool operator>=(Whole a, Whole b) { return a.v >= b.v; }
  friend bool operator==(Whole a, Whole b) { return a.v == b.v; }
  friend bool operator!=(Whole a, Whole b) { return a.v != b.v; }
};

}  // namespace wengert::rule
