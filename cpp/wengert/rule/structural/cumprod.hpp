#pragma once
#include <vector>

#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Running product along an axis: [axis]. Its derivative is that of a scan by doubling steps, exact where elements are zero.
struct cumprod {
  static constexpr std::string_view name = "cumprod", doc = "Running product along an axis.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return axis_type(in, at, wengert::summed); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return along_axis_in_lanes(op);
  }

  /// The scan: after step s each element is the product of the 2 s elements up to it. f(step, product so far).
  template <class V>
  static std::vector<V> scan(const V& x, std::int64_t axis) {
    std::vector<V> products{x};
    for (std::int64_t step = 1; step < x.shape()[static_cast<int>(axis)]; step *= 2) {
      products.push_back(products.back() * shifted(products.back(), axis, step, 1.0));
    }
    return products;
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    const std::int64_t axis = op.at[0];
    const std::vector<V> products = scan(op.in[0], axis);
    V bar = ybar;
    for (std::size_t k = products.size() - 1; k-- > 0;) {
      const std::int64_t step = std::int64_t{1} << k;
      const V& p = products[k];
      bar = scale(bar, shifted(p, axis, step, 1.0)) + shifted(scale(bar, p), axis, -step, 0.0);
    }
    return bar;
  }
  template <class V>
  static V tangent(const Operation<V>& op, std::span<const V* const> dx) {
    const std::int64_t axis = op.at[0];
    const std::vector<V> products = scan(op.in[0], axis);
    V dy = *dx[0];
    for (std::size_t k = 0; k + 1 < products.size(); ++k) {
      const std::int64_t step = std::int64_t{1} << k;
      const V& p = products[k];
      dy = scale(dy, shifted(p, axis, step, 1.0)) + scale(shifted(dy, axis, step, 0.0), p);
    }
    return dy;
  }
};

}  // namespace wengert::structural
