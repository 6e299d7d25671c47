#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Matrix product of the last two axes, either side transposed, the others broadcast: [transpose a, transpose b].
/// An operand of one axis is a row on the left, a column on the right, and its axis is not in the result.
struct matmul {
  static constexpr std::string_view name = "matmul", doc = "Matrix product.";
  static constexpr Kind kind = Kind::bilinear;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return product_type(in, at); }
  static bool contribute(int k, In in, const Value& ybar, Attributes at, const Storage& xbar, bool add);
  /// A vector in each lane beside one matrix for all: one product, its rows the lanes. Else a stack of products.
  template <class V>
  static V batched(const Batch<V>& op) {
    const bool ta = op.at[0] != 0, tb = op.at[1] != 0;
    const V &a = op.in[0], &b = op.in[1];
    const int p = op.ndim[0], q = op.ndim[1], n = std::max({p, q, 2});
    if (q == 1 && p <= 2 && !op.differs(0)) return rows_times(b, a, p == 2 && !ta);
    if (p == 1 && q <= 2 && !op.differs(1)) return rows_times(a, b, q == 2 && tb);
    const V left = p == 1 ? row(op.padded(0, n - 1)) : op.padded(0, n);
    const V right = q == 1 ? column(op.padded(1, n - 1)) : op.padded(1, n);
    const V y = product(left, right, p > 1 && ta, q > 1 && tb);
    Dims gone;
    if (p == 1) gone.push_back(y.ndim() - 2);
    if (q == 1) gone.push_back(y.ndim() - 1);
    return reshaped(y, without(y.shape(), gone, false));
  }

  /// Rows that are all unit directions of a Jacobian pick the other factor's.
  template <class V>
  static V rows_times(const V& rows, const V& b, bool turned) {
    if (!are_unit_directions(rows)) return product(rows, b, false, turned);
    return turned ? matrix_transposed(b) : b;
  }
  template <class V>
  static V column(const V& x) {
    return reshape_with(x, 1);
  }
  template <class V>
  static V row(const V& x) {
    return matrix_transposed(column(x));
  }
  /// Products of single elements: the adjoint of the matrix beside a vector.
  template <class V>
  static V outer(const V& left, const V& right, bool turned) {
    return turned ? product(column(right), row(left), false, false) : product(column(left), row(right), false, false);
  }
  template <class V>
  static V adjoint(int k, const Operation<V>& op, const V& ybar) {
    const bool ta = op.at[0] != 0, tb = op.at[1] != 0;
    const V &a = op.in[0], &b = op.in[1];
    if (a.ndim() == 1 && b.ndim() == 1) return ybar * (k == 0 ? b : a);
    if (b.ndim() == 1) {
      if (k == 0) return sum_to(outer(ybar, b, ta), a.shape());
      if (a.ndim() == 2) return product(a, ybar, !ta, false);
      return reshaped(sum_to(product(a, column(ybar), !ta, false), column(b).shape()), b.shape());
    }
    if (a.ndim() == 1) {
      if (k == 1) return sum_to(outer(a, ybar, tb), b.shape());
      if (b.ndim() == 2) return product(b, ybar, tb, false);
      return reshaped(sum_to(product(b, column(ybar), tb, false), column(a).shape()), a.shape());
    }
    if (k == 0) return sum_to(ta ? product(b, ybar, tb, true) : product(ybar, b, false, !tb), a.shape());
    return sum_to(tb ? product(ybar, a, true, ta) : product(a, ybar, !ta, false), b.shape());
  }
};

/// A product of two matrices that each lie row by row, or transposed.
struct Product {
  std::int64_t rows, terms, columns;
  bool turned_a, turned_b;
};
/// y = a b, as `matmul` computes it; behind arrays is room for a register.
void multiply_small(const double* a, const double* b, double* y, const Product& p);

}  // namespace wengert::structural
