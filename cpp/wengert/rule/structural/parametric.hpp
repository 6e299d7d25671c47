#pragma once
#include "wengert/rule/structural/batching.hpp"

namespace wengert::structural {

/// A function of several operands that has no closed form for its derivatives: at[0] says which (special::Family), the rest
/// how often it is differentiated by each operand. Its partial by one is itself, differentiated once more.
struct parametric {
  static constexpr std::string_view name = "parametric",
                                    doc = "gammainc, gammaincc, betainc or zeta, or a derivative of one.";
  static constexpr Kind kind = Kind::general;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  static std::span<const std::string_view> names();  // of what the first attribute counts
  static Type result(Given in, Attributes at);
  template <class V>
  static V batched(const Batch<V>& op) {
    return elementwise_in_lanes(op);
  }
  template <class V>
  static V partial(std::size_t k, const Operation<V>& op) {
    Dims orders(op.at.subspan(1));
    ++orders[static_cast<int>(k)];
    return family_of(op.at[0], op.in, orders);
  }
  template <class V>
  static V adjoint(int k, const Operation<V>& op, const V& ybar) {
    const auto at = static_cast<std::size_t>(k);
    return sum_to(scale(ybar, partial(at, op)), op.in[at].shape());
  }
  template <class V>
  static V tangent(const Operation<V>& op, std::span<const V* const> dx) {
    V dy = zeros_like(op.y);
    for (std::size_t k = 0; k < dx.size(); ++k) {
      if (dx[k]) dy = dy + scale(broadcasted(*dx[k], op.y.shape()), partial(k, op));
    }
    return dy;
  }
};

}  // namespace wengert::structural
