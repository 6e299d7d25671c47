#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// x with v added at given positions, as often as they are named: operands x, positions, v.
struct scatter_add {
  static constexpr std::string_view name = "scatter_add", doc = "An array with values added at given positions.";
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
    return k == 0 ? ybar : sum_to(gathered(ybar, op.in[1]), op.in[2].shape());
  }
};

}  // namespace wengert::structural
