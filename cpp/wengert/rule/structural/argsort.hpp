#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Positions that put an axis in ascending order; equal elements keep theirs.
struct argsort {
  static constexpr std::string_view name = "argsort",
                                    doc = "Positions that put an axis in ascending order; equal elements keep theirs.";
  static constexpr Kind kind = Kind::none;
  static constexpr unsigned inert = 1;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return axis_type(in, at, position); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return along_axis_in_lanes(op);
  }
};

}  // namespace wengert::structural
