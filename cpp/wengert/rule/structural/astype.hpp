#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Another element type: [type].
struct astype {
  static constexpr std::string_view name = "astype", doc = "The same values in another element type.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static std::span<const std::string_view> names();  // of what the first attribute counts
  static Type result(Given in, Attributes at) { return converted_type(in, at); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return op.run(op.in, op.at);
  }
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    return converted(ybar, op.in[0].dtype());
  }
};

}  // namespace wengert::structural
