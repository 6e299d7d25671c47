#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// One array repeated along new axes and axes of size 1: [size, size, ...].
struct broadcast_to {
  static constexpr std::string_view name = "broadcast_to", doc = "An array repeated to a wider shape.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return broadcast_type(in, at); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return op.run({op.padded(0, static_cast<int>(op.at.size()))}, lanes_and_shape(op));
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    return sum_to(ybar, op.in[0].shape());
  }
};

}  // namespace wengert::structural
