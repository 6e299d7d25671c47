#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Every step-th element from start on, along each axis: [start, step, count, start, step, count, ...].
struct slice {
  static constexpr std::string_view name = "slice", doc = "Evenly spaced elements along each axis.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return sliced_type(in, at); }
  static bool contribute(int k, In in, const Value& ybar, Attributes at, const Storage& xbar, bool add);
  template <class V>
  static V batched(const Batch<V>& op) {
    return op.run(op.in, lanes_and_slice(op));
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    return placed(ybar, op.in[0].shape(), op.at);
  }
};

}  // namespace wengert::structural
