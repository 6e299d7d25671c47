#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Product along axes, by halves: the derivative stays exact where elements are zero, at any order.
struct prod {
  static constexpr std::string_view name = "prod", doc = "Product along axes.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return reduced_type(in, at, wengert::summed); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return reduced_in_lanes(op);
  }

  /// Product of all other elements along the first axis: down the tree of pairwise products.
  template <class V>
  static V others(const V& x) {
    const std::int64_t n = x.shape()[0];
    if (n == 1) return ones_like(x);
    const std::int64_t half = n / 2;
    const V left = rows(x, 0, half), right = rows(x, half, 2 * half);
    const V up = others(n % 2 ? joined(left * right, rows(x, n - 1, n), 0) : left * right);
    const V top = rows(up, 0, half);
    if (n % 2) return joined(top * right, top * left, rows(up, half, half + 1), 0);
    return joined(top * right, top * left, 0);
  }
  template <class V>
  static V partial(const Operation<V>& op) {
    const V& x = op.in[0];
    if (x.size() == 0) return x;
    const Flattened f(x.shape(), axes(op.at));
    const V rows_first = reshaped(transposed(x, f.order), f.rows);
    return transposed(reshaped(others(rows_first), f.moved), f.back);
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    return scale(spread(ybar, op.in[0], op.at), partial(op));
  }
  template <class V>
  static V tangent(const Operation<V>& op, std::span<const V* const> dx) {
    return total(scale(*dx[0], partial(op)), op.at);
  }

 private:
  /// The reduced axes brought to the front and taken as one.
  struct Flattened {
    Dims order, back;
    Shape moved, rows{1};
    Flattened(const Shape& shape, const Dims& reduced) : order(reduced) {
      for (int k = 0; k < shape.count(); ++k) {
        if (!reduced.contains(k)) order.push_back(k);
      }
      back = order;
      for (int k = 0; k < order.count(); ++k) {
        back[static_cast<int>(order[k])] = k;
        moved.push_back(shape[static_cast<int>(order[k])]);
        if (k < reduced.count()) rows[0] *= moved[k];
        else rows.push_back(moved[k]);
      }
    }
  };
};

}  // namespace wengert::structural
