#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// Sums of x[j] exp(sign 2 pi i j k / n) along an axis of complex numbers: [sign, axis]. Nothing is divided by n.
struct fourier {
  static constexpr std::string_view name = "fourier", doc = "Discrete Fourier transform along an axis.";
  static constexpr Kind kind = Kind::linear;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return fourier_type(in, at); }
  template <class V>
  static V batched(const Batch<V>& op) {
    return op.run(op.in, axes_behind_lanes(op, 1));
  }
  /// The matrix of the transform is its own transpose.
  template <class V>
  static V adjoint(int, const Operation<V>& op, const V& ybar) {
    return fourier_transformed(ybar, op.at[1], op.at[0]);
  }
};

}  // namespace wengert::structural
