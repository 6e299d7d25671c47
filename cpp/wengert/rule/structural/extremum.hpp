#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// What `max` and `min` share: the slope belongs to the elements that reach the extreme, in equal parts.
struct extremum {
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  template <class V>
  static V batched(const Batch<V>& op) {
    return reduced_in_lanes(op);
  }
  template <class V>
  static V share(const Operation<V>& op) {
    const V hit = converted(equal(op.in[0], kept(op.y, op.in[0], op.at)), op.in[0].dtype());
    return hit / summed(hit, axes(op.at), true);
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    return scale(spread(ybar, op.in[0], op.at), share(op));
  }
  template <class V>
  static V tangent(const Operation<V>& op, std::span<const V* const> dx) {
    return total(scale(*dx[0], share(op)), op.at);
  }
};

}  // namespace wengert::structural
