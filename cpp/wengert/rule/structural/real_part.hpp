#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// The real part of complex numbers, as real ones.
struct real_part {
  static constexpr std::string_view name = "real_part", doc = "Real part of complex numbers.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return complex_type_of(in, at, part_of); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return elementwise_in_lanes(op);
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    return converted(ybar, op.in[0].dtype());
  }
};

}  // namespace wengert::structural
