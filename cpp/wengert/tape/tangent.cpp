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
  }
  void run() {
    for (std::size_t k = 0; k < count_; ++k) node(k);
  }
  Var get(NodeId id) const {
    if (const Var* dx = of(id)) return *dx;
    return zeros_like(Var(r_.value(index(id))));
  }

 private:
  const Var* of(NodeId id) const {
    const std::size_t k = index(id) - first_;
    return k < count_ && present_[k] ? &dots_[k] : nullptr;
  }
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

  void number(std::size_t i, std::size_t at, const rule::Primitive& p, const Var* da, const Var* db) {
    const double a = r_.number(index(r_.a(i))), b = p.arity == 2 ? r_.number(index(r_.b(i))) : a;
    double dy = 0;
    const Var* dx[] = {da, db};
    for (int k = 0; k < p.arity; ++k) {
      const double d = dx[k] ? dx[k]->value.as_double() : 0;
      if (d == 0) continue;
      const double slope = p.partials[k].constant ? p.partials[k].number : p.slope[k](a, b, r_.number(i));
      if (p.op != Op::scale || k == 0 || slope != 0) dy += rule::strong_product(d, slope);
    }
    put(at, Var(Value::number(dy)));
  }

  void call_node(std::size_t i, std::size_t at) {
    const Call c = r_.call(i);
    const rule::Structural& s = structural::info(c.primitive);
    if (s.kind == Kind::none) return;
    const std::vector<NodeId> nodes(r_.operands(c).begin(), r_.operands(c).end());
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
  std::vector<bool> present_;
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
  sweep.run();
  std::vector<Var> out;
  for (const NodeId id : wanted) out.push_back(sweep.get(id));
  return out;
}

}  // namespace wengert
