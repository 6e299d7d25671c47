#pragma once
#include "wengert/rule/structural/operation.hpp"

namespace wengert::structural {

/// log of the sum of exp along axes, without overflow.
struct logsumexp {
  static constexpr std::string_view name = "logsumexp", doc = "Logarithm of the sum of exponentials along axes.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  /// softmax; where every element is -inf (or one +inf) the difference has no value, and the slope is 0.
  template <class V>
  static V softmax(const Operation<V>& op) {
    const V y = kept(op.y, op.in[0], op.at);
    return exp(op.in[0] - select_of(isinf(y), select_of(greater(y, 0.0), y, 0.0), y));
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
