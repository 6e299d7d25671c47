#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// x with t x = b, t the lower or upper triangle of a: operands a, b; [lower, transpose a, unit diagonal].
struct triangular_solve {
  static constexpr std::string_view name = "triangular_solve", doc = "Solution of triangular linear equations.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static constexpr bool may_refuse = true;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return solution_type(in, at, 3); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return solved_in_lanes(op);
  }
  template <class V>
  static V triangle(const V& a, Attributes at) {
    const int inside = at[2] ? 1 : 0;  // a unit diagonal is not read
    return at[0] ? lower_part(a, -inside) : upper_part(a, inside);
  }
  template <class V>
  static V adjoint(int k, const Operation<V>& op, const V& ybar) {
    const bool t = op.at[1] != 0;
    const V bbar = triangular_solved(op.in[0], ybar, op.at[0] != 0, !t, op.at[2] != 0);
    if (k == 1) return bbar;
    return triangle(t ? -product(op.y, bbar, false, true) : -product(bbar, op.y, false, true), op.at);
  }
  template <class V>
  static V tangent(const Operation<V>& op, std::span<const V* const> dx) {
    const bool t = op.at[1] != 0;
    V right = dx[1] ? *dx[1] : zeros_like(op.in[1]);
    if (dx[0]) right = right - product(triangle(*dx[0], op.at), op.y, t, false);
    return triangular_solved(op.in[0], right, op.at[0] != 0, t, op.at[2] != 0);
  }
};

}  // namespace wengert::structural
