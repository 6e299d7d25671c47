#pragma once
#include "wengert/rule/structural/spectral.hpp"

namespace wengert::structural {

/// Matrices of at least as many rows as columns as q r, q of orthonormal columns, r upper triangular: q^T and r, side by
/// side. The signs are those of Householder's method, LAPACK's too.
/// Derivatives: S. F. Walter & L. Lehmann, Algorithmic differentiation of linear algebra functions (arXiv 1001.1654); wide
/// matrices are made of this by D. A. O. Roberts & L. R. Roberts, QR and LQ decomposition matrix backpropagation
/// algorithms for square, wide, and deep matrices (arXiv 2009.10071). A column that depends on those before it has a
/// diagonal element of 0, whose reciprocal counts as 0: its q turns only as those before it do.
struct qr {
  static constexpr std::string_view name = "qr",
                                    doc = "Orthonormal columns and the triangle that makes a matrix of them.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return orthogonal_type(in, at); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return op.run(op.in, op.at);
  }

  template <class V>
  struct Parts {
    V qt, r;
    Parts(const V& packed, std::int64_t m)
        : qt(matrix_columns(packed, 0, m)), r(matrix_columns(packed, m, width(packed))) {}
    /// Which columns do not depend on those before them, as a column.
    V independent() const {
      const V rounding = (spacing_at_one(r.dtype()) * static_cast<double>(width(qt))) * column_sums(absolute(r));
      return matrix_transposed(rounding < column_sums(absolute(diagonal_part(r))));
    }
    V regular() const { return select_of(independent(), r, diagonal_part(ones_like(r))); }
  };
  template <class V>
  static Parts<V> parts(const Operation<V>& op, const V& packed) {
    return Parts<V>(packed, height(op.in[0]));
  }

  /// The lower triangle with half of the diagonal: less its conjugate transpose it is a but for an upper triangle whose
  /// diagonal is real.
  template <class V>
  static V half(const V& a) {
    return 0.5 * (lower_part(a, 0) + lower_part(a, -1));
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    const Parts<V> y = parts(op, op.y), bar = parts(op, ybar);
    const V back = conjugated(y.qt), rbar = upper_part(bar.r, 0), inner = product(y.qt, bar.qt, false, true);
    const V turn = inner - product(rbar, y.r, false, true);
    const V below = half(turn - turned(turn)) - inner;
    const V free = bar.qt + product(below, back, true, false);
    const V columns = triangular_solved(y.regular(), select_of(y.independent(), free, 0.0), false, false, false);
    return product(back, rbar, true, false) + matrix_transposed(columns);
  }
  template <class V>
  static V tangent(const Operation<V>& op, std::span<const V* const> dx) {
    const Parts<V> y = parts(op, op.y);
    const V back = conjugated(y.qt);
    const V solved_rows = triangular_solved(y.regular(), matrix_transposed(*dx[0]), false, true, false);
    const V free = select_of(y.independent(), solved_rows, 0.0), inner = product(back, free, false, true);
    const V turn = half(inner) - turned(half(inner));
    const V dqt = free - product(inner - turn, y.qt, true, false);
    const V dr = upper_part(product(back, *dx[0], false, false) - product(turn, y.r, false, false), 0);
    return joined(dqt, dr, dr.ndim() - 1);
  }
};

}  // namespace wengert::structural
