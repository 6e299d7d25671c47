#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Euclidean length along axes; its slope is 0 where it is 0.
struct norm {
  static constexpr std::string_view name = "norm", doc = "Euclidean length along axes, without overflow.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return reduced_type(in, at, real_only); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return reduced_in_lanes(op);
  }
  template <class V>
  static V direction(const Operation<V>& op) {
    const V y = kept(op.y, op.in[0], op.at);
    return select_of(equal(y, 0.0), 0.0, op.in[0] / select_of(equal(y, 0.0), 1.0, y));
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    return scale(spread(ybar, op.in[0], op.at), direction(op));
  }
  template <class V>
  static V tangent(const Operation<V>& op, std::span<const V* const> dx) {
    return total(scale(*dx[0], direction(op)), op.at);
  }
};

}  // namespace wengert::structural
