#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Sign and logarithm of the size of the determinant, side by side in a last axis of size 2. The sign of a real one
/// carries no derivative; that of a complex one turns by the imaginary part of tr(a^-1 da).
struct slogdet {
  static constexpr std::string_view name = "slogdet", doc = "Sign and logarithm of the determinant.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return determinant_type(in, at); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return op.run(op.in, op.at);
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    const int last = ybar.ndim() - 1;
    V bar = section(ybar, last, 1, 2);
    if (is_complex(ybar.dtype())) {
      bar = complex_number(real_part_of(bar), imaginary_part_of(section(ybar, last, 0, 1) * section(op.y, last, 0, 1)));
    }
    return scale(broadcasted(reshape_with(bar, 1), op.in[0].shape()), matrix_transposed(inverse(op.in[0])));
  }
  template <class V>
  static V tangent(const Operation<V>& op, std::span<const V* const> dx) {
    const V trace = summed(*dx[0] * matrix_transposed(inverse(op.in[0])), last_two(op.in[0].ndim()), false);
    const V both = reshape_with(trace, 1);
    const int last = both.ndim() - 1;
    if (!is_complex(both.dtype())) return joined(zeros_like(both), both, last);
    const V dlog = real_part_of(both), angle = imaginary_part_of(both);
    return joined(section(op.y, last, 0, 1) * complex_number(zeros_like(angle), angle), converted(dlog, both.dtype()),
                  last);
  }
};

}  // namespace wengert::structural
