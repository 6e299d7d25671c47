// What a structural primitive's formulas are given in a sweep, and how its attributes read.
#pragma once
#include "wengert/base/error.hpp"
#include "wengert/rule/structural/types.hpp"

namespace wengert {

/// One use of a structural primitive: operands, value, attributes. V is a value with or without a node of the tape.
template <class V>
struct Operation {
  std::span<const V> in;
  const V& y;
  Attributes at;
};

namespace structural {

using In = std::span<const Value>;

/// Attributes of a reduction: [keep, axis, axis, ...].
inline bool keeps(Attributes at) { return at[0] != 0; }
inline Dims axes(Attributes at) { return Dims(at.subspan(1)); }
/// A reduced array with its axes back as size 1, so that it broadcasts against the operand.
template <class V>
V kept(const V& reduced, const V& x, Attributes at) {
  return keeps(at) ? reduced : reshaped(reduced, without(x.shape(), axes(at), true));
}
template <class V>
V spread(const V& reduced, const V& x, Attributes at) {
  return broadcasted(kept(reduced, x, at), x.shape());
}
template <class V>
V total(const V& x, Attributes at) {
  return summed(x, axes(at), keeps(at));
}

/// Axes of a matrix in a stack of them.
inline Dims last_two(int ndim) { return {ndim - 2, ndim - 1}; }

}  // namespace structural
}  // namespace wengert
