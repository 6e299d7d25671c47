#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Running sum along an axis: [axis].
struct cumsum {
  static constexpr std::string_view name = "cumsum", doc = "Running sum along an axis.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return axis_type(in, at, wengert::summed); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return along_axis_in_lanes(op);
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    return flip(cumulated(flip(ybar, op.at[0]), op.at[0]), op.at[0]);
  }
};

}  // namespace wengert::structural
