#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// The same elements, in row-major order, under another shape: [size, size, ...].
struct reshape {
  static constexpr std::string_view name = "reshape", doc = "The same elements under another shape.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return reshaped_type(in, at); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return op.run(op.in, lanes_and_shape(op));
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    return reshaped(ybar, op.in[0].shape());
  }
};

}  // namespace wengert::structural
