#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// re - i im. Not holomorphic, but linear in the parts: the adjoint is conjugated too.
struct conjugate {
  static constexpr std::string_view name = "conjugate", doc = "Complex conjugate.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return complex_type_of(in, at, itself); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return elementwise_in_lanes(op);
  }
  template <class V>
  static V adjoint(int, const Operation<V>&, const V& ybar) {
    return conjugated(ybar);
  }
};

}  // namespace wengert::structural
