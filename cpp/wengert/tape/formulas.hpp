// The rules run on Var: derivatives that record themselves, and so can be differentiated again.
#pragma once
#include "wengert/rule/structural/batching.hpp"
#include "wengert/tape/var.hpp"

namespace wengert {

/// Partial derivative k of an elementwise primitive.
using PartialFormula = Var (*)(const Var& a, const Var& b, const Var& y);
PartialFormula partial_formula(Op op, int k);

namespace detail {
extern thread_local constinit bool ieee_products WG_FAST_TLS;
}  // namespace detail

/// A derivative that arrives, times a partial: the strong zero of `scale`, on the side where a zero means "nothing"; a plain
/// product where the thread asks for IEEE 754's.
Var times_partial(Op op, int k, const Var& seed, const Var& partial);

struct StructuralFormulas {
  Var (*adjoint)(int k, const Operation<Var>& op, const Var& ybar);          // null where it carries none
  Var (*tangent)(const Operation<Var>& op, std::span<const Var* const> dx);  // of `general` ones
  Var (*batched)(const Batch<Var>& op);                                      // null where it states none
};
const StructuralFormulas& formulas(CallId id);
/// The adjoint formula of a structural primitive; what it refuses is named after that.
Var formula_adjoint(CallId id, int k, const Operation<Var>& op, const Var& ybar);

}  // namespace wengert
