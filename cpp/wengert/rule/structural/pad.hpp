#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Zeros with the operand in a slice of them: [start, step, count, ... of the slice, size, size, ... of the whole].
struct pad {
  static constexpr std::string_view name = "pad", doc = "Zeros with an array placed evenly among them.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  template <class V>
  static V batched(const Batch<V>& op) {
    std::vector<std::int64_t> at = lanes_and_slice(op);
    const auto sizes = at.end() - op.ndim[0];  // of the whole, behind the slice
    at.insert(sizes, op.lanes.begin(), op.lanes.end());
    return op.run(op.in, at);
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    return sliced(ybar, op.at.first(3 * static_cast<std::size_t>(ybar.ndim())));
  }
};

}  // namespace wengert::structural
