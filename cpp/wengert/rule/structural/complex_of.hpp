#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// re + i im, from two real arrays of one shape and type.
struct complex_of {
  static constexpr std::string_view name = "complex_of", doc = "Complex numbers from their parts.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return pair_type(in, at); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return op.run({op.everywhere(0), op.everywhere(1)}, op.at);
  }
  template <class V>
  static V adjoint(int k, const Operation<V>&, const V& ybar) {
    return k == 0 ? real_part_of(ybar) : -imaginary_part_of(ybar);
  }
};

}  // namespace wengert::structural
