#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// x where the condition holds, else y: operands condition, x, y. The side not taken gets a structural zero, never a product.
struct select {
  static constexpr std::string_view name = "select", doc = "One array where a condition holds, another elsewhere.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 1;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return selected_type(in, at); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return elementwise_in_lanes(op);
  }
  template <class V>
  static V adjoint(int k, const Operation<V>& op, const V& ybar) {
    const V taken =
        k == 1 ? select_of(op.in[0], ybar, zero(ybar.dtype())) : select_of(op.in[0], zero(ybar.dtype()), ybar);
    return sum_to(taken, op.in[static_cast<std::size_t>(k)].shape());
  }
};

}  // namespace wengert::structural
