#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// x itself, without its derivative: a value that a program computes again each time it runs.
struct stop {
  static constexpr std::string_view name = "stop", doc = "The same array, no derivative.";
  static constexpr Kind kind = Kind::none;
  static constexpr unsigned inert = 1;
  static Value value(In in, Attributes) { return in[0]; }
  static Type result(Given in, Attributes at) { return only(in, at); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return op.run(op.in, op.at);
  }
};

}  // namespace wengert::structural
