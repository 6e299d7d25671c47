#pragma once
#include "wengert/rule/structural/operation.hpp"

namespace wengert::structural {

/// Smallest element along axes; the slope is shared among equal ones.
struct min {
  static constexpr std::string_view name = "min",
                                    doc = "Smallest element along axes; the slope is shared among equal ones.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
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
