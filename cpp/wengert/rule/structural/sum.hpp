#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Sum along axes.
struct sum {
  static constexpr std::string_view name = "sum", doc = "Sum along axes.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return reduced_type(in, at, wengert::summed); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return reduced_in_lanes(op);
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    return spread(ybar, op.in[0], op.at);
  }
};

}  // namespace wengert::structural
