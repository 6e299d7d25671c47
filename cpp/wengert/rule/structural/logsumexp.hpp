#pragma once
#include <limits>

#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// log of the sum of exp along axes, without overflow.
struct logsumexp {
  static constexpr std::string_view name = "logsumexp", doc = "Logarithm of the sum of exponentials along axes.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return reduced_type(in, at, real_only); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return reduced_in_lanes(op);
  }
  /// softmax, from the differences to the largest element (a constant here: it cancels). Equal infinities share the slope;
  /// where every element is -inf it is 0.
  template <class V>
  static V softmax(const Operation<V>& op) {
    const V& x = op.in[0];
    const V top = kept(largest(x, axes(op.at), keeps(op.at)), x, op.at);
    const V level = select_of(logical_and(isinf(x), equal(x, top)), 0.0, x - top);
    const V e = select_of(equal(top, -std::numeric_limits<double>::infinity()), 0.0, exp(level));
    const V all = summed(e, axes(op.at), true);
    return e / select_of(equal(all, 0.0), 1.0, all);
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    return scale(spread(ybar, op.in[0], op.at), softmax(op));
  }
  template <class V>
  static V tangent(const Operation<V>& op, std::span<const V* const> dx) {
    return total(scale(*dx[0], softmax(op)), op.at);
  }
};

}  // namespace wengert::structural
