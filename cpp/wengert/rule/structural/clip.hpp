#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// x, but at least low and at most high: operands x, low, high. A value at its bound keeps its slope.
struct clip {
  static constexpr std::string_view name = "clip", doc = "An array held between two bounds.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return clipped_type(in, at); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return elementwise_in_lanes(op);
  }
  template <class V>
  static V chosen(int k, const Operation<V>& op, const V& seed) {
    const V& x = op.in[0];
    // Bounds in the wrong order: the upper one wins, as in NumPy.
    const V above = logical_or(greater(x, op.in[2]), greater(op.in[1], op.in[2]));
    const V below = logical_and(less(x, op.in[1]), logical_not(above));
    const V nothing = zero(seed.dtype());
    if (k == 2) return select_of(above, seed, nothing);
    return k == 1 ? select_of(below, seed, nothing) : select_of(logical_or(above, below), nothing, seed);
  }
  template <class V>
  static V adjoint(int k, const Operation<V>& op, const V& ybar) {
    return sum_to(chosen(k, op, ybar), op.in[static_cast<std::size_t>(k)].shape());
  }
  template <class V>
  static V tangent(const Operation<V>& op, std::span<const V* const> dx) {
    V dy = zeros_like(op.y);
    for (int k = 0; k < 3; ++k) {
      if (dx[static_cast<std::size_t>(k)])
        dy = dy + chosen(k, op, broadcasted(*dx[static_cast<std::size_t>(k)], op.y.shape()));
    }
    return dy;
  }
};

}  // namespace wengert::structural
