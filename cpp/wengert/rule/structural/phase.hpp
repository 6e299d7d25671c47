#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// x / |x|, 0 at 0. Only what turns x changes it: dy = i y Im(conj(y) dx) / |x|; slope 0 at 0.
struct phase {
  static constexpr std::string_view name = "phase", doc = "Complex numbers of size 1 in the same direction; 0 at 0.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return complex_type_of(in, at, itself); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return elementwise_in_lanes(op);
  }
  /// i v / |x| for a real v.
  template <class V>
  static V turn(const Operation<V>& op, const V& v) {
    const V size = absolute(op.in[0]);
    return complex_number(zeros_like(v), v / select_of(equal(size, 0.0), 1.0, size));
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    return turn(op, imaginary_part_of(scale(ybar, op.y))) * conjugated(op.y);
  }
  template <class V>
  static V tangent(const Operation<V>& op, std::span<const V* const> dx) {
    return turn(op, imaginary_part_of(scale(*dx[0], conjugated(op.y)))) * op.y;
  }
};

}  // namespace wengert::structural
