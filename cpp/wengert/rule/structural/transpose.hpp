#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Axes in another order: [axis that comes first, second, ...].
struct transpose {
  static constexpr std::string_view name = "transpose", doc = "Axes in another order.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return transposed_type(in, at); }
  template <class V>
  static V batched(const Batch<V>& op) {
    std::vector<std::int64_t> order;
    for (int k = 0; k < op.hidden(); ++k) order.push_back(k);
    for (const std::int64_t axis : axes_behind_lanes(op)) order.push_back(axis);
    return op.run(op.in, order);
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    Dims back(op.at);
    for (int k = 0; k < back.count(); ++k) back[static_cast<int>(op.at[static_cast<std::size_t>(k)])] = k;
    return transposed(ybar, back);
  }
};

}  // namespace wengert::structural
