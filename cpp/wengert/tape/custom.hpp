// A function whose derivatives somebody states: one node of the tape, whatever happens inside.
#pragma once
#include <vector>

#include "wengert/tape/var.hpp"

namespace wengert {

/// Rules of one such function. They are given values, or, in a sweep that records itself, variables with their nodes.
class Custom {
 public:
  Custom() = default;
  Custom(const Custom&) = delete;
  Custom& operator=(const Custom&) = delete;
  virtual ~Custom() = default;
  /// One adjoint for each operand, shaped like it.
  virtual std::vector<Var> adjoint(std::span<const Var> in, const Var& y, const Var& ybar) const = 0;
  /// The tangent of y; a null pointer stands for a tangent of zeros.
  virtual Var tangent(std::span<const Var> in, const Var& y, std::span<const Var* const> dx) const = 0;
};

/// Records y as what `rule` makes of the operands. Inside vmap the rule is for one lane, the node for all of them.
Var custom(std::shared_ptr<const Custom> rule, std::span<const Var> in, const Var& y);

}  // namespace wengert
