#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Position of the largest element along an axis, the first of equal ones.
struct argmax {
  static constexpr std::string_view name = "argmax",
                                    doc = "Position of the largest element along an axis, the first of equal ones.";
  static constexpr Kind kind = Kind::none;
  static constexpr unsigned inert = 1;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return reduced_type(in, at, position); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return reduced_in_lanes(op);
  }
};

}  // namespace wengert::structural
