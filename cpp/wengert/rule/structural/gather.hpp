#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Elements of x (row-major) at given positions: operands x, positions.
struct gather {
  static constexpr std::string_view name = "gather", doc = "Elements of an array at given positions.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 2;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return gathered_type(in, at); }
  static bool contribute(int k, In in, const Value& ybar, Attributes at, const Storage& xbar, bool add);
  template <class V>
  static V batched(const Batch<V>& op) {
    if (!op.differs(0)) return op.run(op.in, op.at);
    const V positions = lane_positions(op.everywhere(1), element_count(op.shape(0)), op.front(0), op.lanes);
    return op.run({op.in[0], positions}, op.at);
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    return scatter_added(zeros_like(op.in[0]), op.in[1], ybar);
  }
};

}  // namespace wengert::structural
