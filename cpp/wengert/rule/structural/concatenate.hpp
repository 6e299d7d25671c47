#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Arrays one behind the other along an axis: [axis].
struct concatenate {
  static constexpr std::string_view name = "concatenate", doc = "Arrays one behind the other along an axis.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return joined_type(in, at); }
  template <class V>
  static V batched(const Batch<V>& op) {
    std::vector<V> in;
    for (std::size_t k = 0; k < op.in.size(); ++k) in.push_back(op.everywhere(k));
    return op.run(std::span<const V>(in), axes_behind_lanes(op));
  }
  template <class V>
  static V adjoint(int k, const Operation<V>& op, const V& ybar) {
    const int axis = static_cast<int>(op.at[0]);
    std::int64_t start = 0;
    for (int j = 0; j < k; ++j) start += op.in[static_cast<std::size_t>(j)].shape()[axis];
    return section(ybar, axis, start, start + op.in[static_cast<std::size_t>(k)].shape()[axis]);
  }
};

}  // namespace wengert::structural
