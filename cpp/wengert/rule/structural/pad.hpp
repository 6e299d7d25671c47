#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Zeros with the operand in a slice of them: [start, step, count, ... of the slice, size, size, ... of the whole].
struct pad {
  static constexpr std::string_view name = "pad", doc = "Zeros with an array placed evenly among them.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return padded_type(in, at); }
  template <class V>
  static V batched(const Batch<V>& op) {
    std::vector<std::int64_t> at = lanes_and_slice(op);
    const auto sizes = at.end() - op.ndim[0];  // of the whole, behind the slice
    at.insert(sizes, op.lanes.begin(), op.lanes.end());
    return op.run(op.in, at);
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    // In lanes the operand may be alike along one of them, and be repeated.
    return sum_to(sliced(ybar, op.at.first(3 * static_cast<std::size_t>(ybar.ndim()))), op.in[0].shape());
  }
};

}  // namespace wengert::structural
