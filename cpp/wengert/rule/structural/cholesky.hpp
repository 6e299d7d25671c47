#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Lower triangular L with L L^H = a, from the lower triangle of a Hermitian positive definite a.
/// Derivatives: I. Murray, Differentiation of the Cholesky decomposition (arXiv 1602.07527), eqs. 8 and 10; for complex a with
/// conj(L) where a factor comes from L^H, whose transpose it is.
struct cholesky {
  static constexpr std::string_view name = "cholesky", doc = "Cholesky factor of a symmetric positive definite matrix.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static constexpr bool may_refuse = true;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return square_type(in, at); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return op.run(op.in, op.at);
  }
  /// The lower triangle with half of the diagonal.
  template <class V>
  static V half(const V& a) {
    return 0.5 * (lower_part(a, 0) + lower_part(a, -1));
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    const V& l = op.y;
    const V p = half(product(l, ybar, true, false));
    const V left = triangular_solved(l, p, true, true, false);  // L^-T P
    const V s = matrix_transposed(
        triangular_solved(conjugated(l), matrix_transposed(left), true, true, false));  // L^-T P conj(L)^-1
    return 0.5 * (s + conjugated(matrix_transposed(s)));
  }
  template <class V>
  static V tangent(const Operation<V>& op, std::span<const V* const> dx) {
    const V& l = op.y;
    const V da = 0.5 * (*dx[0] + conjugated(matrix_transposed(*dx[0])));
    const V left = triangular_solved(l, da, true, false, false);
    const V s = matrix_transposed(triangular_solved(conjugated(l), matrix_transposed(left), true, false, false));
    return product(l, half(s), false, false);
  }
};

}  // namespace wengert::structural
