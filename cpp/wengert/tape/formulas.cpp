#include "wengert/tape/formulas.hpp"

#include <array>

#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/table.hpp"
#include "wengert/tape/functions.hpp"

namespace wengert {
namespace detail {
thread_local constinit bool ieee_products = false;
}

namespace {

using Partials = std::array<std::array<PartialFormula, 2>, rule::op_count>;

template <class R, int k>
Var partial(const Var& a, const Var& b, const Var& y) {
  return R::template partial<k>(a, b, y);
}

Partials make_partials() {
  Partials table{};
  rule::each_rule([&]<class R>() {
    if constexpr (R::types != rule::compare) {
      auto& row = table[static_cast<std::size_t>(R::op)];
      row[0] = partial<R, 0>;
      if constexpr (R::arity == 2) row[1] = partial<R, 1>;
    }
  });
  return table;
}

std::array<StructuralFormulas, structural::count> make_structural() {
  std::array<StructuralFormulas, structural::count> table{};
  structural::each([&]<class P>() {
    StructuralFormulas& f = table[static_cast<std::size_t>(structural::id<P>)];
    if constexpr (P::kind != Kind::none) {
      f.adjoint = [](int k, const Operation<Var>& op, const Var& ybar) { return P::adjoint(k, op, ybar); };
    }
    if constexpr (P::kind == Kind::general) {
      f.tangent = [](const Operation<Var>& op, std::span<const Var* const> dx) { return P::tangent(op, dx); };
    }
    if constexpr (requires(const Batch<Var>& op) { P::batched(op); }) {
      f.batched = [](const Batch<Var>& op) { return P::batched(op); };
    }
  });
  return table;
}

}  // namespace

PartialFormula partial_formula(Op op, int k) {
  static const Partials table = make_partials();
  return table[static_cast<std::size_t>(op)][static_cast<std::size_t>(k)];
}

Var times_partial(Op op, int k, const Var& seed, const Var& partial) {
  if (detail::ieee_products) return seed * partial;
  return apply(rule::masks(op, k) ? Op::scale_both : Op::scale, seed, partial);
}

const StructuralFormulas& formulas(CallId id) {
  static const auto table = make_structural();
  return table[static_cast<std::size_t>(id)];
}

Var formula_adjoint(CallId id, int k, const Operation<Var>& op, const Var& ybar) {
  try {
    return formulas(id).adjoint(k, op, ybar);
  } catch (const LinearAlgebraError& e) {
    throw LinearAlgebraError("derivative of " + std::string(structural::info(id).name) + ": " + e.what());
  } catch (const DomainError& e) {
    throw DomainError("derivative of " + std::string(structural::info(id).name) + ": " + e.what());
  }
}

}  // namespace wengert
