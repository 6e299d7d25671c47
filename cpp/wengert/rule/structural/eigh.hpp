#pragma once
#include "wengert/rule/structural/spectral.hpp"

namespace wengert::structural {

/// Eigenvalues of Hermitian matrices, ascending, as a row, and below it the eigenvectors as columns: [are these wanted].
/// Read from the lower triangle; the derivative is that of the Hermitian matrix.
/// Derivatives: M. B. Giles, An extended collection of matrix derivative results (2008), section 3.1. Between equal
/// eigenvalues, where the vectors can turn freely, 1 / (w[j] - w[i]) counts as 0, and no vector turns by a phase.
struct eigh {
  static constexpr std::string_view name = "eigh", doc = "Eigenvalues and eigenvectors of a Hermitian matrix.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static constexpr bool may_refuse = true;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return eigen_type(in, at, part_of, itself); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return op.run(op.in, op.at);
  }

  template <class V>
  struct Parts {
    V w, v;
    explicit Parts(const V& packed)
        : w(real_part_of(matrix_rows(packed, 0, 1))), v(matrix_rows(packed, 1, height(packed))) {}
    V turning() const { return reciprocal_or_zero(differences(w), rounding_of(w)); }
  };
  template <class V>
  static Parts<V> parts(const Operation<V>& op) {
    return Parts<V>(op.at[0] ? op.y : hermitian_decomposed(op.in[0], true));
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    const Parts<V> y = parts(op);
    if (!op.at[0]) return product(conjugated(y.v) * ybar, y.v, false, true);
    const Parts<V> bar(ybar);
    const V inner = diagonal_matrix(bar.w) + product(y.v, bar.v, true, false) * y.turning();
    return hermitian_part(product(product(conjugated(y.v), inner, false, false), y.v, false, true));
  }
  template <class V>
  static V tangent(const Operation<V>& op, std::span<const V* const> dx) {
    const Parts<V> y = parts(op);
    const V back = conjugated(y.v), moved = product(hermitian_part(*dx[0]), y.v, false, false);
    const V dw = real_part_of(column_sums(back * moved));
    if (!op.at[0]) return dw;
    const V dv = product(y.v, product(back, moved, true, false) * y.turning(), false, false);
    return joined(converted(dw, dv.dtype()), dv, dw.ndim() - 2);
  }
};

}  // namespace wengert::structural
