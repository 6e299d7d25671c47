#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// x with v written into a slice of it: operands x, v; attributes of slice.
struct slice_set {
  static constexpr std::string_view name = "slice_set", doc = "An array with another written into a slice of it.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return slice_set_type(in, at); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return op.run({op.everywhere(0), op.padded(1, op.ndim[0])}, lanes_and_slice(op));
  }
  template <class V>
  static V adjoint(int k, const Operation<V>& op, const V& ybar) {
    if (k == 1) return sum_to(sliced(ybar, op.at), op.in[1].shape());
    return slice_assigned(ybar, zero(op.in[1].dtype()), op.at);
  }
};

}  // namespace wengert::structural
