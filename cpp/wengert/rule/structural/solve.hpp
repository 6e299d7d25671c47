#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// x with a x = b, columns of b at once, over equal leading axes: operands a, b; [transpose a].
struct solve {
  static constexpr std::string_view name = "solve", doc = "Solution of linear equations.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static constexpr bool may_refuse = true;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return solution_type(in, at, 1); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return solved_in_lanes(op);
  }
  template <class V>
  static V adjoint(int k, const Operation<V>& op, const V& ybar) {
    const bool t = op.at[0] != 0;
    const V bbar = solved(op.in[0], ybar, !t);
    if (k == 1) return bbar;
    return t ? -product(op.y, bbar, false, true) : -product(bbar, op.y, false, true);
  }
  template <class V>
  static V tangent(const Operation<V>& op, std::span<const V* const> dx) {
    const bool t = op.at[0] != 0;
    V right = dx[1] ? *dx[1] : zeros_like(op.in[1]);
    if (dx[0]) right = right - product(*dx[0], op.y, t, false);
    return solved(op.in[0], right, t);
  }
};

}  // namespace wengert::structural
