#pragma once
#include "wengert/rule/structural/operation.hpp"

namespace wengert::structural {

/// Matrix product of the last two axes, either side transposed, the others broadcast: [transpose a, transpose b].
struct matmul {
  static constexpr std::string_view name = "matmul", doc = "Matrix product.";
  static constexpr Kind kind = Kind::bilinear;
  static constexpr unsigned inert = 0;
  static Value value(In in, Attributes at);
  template <class V>
  static V adjoint(int k, const Operation<V>& op, const V& ybar) {
    const bool ta = op.at[0] != 0, tb = op.at[1] != 0;
    const V &a = op.in[0], &b = op.in[1];
    if (k == 0) return sum_to(ta ? product(b, ybar, tb, true) : product(ybar, b, false, !tb), a.shape());
    return sum_to(tb ? product(ybar, a, true, ta) : product(a, ybar, !ta, false), b.shape());
  }
};

}  // namespace wengert::structural
