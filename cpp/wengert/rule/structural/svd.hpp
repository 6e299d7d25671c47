#pragma once
#include "wengert/rule/structural/spectral.hpp"

namespace wengert::structural {

/// Singular values, descending, as a row s, and below it as columns the vectors u of the left and v of the right side, as
/// many as there are values: [are these wanted].
/// Derivatives: J. Townsend, Differentiating the singular value decomposition (2016), with its 1 / (s[j]^2 - s[i]^2) split
/// into 1 / (s[j] - s[i]) and 1 / (s[j] + s[i]): so what equal values leave defined, as u v^T, keeps its derivative.
/// Each of these counts as 0 between values for which it is infinite; a value of 0 is a kink, of slope 0. What a pair of
/// complex vectors has to turn by is shared by both.
struct svd {
  static constexpr std::string_view name = "svd", doc = "Singular values and vectors of a matrix.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static constexpr bool may_refuse = true;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return singular_type(in, at); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return op.run(op.in, op.at);
  }

  template <class V>
  struct Parts {
    V s, u, v;
    Parts(const V& packed, std::int64_t m)
        : s(real_part_of(matrix_rows(packed, 0, 1))),
          u(matrix_rows(packed, 1, m + 1)),
          v(matrix_rows(packed, m + 1, height(packed))) {}
    V near() const { return reciprocal_or_zero(differences(s), rounding_of(s)); }
    V far() const { return reciprocal_or_zero(s + matrix_transposed(s), rounding_of(s)); }
    V inverse() const { return reciprocal_or_zero(s, rounding_of(s)); }
    V above_zero(const V& row) const { return select_of(s <= rounding_of(s), 0.0, row); }
  };
  template <class V>
  static Parts<V> parts(const Operation<V>& op) {
    return Parts<V>(op.at[0] ? op.y : singular_decomposed(op.in[0], true), height(op.in[0]));
  }
  /// The part of columns that lies outside of what the orthonormal columns of u span.
  template <class V>
  static V outside(const V& columns, const V& u, const V& inside) {
    return columns - product(u, inside, false, false);
  }

  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    const Parts<V> y = parts(op);
    const V u = conjugated(y.u), v = conjugated(y.v);
    if (!op.at[0]) return product(u * y.above_zero(ybar), y.v, false, true);
    const Parts<V> bar(ybar, height(op.in[0]));
    const V left = product(y.u, bar.u, true, false), right = product(y.v, bar.v, true, false);
    const V inner = hermitian_part((left + right) * y.near()) + antihermitian_part((left - right) * y.far()) +
                    diagonal_matrix(y.above_zero(bar.s));
    V abar = product(product(u, inner, false, false), y.v, false, true);
    const std::int64_t k = height(left);
    if (height(u) > k) abar = abar + product(outside(bar.u, u, left) * y.inverse(), y.v, false, true);
    if (height(v) > k) abar = abar + product(u, conjugated(outside(bar.v, v, right) * y.inverse()), false, true);
    return abar;
  }
  template <class V>
  static V tangent(const Operation<V>& op, std::span<const V* const> dx) {
    const Parts<V> y = parts(op);
    const V u = conjugated(y.u), ahead = product(*dx[0], y.v, false, false);
    const V ds = y.above_zero(real_part_of(column_sums(u * ahead)));
    if (!op.at[0]) return ds;
    const V inner = product(u, ahead, true, false);
    const V both = hermitian_part(inner) * y.near(), apart = antihermitian_part(inner) * y.far();
    V du = product(y.u, both + apart, false, false), dv = product(y.v, both - apart, false, false);
    const std::int64_t k = height(inner);
    if (height(u) > k) du = du + outside(ahead, y.u, inner) * y.inverse();
    if (height(y.v) > k) {
      const V back = product(conjugated(*dx[0]), y.u, true, false);
      dv = dv + outside(back, y.v, turned(inner)) * y.inverse();
    }
    return joined(converted(ds, du.dtype()), du, dv, ds.ndim() - 2);
  }
};

}  // namespace wengert::structural
