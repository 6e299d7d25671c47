#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// The size of complex numbers. dy = Re(conj(x / |x|) dx); slope 0 at 0.
struct modulus {
  static constexpr std::string_view name = "modulus", doc = "Size of complex numbers; slope 0 at 0.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return complex_type_of(in, at, part_of); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return elementwise_in_lanes(op);
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    return scale(converted(ybar, op.in[0].dtype()), conjugated(sign(op.in[0])));
  }
  template <class V>
  static V tangent(const Operation<V>& op, std::span<const V* const> dx) {
    return real_part_of(scale(*dx[0], conjugated(sign(op.in[0]))));
  }
};

}  // namespace wengert::structural
