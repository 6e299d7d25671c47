#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Inverse of square matrices in the last two axes.
struct inv {
  static constexpr std::string_view name = "inv", doc = "Inverse of a square matrix.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static constexpr bool may_refuse = true;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return square_type(in, at); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return op.run(op.in, op.at);
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    return -product(op.y, product(ybar, op.y, false, true), true, false);
  }
  template <class V>
  static V tangent(const Operation<V>& op, std::span<const V* const> dx) {
    return -product(op.y, product(*dx[0], op.y, false, false), false, false);
  }
};

}  // namespace wengert::structural
