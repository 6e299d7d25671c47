#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// x with v written at given positions; of a position named twice the last counts: operands x, positions, v.
struct scatter_set {
  static constexpr std::string_view name = "scatter_set", doc = "An array with values written at given positions.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 2;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return scattered_type(in, at); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return scattered_in_lanes(op);
  }
  template <class V>
  static V adjoint(int k, const Operation<V>& op, const V& ybar) {
    const V& positions = op.in[1];
    if (k == 0) return scatter_assigned(ybar, positions, zero(ybar.dtype()));
    // Who wrote last? Each writer leaves its number; those that find another's there were overwritten.
    const V numbers = count_like(positions);
    const V last = gathered(scatter_assigned(filled(ybar.shape(), Dtype::int64, -1), positions, numbers), positions);
    return sum_to(select_of(equal(last, numbers), gathered(ybar, positions), 0.0), op.in[2].shape());
  }
};

}  // namespace wengert::structural
