#pragma once
#include "wengert/rule/structural/spectral.hpp"

namespace wengert::structural {

/// Eigenvalues as a row, and below it the right eigenvectors as columns of length 1, of which the largest element is real:
/// [are these wanted]. Complex for real matrices too.
/// Derivatives: M. B. Giles, An extended collection of matrix derivative results (2008), section 3.1, with the length held
/// as by C. Boeddeker et al., On the computation of complex-valued gradients (arXiv 1701.00392), and the phase likewise.
/// Between equal eigenvalues 1 / (w[j] - w[i]) counts as 0.
struct eig {
  static constexpr std::string_view name = "eig", doc = "Eigenvalues and eigenvectors of a square matrix.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static constexpr bool may_refuse = true;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return eigen_type(in, at, complex_type, complex_type); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return op.run(op.in, op.at);
  }

  template <class V>
  struct Parts {
    V w, v;
    explicit Parts(const V& packed) : w(matrix_rows(packed, 0, 1)), v(matrix_rows(packed, 1, height(packed))) {}
    V turning() const { return reciprocal_or_zero(differences(w), rounding_of(w)); }
    /// The element of each column whose phase is held: the largest of the real ones.
    V held() const {
      const int down = v.ndim() - 2;
      const V size = select_of(imaginary_part_of(v) == 0.0, absolute(v), -1.0);
      const V top = size == largest(size, {down}, true);
      return select_of(cumulated(converted(top, Dtype::int64), down) == 1, top, zeros_like(top));
    }
  };
  template <class V>
  static Parts<V> parts(const Operation<V>& op) {
    return Parts<V>(op.at[0] ? op.y : decomposed(op.in[0], true));
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    if (op.in[0].size() == 0) return zeros_like(op.in[0]);
    const Parts<V> y = parts(op);
    const V abar = solved(y.v, product(inner_adjoint(op, y, ybar), y.v, false, true), true);
    return is_complex(op.in[0].dtype()) ? abar : real_part_of(abar);
  }
  /// The adjoint of v^-1 da v.
  template <class V>
  static V inner_adjoint(const Operation<V>& op, const Parts<V>& y, const V& ybar) {
    if (!op.at[0]) return diagonal_matrix(ybar);
    const Parts<V> bar(ybar);
    const V along = column_sums(bar.v * y.v), held = y.held(), size = select_of(held, y.v, 1.0);
    const V phase = complex_number(zeros_like(imaginary_part_of(along)), imaginary_part_of(along));
    const V free = bar.v - conjugated(y.v) * real_part_of(along) - select_of(held, phase / size, 0.0);
    return diagonal_matrix(bar.w) + product(y.v, free, true, false) * y.turning();
  }
  template <class V>
  static V tangent(const Operation<V>& op, std::span<const V* const> dx) {
    if (op.in[0].size() == 0) return zeros_like(op.y);
    const Parts<V> y = parts(op);
    const V inner = solved(y.v, product(*dx[0], y.v, false, false), false);
    const V dw = column_sums(diagonal_part(inner));
    if (!op.at[0]) return dw;
    const V held = y.held(), free = product(y.v, inner * y.turning(), false, false);
    const V length = column_sums(real_part_of(conjugated(y.v) * free));
    const V phase = column_sums(imaginary_part_of(select_of(held, free, 0.0) / select_of(held, y.v, 1.0)));
    return joined(dw, free - y.v * complex_number(length, phase), dw.ndim() - 2);
  }
};

}  // namespace wengert::structural
