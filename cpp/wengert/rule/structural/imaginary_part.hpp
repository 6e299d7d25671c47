#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// The imaginary part of complex numbers, as real ones: y = Re(-i x), and so its adjoint is -i ybar.
struct imaginary_part {
  static constexpr std::string_view name = "imaginary_part", doc = "Imaginary part of complex numbers.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return complex_type_of(in, at, part_of); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return elementwise_in_lanes(op);
  }
  template <class V>
  static V adjoint(int, const Operation<V>&, const V& ybar) {
    return complex_number(zeros_like(ybar), -ybar);
  }
};

}  // namespace wengert::structural
