#pragma once
#include "wengert/rule/structural/operation.hpp"

namespace wengert::structural {

/// Zeros with the operand in a slice of them: [start, step, count, ... of the slice, size, size, ... of the whole].
struct pad {
  static constexpr std::string_view name = "pad", doc = "Zeros with an array placed evenly among them.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    return sliced(ybar, op.at.first(3 * static_cast<std::size_t>(ybar.ndim())));
  }
};

}  // namespace wengert::structural
