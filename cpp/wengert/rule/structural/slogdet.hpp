#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Sign and logarithm of the size of the determinant, side by side in a last axis of size 2.
struct slogdet {
  static constexpr std::string_view name = "slogdet", doc = "Sign and logarithm of the determinant.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  template <class V>
  static V batched(const Batch<V>& op) {
    return op.run(op.in, op.at);
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    const int last = ybar.ndim() - 1;
    const V bar = reshape_with(section(ybar, last, 1, 2), 1);  // (..., 1, 1): the sign carries no derivative
    return scale(broadcasted(bar, op.in[0].shape()), matrix_transposed(inverse(op.in[0])));
  }
  template <class V>
  static V tangent(const Operation<V>& op, std::span<const V* const> dx) {
    const V trace = summed(*dx[0] * matrix_transposed(inverse(op.in[0])), last_two(op.in[0].ndim()), false);
    const V dlog = reshape_with(trace, 1);
    return joined(zeros_like(dlog), dlog, dlog.ndim() - 1);
  }
};

}  // namespace wengert::structural
