#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Columns that make orthonormal ones (..., m, k) a basis, (..., m, m - k). They can turn among themselves at will, so they
/// are a constant here; whoever wants their derivative keeps them at right angles to the given ones.
struct complement {
  static constexpr std::string_view name = "complement", doc = "Columns that complete orthonormal ones to a basis.";
  static constexpr Kind kind = Kind::none;
  static constexpr unsigned inert = 1;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return complement_type(in, at); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return op.run(op.in, op.at);
  }
};

}  // namespace wengert::structural
