// The forward sweep over a recording: tangents of all nodes along one direction.
#include "wengert/rule/elementwise.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/tape/custom.hpp"
#include "wengert/tape/debugger.hpp"
#include "wengert/tape/derivatives.hpp"
#include "wengert/tape/formulas.hpp"
#include "wengert/tape/functions.hpp"
#include "wengert/tape/lanes.hpp"
#include "wengert/tape/sweep.hpp"

namespace wengert {
namespace {

/// Tangent of a structural primitive from its operands' tangents; null pointers stand for zeros.
Var structural_tangent(CallId id, const Operation<Var>& op, std::vector<const Var*>& dx) {
  const rule::Structural& s = structural::info(id);
  if (s.kind == Kind::general) return formulas(id).tangent(op, dx);
  std::vector<Var> in(op.in.begin(), op.in.end());
  if (s.kind == Kind::linear) {
    for (std::size_t k = 0; k < in.size(); ++k) {
      if (!(s.inert >> k & 1)) in[k] = dx[k] ? *dx[k] : zeros_like(in[k]);
    }
    return call(id, in, op.at);
  }
  Var dy;
  bool some = false;
  for (std::size_t k = 0; k < in.size(); ++k) {
    if (!dx[k]) continue;
    const Var kept = std::exchange(in[k], *dx[k]);
    const Var part = call(id, in, op.at);
    dy = some ? dy + part : part;
    some = true;
    in[k] = kept;
  }
  return dy;
}

/// What a tangent in lanes has still to be multiplied by: alike in all lanes, and so worth multiplying with the next such
/// factor first.
struct Factor {
  Var value;
  bool some = false;
  bool masked = false;  // a zero in it means that nothing passes, not even a NaN
};

bool lies_lane_beside_lane(const Var& x) {
  return x.hidden() == 1 && x.ndim() == 1 && x.value.is_array() && !x.value.block()->contiguous &&
         x.value.block()->strides()[0] == 1;
}

/// Lanes that lie side by side are multiplied as they lie.
Var multiplied(const Var& x, const Factor& factor) {
  const Op op = factor.masked ? Op::scale_both : Op::scale;
  if (factor.value.ndim() == 0 || !lies_lane_beside_lane(x)) return apply(op, x, factor.value);
  const Var y = apply(op, matrix_transposed(bare(x)), reshape_with(factor.value, 1));
  return with_lanes(matrix_transposed(y), x.lanes);
}

class Tangents {
 public:
  Tangents(Recording& r, std::size_t first, std::size_t count, bool record)
      : r_(r),
        first_(first),
        count_(count),
        dots_(count),
        present_(count),
        with_nodes_(record && active() == &r),
        only_values_(!with_nodes_ && !by_formulas()) {}

  void seed(NodeId id, const Var& dx) {
    if (index(id) - first_ >= count_) return;
    dots_[index(id) - first_] = converted(dx, r_.value(index(id)).dtype());
    present_[index(id) - first_] = true;
    if (dx.lanes && !debugger() && !detail::ieee_products) factors_.resize(count_);
  }
  void run(std::span<const NodeId> wanted) {
    if (r_.has_arrays() && !debugger()) note_needed(wanted);
    for (std::size_t k = 0; k < count_; ++k) {
      if (needed_.empty() || needed_[k]) node(k);
    }
  }
  Var get(NodeId id) {
    if (const Var* dx = of(id)) return *dx;
    return zeros_like(Var(r_.value(index(id))));
  }

 private:
  const Var* of(NodeId id) {
    const std::size_t k = index(id) - first_;
    if (k >= count_ || !present_[k]) return nullptr;
    if (k < factors_.size() && factors_[k].some) dots_[k] = multiplied(dots_[k], std::exchange(factors_[k], Factor()));
    return &dots_[k];
  }
  /// The same, without what it has still to be multiplied by.
  const Var* base_of(NodeId id) const {
    const std::size_t k = index(id) - first_;
    return k < count_ && present_[k] ? &dots_[k] : nullptr;
  }
  const Factor& factor_of(NodeId id) const { return factors_[index(id) - first_]; }
  void put(std::size_t k, Var dy) {
    dots_[k] = std::move(dy);
    present_[k] = true;
  }
  Var operand(NodeId id) const { return seen(r_, id, with_nodes_ && !r_.is_constant(index(id))); }

  void node(std::size_t k) {
    const std::size_t i = first_ + k;
    const std::uint16_t c = r_.code_of(i);
    if (c == code::constant) return;
    const AtNode at(r_, i);
    if (c == code::call) return call_node(i, k);
    if (c == code::custom) return custom_node(i, k);
    if (c == code::input) {
      const Var* dx = of(r_.a(i));
      if (dx && !present_[k]) put(k, Var(*dx));
      return;
    }
    const rule::Primitive& p = rule::primitive(static_cast<Op>(c));
    if (!p.differentiable()) return;
    if (!factors_.empty() && elementwise_by_factors(i, k, p)) return;
    const Var *da = of(r_.a(i)), *db = p.arity == 2 ? of(r_.b(i)) : nullptr;
    if (da || db) elementwise(i, k, p, da, db);
  }

  void elementwise(std::size_t i, std::size_t at, const rule::Primitive& p, const Var* da, const Var* db) {
    if (only_values_ && !r_.is_array(i) && !(da && (da->recorded() || da->lanes)) &&
        !(db && (db->recorded() || db->lanes)))
      return number(i, at, p, da, db);
    const Var a = operand(r_.a(i)), b = p.arity == 2 ? operand(r_.b(i)) : a,
              y = seen(r_, static_cast<NodeId>(i), with_nodes_);
    Var dy;
    bool some = false;
    const Var* dx[] = {da, db};
    for (int k = 0; k < p.arity; ++k) {
      const rule::Partial& part = p.partials[k];
      if (!dx[k] || (part.constant && part.number == 0)) continue;
      Var term = *dx[k];
      if (!part.constant) term = times_partial(p.op, k, term, partial_formula(p.op, k)(a, b, y));
      else if (part.number != 1) term = part.number == -1 ? -term : term * Var(part.number);
      if (debugger()) [[unlikely]] {
        const Var in[] = {a, b};
        debugger()->product(Direction::forward, p.op, k, std::span(in, p.arity == 2 ? 2 : 1), y, *dx[k], term);
      }
      dy = some ? dy + term : term;
      some = true;
    }
    if (some) put(at, converted(broadcasted(dy, y.shape()), y.dtype()));
  }

  /// Which nodes lead to wanted ones: a gradient has no use for the tangent of the function's own value.
  void note_needed(std::span<const NodeId> wanted) {
    needed_.resize(count_);
    const auto note = [&](NodeId id) {
      if (index(id) - first_ < count_) needed_[index(id) - first_] = true;
    };
    for (const NodeId id : wanted) note(id);
    for (std::size_t k = count_; k-- > 0;) {
      if (needed_[k]) r_.each_operand(first_ + k, note);
    }
  }

  /// What the tangents of these operands of node i are all multiples of; null where there is no such thing in lanes.
  const Var* common_base(std::size_t i, std::span<const NodeId> operands) const {
    const Var* base = nullptr;
    const Value y = r_.value(i);
    if (!y.is_array()) return nullptr;
    for (const NodeId id : operands) {
      const Var* dx = base_of(id);
      if (!dx) continue;
      const Value x = r_.value(index(id));
      if (!dx->lanes || !dx->value.is_array() || x.dtype() != y.dtype() || !(x.shape() == y.shape())) return nullptr;
      if (base && (base->value.block() != dx->value.block() || base->lanes != dx->lanes)) return nullptr;
      base = dx;
    }
    return base;
  }
  void put_multiple(std::size_t k, const Var& base, Factor factor) {
    put(k, Var(base));
    factors_[k] = std::move(factor);
  }

  /// A chain of steps in lanes multiplies the partials, alike in all lanes, and the lanes once, at its end.
  bool elementwise_by_factors(std::size_t i, std::size_t at, const rule::Primitive& p) {
    const NodeId operands[] = {r_.a(i), p.arity == 2 ? r_.b(i) : NodeId::none};
    const Var* base = common_base(i, std::span(operands, p.arity == 2 ? 2 : 1));
    if (!base) return false;
    const Var a = operand(r_.a(i)), b = p.arity == 2 ? operand(r_.b(i)) : a,
              y = seen(r_, static_cast<NodeId>(i), with_nodes_);
    Factor sum;
    bool some = false;
    for (int k = 0; k < p.arity; ++k) {
      const rule::Partial& part = p.partials[k];
      if (!base_of(operands[k]) || (part.constant && part.number == 0)) continue;
      Factor term = factor_of(operands[k]);
      if (!part.constant) {
        const Var slope = partial_formula(p.op, k)(a, b, y);
        term.value = term.some ? times_partial(p.op, k, term.value, slope) : slope;
        term.masked |= rule::masks(p.op, k);
        term.some = true;
      } else if (part.number != 1) {
        term.value = term.some ? term.value * Var(part.number) : Var(part.number);
        term.some = true;
      }
      if (some) sum = {factor_value(sum) + factor_value(term), true, sum.masked && term.masked};
      else sum = std::move(term);
      some = true;
    }
    if (some) put_multiple(at, *base, std::move(sum));
    return true;
  }
  static Var factor_value(const Factor& f) { return f.some ? f.value : Var(1.0); }

  bool select_by_factors(std::size_t i, std::size_t at, std::span<const NodeId> operands) {
    const Var* base = common_base(i, operands.subspan(1));
    if (!base) return false;
    const auto side = [&](NodeId id) { return base_of(id) ? factor_value(factor_of(id)) : Var(0.0); };
    const Var taken = select_of(operand(operands[0]), side(operands[1]), side(operands[2]));
    put_multiple(at, *base, {converted(taken, base->dtype()), true, true});
    return true;
  }

  void number(std::size_t i, std::size_t at, const rule::Primitive& p, const Var* da, const Var* db) {
    const double a = r_.number(index(r_.a(i))), b = p.arity == 2 ? r_.number(index(r_.b(i))) : a;
    double dy = 0;
    const Var* dx[] = {da, db};
    for (int k = 0; k < p.arity; ++k) {
      const double d = dx[k] ? dx[k]->value.as_double() : 0;
      if (d == 0) continue;
      const double slope = p.partials[k].constant ? p.partials[k].number : p.slope[k](a, b, r_.number(i));
      if (!rule::masks(p.op, k) || slope != 0) dy += rule::strong_product(d, slope);
    }
    put(at, Var(Value::number(dy)));
  }

  void call_node(std::size_t i, std::size_t at) {
    const Call c = r_.call(i);
    const rule::Structural& s = structural::info(c.primitive);
    if (s.kind == Kind::none) return;
    const std::vector<NodeId> nodes(r_.operands(c).begin(), r_.operands(c).end());
    if (!factors_.empty() && c.primitive == structural::id<structural::select> && select_by_factors(i, at, nodes))
      return;
    const std::vector<std::int64_t> attributes(r_.attributes(c).begin(), r_.attributes(c).end());
    std::vector<Var> in;
    std::vector<const Var*> dx;
    bool some = false;
    for (std::size_t k = 0; k < nodes.size(); ++k) {
      in.push_back(operand(nodes[k]));
      dx.push_back(s.inert >> k & 1 || !is_float(in[k].dtype()) ? nullptr : of(nodes[k]));
      some |= dx[k] != nullptr;
    }
    const Var y = seen(r_, static_cast<NodeId>(i), with_nodes_);
    if (!some || !is_float(y.dtype())) return;
    put(at, structural_tangent(c.primitive, {in, y, attributes}, dx));
    if (debugger()) [[unlikely]]
      debugger()->tangent(s.name, in, y, dx, dots_[at]);
  }

  void custom_node(std::size_t i, std::size_t at) {
    const CustomCall c = r_.custom(i);
    std::vector<Var> in;
    std::vector<const Var*> dx;
    bool some = false;
    for (const NodeId id : c.operands) {
      in.push_back(operand(id));
      dx.push_back(of(id));
      some |= dx.back() != nullptr;
    }
    if (some) put(at, c.rule->tangent(in, seen(r_, static_cast<NodeId>(i), with_nodes_), dx));
  }

  Recording& r_;
  std::size_t first_, count_;
  std::vector<Var> dots_;
  std::vector<bool> present_, needed_;
  std::vector<Factor> factors_;  // of tangents in lanes, else empty
  bool with_nodes_, only_values_;
};

}  // namespace

std::vector<Var> tangent_sweep(Recording& r, NodeId first, std::span<const Seed> seeds, std::span<const NodeId> wanted,
                               Mode mode) {
  ++sweep_counts().forward;
  std::size_t end = index(first);
  for (const Seed& s : seeds) end = std::max(end, index(s.node) + 1);
  for (const NodeId id : wanted) {
    end = std::max(end, index(id) + 1);
    if (debugger()) [[unlikely]]
      debugger()->seeded(r.value(index(id)));
  }
  const Activation scope(mode == Mode::record ? active() : nullptr);
  Tangents sweep(r, index(first), end - index(first), mode == Mode::record);
  for (const Seed& s : seeds) sweep.seed(s.node, mode == Mode::record ? s.derivative : constant_of(s.derivative));
  sweep.run(wanted);
  std::vector<Var> out;
  for (const NodeId id : wanted) out.push_back(sweep.get(id));
  return out;
}

}  // namespace wengert
