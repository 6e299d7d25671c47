// What the derivatives of decompositions share: values in a row over their vectors, and reciprocals that end at zero.
#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Rows start to stop of matrices.
template <class V>
V matrix_rows(const V& a, std::int64_t start, std::int64_t stop) {
  return section(a, a.ndim() - 2, start, stop);
}
template <class V>
V matrix_columns(const V& a, std::int64_t start, std::int64_t stop) {
  return section(a, a.ndim() - 1, start, stop);
}
/// The conjugate transpose.
template <class V>
V turned(const V& a) {
  return conjugated(matrix_transposed(a));
}
template <class V>
V hermitian_part(const V& a) {
  return 0.5 * (a + turned(a));
}
template <class V>
V antihermitian_part(const V& a) {
  return 0.5 * (a - turned(a));
}
template <class V>
V diagonal_part(const V& a) {
  return lower_part(upper_part(a, 0), 0);
}
/// Rows (..., 1, n) as diagonal matrices.
template <class V>
V diagonal_matrix(const V& row) {
  return diagonal_part(row + zeros_like(matrix_transposed(row)));
}
/// Sums down the columns, as a row.
template <class V>
V column_sums(const V& a) {
  return summed(a, {a.ndim() - 2}, true);
}
inline double spacing_at_one(Dtype d) { return part_of(d) == Dtype::float32 ? 0x1p-23 : 0x1p-52; }
/// Differences up to this are nothing but the rounding of eigenvalues or singular values (..., 1, n).
template <class V>
V rounding_of(const V& row) {
  return spacing_at_one(row.dtype()) * summed(absolute(row), {row.ndim() - 1}, true);
}
/// 1 / x, and 0 where x is zero but for rounding.
template <class V>
V reciprocal_or_zero(const V& x, const V& rounding) {
  const V none = absolute(x) <= rounding;
  return select_of(none, 0.0, 1.0 / select_of(none, 1.0, x));
}
/// w[j] - w[i] at (i, j), for a row w.
template <class V>
V differences(const V& row) {
  return row - matrix_transposed(row);
}

}  // namespace wengert::structural
