// The reverse sweep. Griewank & Walther, Evaluating Derivatives (2008), chapter 3.
#include <algorithm>

#include "wengert/base/few.hpp"
#include "wengert/rule/elementwise.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/structural/shown.hpp"
#include "wengert/tape/custom.hpp"
#include "wengert/tape/debugger.hpp"
#include "wengert/tape/derivatives.hpp"
#include "wengert/tape/formulas.hpp"
#include "wengert/tape/functions.hpp"
#include "wengert/tape/lanes.hpp"
#include "wengert/tape/placements.hpp"
#include "wengert/tape/sweep.hpp"
#include "wengert/tape/writes.hpp"

namespace wengert {
namespace {

/// Reverse sweep over plain values.
class ValueAdjoint {
 public:
  ValueAdjoint(Recording& r, std::size_t first, std::size_t count, std::span<const NodeId> wanted)
      : r_(r), first_(first), count_(count), bars_(r, first, count), wanted_(wanted.begin(), wanted.end()) {
    std::sort(wanted_.begin(), wanted_.end());
  }

  Derivatives& bars() { return bars_; }

  void run() {
    const Scalars on{r_.codes(), r_.left(), r_.right(), r_.slots(), bars_.numbers() - first_, first_, count_};
    for (std::size_t i = first_ + count_;
         (i = first_ ? number_nodes<false>(on, i) : number_nodes<true>(on, i)) > first_;) {
      --i;
      if (on.code[i] & code::array) array_node(i);
      else if (const double ybar = on.bars[i].number; ybar != 0) called(i, Value::number(ybar));
    }
  }

 private:
  /// The lists of the recording as scalar steps use them.
  struct Scalars {
    const std::uint16_t* code;
    const NodeId *a, *b;
    const Slot* value;
    Slot* bars;  // of node 0, had it one
    std::size_t first, count;

    /// `whole`: the sweep covers the recording from its beginning on, and so every operand.
    template <bool whole>
    void pass(NodeId to, double xbar) const {
      if (whole || index(to) - first < count) bars[index(to)].number += xbar;
    }
    bool is_constant(NodeId id) const { return code::plain(code[index(id)]) == code::constant; }
  };

  bool takes(NodeId id) const { return bars_.covers(id) && !r_.is_constant(index(id)); }

  /// Steps from node `end` - 1 down over nodes of one number each; says where it stopped.
  template <bool whole>
  [[gnu::noinline]] static std::size_t number_nodes(const Scalars given, std::size_t end) {
    const Scalars on = given;  // of its own: no store to a derivative can change it
    for (std::size_t i = end; i-- > on.first;) {
      const double ybar = on.bars[i].number;
      switch (on.code[i]) {
#define WG_FUNCTION(NAME, ...)                                  \
  case static_cast<std::uint16_t>(Op::NAME):                    \
    if (ybar != 0) step<rule::NAME##_rule, whole>(on, i, ybar); \
    break;
#define WG_FUNCTION2(NAME, ...) WG_FUNCTION(NAME)
#define WG_UNARY(NAME, ...) WG_FUNCTION(NAME)
#define WG_BINARY(NAME, ...) WG_FUNCTION(NAME)
#include "wengert/rule/ops.def"
        case code::input:
          if (on.a[i] != NodeId::none) on.pass<false>(on.a[i], ybar);
          [[fallthrough]];
        case code::constant: break;
        default: return i + 1;
      }
    }
    return on.first;
  }

  template <class R, bool whole>
  [[gnu::always_inline]] static void step(const Scalars& on, std::size_t i, double ybar) {
    step_operand<R, 0, whole>(on, i, on.a[i], ybar);
    if constexpr (R::arity == 2) step_operand<R, 1, whole>(on, i, on.b[i], ybar);
  }
  /// Arithmetic is done in place, for a constant too; a named function is called, and not for a constant.
  template <class R, int k, bool whole>
  [[gnu::always_inline]] static void step_operand(const Scalars& on, std::size_t i, NodeId to, double ybar) {
    if constexpr (rule::constant_partial<R, k>) {
      constexpr double partial = *rule::reads<R, k>.constant;
      if constexpr (partial != 0 && partial == partial) on.pass<whole>(to, partial * ybar);
    } else if (is_cheap<R, k> || !on.is_constant(to)) {
      constexpr unsigned reads = rule::reads<R, k>.bits;
      const double a = reads & 1 ? on.value[index(on.a[i])].number : 0;
      const double b = reads & 2 ? on.value[index(on.b[i])].number : 0;
      const double partial = slope<R, k>(a, b, on.value[i].number);
      if (!rule::strong_partial<R, k> || partial != 0) on.pass<whole>(to, rule::strong_product(ybar, partial));
    }
  }
  template <class R, int k>
  static constexpr bool is_cheap =
      rule::Flops(R::template partial<k>(rule::Flops(0.0), rule::Flops(0.0), rule::Flops(0.0))).count < 10;
  template <class R, int k>
  [[gnu::always_inline]] static double slope(double a, double b, double y) {
    if constexpr (is_cheap<R, k>) return Plain(R::template partial<k>(Plain{a}, Plain{b}, Plain{y})).v;
    else return rule::primitive(R::op).slope[k](a, b, y);
  }
  /// Arithmetic on one float64.
  struct Plain {
    double v;
    Plain(double x) : v(x) {}
    friend Plain operator-(Plain a) { return -a.v; }
    friend Plain operator+(Plain a, Plain b) { return a.v + b.v; }
    friend Plain operator-(Plain a, Plain b) { return a.v - b.v; }
    friend Plain operator*(Plain a, Plain b) { return a.v * b.v; }
    friend Plain operator/(Plain a, Plain b) { return a.v / b.v; }
    friend bool operator==(Plain a, Plain b) { return a.v == b.v; }
    friend bool operator<(Plain a, Plain b) { return a.v < b.v; }
    friend bool operator>(Plain a, Plain b) { return a.v > b.v; }
    friend bool operator>=(Plain a, Plain b) { return a.v >= b.v; }
    friend Plain select(bool c, Plain a, Plain b) { return c ? a : b; }
  };

  void array_node(std::size_t i) {
    if (!bars_.block(i)) return;
    const std::uint16_t c = r_.code_of(i);
    const bool keep = c == code::input || std::binary_search(wanted_.begin(), wanted_.end(), static_cast<NodeId>(i));
    if (keep) Storage::retain(bars_.block(i));
    Storage ybar(keep ? bars_.block(i) : std::exchange(bars_.block(i), nullptr));
    if (c == code::input) {
      if (bars_.covers(r_.a(i))) bars_.add(index(r_.a(i)), Value(std::move(ybar)));
    } else if (c == code::call && r_.call(i).primitive == structural::id<structural::slice_set>) {
      written(i, std::move(ybar));
    } else if (c == code::call || c == code::custom) {
      called(i, Value(std::move(ybar)));
    } else if (c != code::constant) {
      elementwise(i, static_cast<Op>(c), std::move(ybar));
    }
  }

  void elementwise(std::size_t i, Op op, Storage ybar) {
    const rule::Primitive& p = rule::primitive(op);
    // The second operand first, as the first one's adjoint is often ybar as it is; but what comes twice takes its shares
    // in the order in which a recorded sweep adds them up.
    const bool twice = p.arity == 2 && r_.a(i) == r_.b(i);
    for (int done = 1; done <= p.arity; ++done) {
      const int k = twice ? done - 1 : p.arity - done;
      const bool last = done == p.arity;
      const NodeId to = k ? r_.b(i) : r_.a(i);
      const rule::Partial& part = p.partials[k];
      if (!takes(to) || (part.constant && part.number == 0)) continue;
      const bool same = r_.is_array(index(to)) && same_shape(*r_.block(index(to)), *ybar.get());
      if (part.constant && part.number == 1) {
        bars_.add(index(to), same ? last ? Value(std::move(ybar)) : Value(ybar) : summed_to(to, ybar));
      } else {
        multiply(i, p, k, to, ybar, same, last);
      }
    }
  }

  /// ybar times the partial, added in place where there is a place, else in fresh (or ybar's own) memory.
  void multiply(std::size_t i, const rule::Primitive& p, int k, NodeId to, Storage& ybar, bool same, bool last) {
    const unsigned reads = p.partials[k].reads;
    const Dtype d = ybar->dtype;
    const Storage a = reads & 1 ? strided(r_.value(index(r_.a(i))), d) : Storage();
    const Storage b = reads & 2 ? strided(r_.value(index(r_.b(i))), d) : Storage();
    const Storage y = reads & 4 ? strided(r_.value(i), d) : Storage();
    if (same && !p.partials[k].constant && bars_.block(index(to))) {
      const Storage out = bars_.writable(index(to));
      rule::contribute(p, k, {&a, &b, &y, &ybar}, out, true);
      bars_.set(index(to), Value(out));
      return;
    }
    const bool in_place = last && ybar.unique() && ybar->contiguous;
    Storage out = in_place ? ybar : allocate(d, std::span(ybar->dims(), ybar->ndim));
    if (p.partials[k].constant) scaled(p.partials[k].number, ybar, out);
    else rule::contribute(p, k, {&a, &b, &y, &ybar}, out, false);
    if (in_place) ybar = Storage();
    bars_.add(index(to), same ? Value(std::move(out)) : summed_to(to, out));
  }

  static void scaled(double factor, const Storage& from, const Storage& to) {
    const Value f(factor), x(from);
    copy(rule::evaluate(rule::primitive(Op::multiply), x, &f).storage(), to);
  }
  Value summed_to(NodeId to, const Storage& ybar) const {
    return sum_to(Value(ybar), r_.value(index(to)).shape()).value;
  }

  void called(std::size_t i, const Value& ybar) {
    if (r_.code_of(i) == code::call) call_node(i, ybar);
    else custom_node(i, ybar);
  }

  /// An array with v written into a slice of it: that part is v's, the rest goes on to the array as it was, where it lies.
  void written(std::size_t i, Storage ybar) {
    const Call& c = r_.call(i);
    const NodeId x = r_.operands(c)[0], v = r_.operands(c)[1];
    if (!ybar->contiguous || ybar->dtype != r_.dtype(index(x)) || ybar->dtype != r_.dtype(index(v)))
      return called(i, Value(std::move(ybar)));
    if (takes(x) && !ybar.unique()) {
      const Storage own = allocate(ybar->dtype, ybar.shape());
      copy(ybar, own);
      ybar = own;
    }
    const structural::Shown part(ybar.strides(), r_.attributes(c));
    Storage here = view(ybar, part.counts, part.strides, part.offset);
    if (takes(v)) {
      const Storage own = allocate(ybar->dtype, part.counts);
      copy(here, own);
      bars_.add(index(v), summed_to(v, own));
    }
    if (!takes(x)) return;
    copy(full(ybar->dtype, part.counts, 0).storage(), here);
    here = Storage();
    bars_.add(index(x), Value(std::move(ybar)));
  }

  void custom_node(std::size_t i, const Value& ybar) {
    const CustomCall c = r_.custom(i);  // a copy: a rule may record
    std::vector<Var> in;
    for (const NodeId id : c.operands) in.push_back(r_.value(index(id)));
    const std::vector<Var> bars = c.rule->adjoint(in, r_.value(i), ybar);
    for (std::size_t k = 0; k < bars.size(); ++k) {
      if (takes(c.operands[k]) && is_float(in[k].dtype())) bars_.add(index(c.operands[k]), bars[k].value);
    }
  }

  void call_node(std::size_t i, const Value& ybar) {
    const Call& c = r_.call(i);
    const rule::Structural& s = structural::info(c.primitive);
    if (s.kind == Kind::none) return;
    const std::span<const NodeId> nodes = r_.operands(c);
    Few<Value> in(nodes.size());
    for (const NodeId id : nodes) in.push_back(r_.value(index(id)));
    for (std::size_t k = 0; k < nodes.size(); ++k) {
      if (!takes(nodes[k]) || (s.inert >> k & 1) || !is_float(in[k].dtype())) continue;
      if (s.contribute && in[k].is_array() && contribute(s, static_cast<int>(k), c, in, ybar, nodes[k])) continue;
      bars_.add(index(nodes[k]), by_formula(static_cast<int>(k), c, in, r_.value(i), ybar).value);
    }
  }

  bool contribute(const rule::Structural& s, int k, const Call& c, std::span<const Value> in, const Value& ybar,
                  NodeId to) {
    const bool add = bars_.block(index(to)) != nullptr;
    const Block& x = *r_.block(index(to));
    const Storage xbar = add ? bars_.writable(index(to)) : allocate(x.dtype, std::span(x.dims(), x.ndim));
    const bool done = s.contribute(k, in, ybar, r_.attributes(c), xbar, add);
    if (done || add) bars_.set(index(to), Value(xbar));
    return done;
  }

  Var by_formula(int k, const Call& c, std::span<const Value> in, const Value& y, const Value& ybar) const {
    Few<Var> operands(in.size());
    for (const Value& x : in) operands.push_back(x);
    const Var value = y, bar = ybar;
    return formula_adjoint(c.primitive, k, {operands, value, r_.attributes(c)}, bar);
  }

  Recording& r_;
  std::size_t first_, count_;
  Derivatives bars_;
  std::vector<NodeId> wanted_;
};

/// Reverse sweep over variables: it records itself where a recording is active, and carries many directions in lanes.
class RecordedAdjoint {
 public:
  RecordedAdjoint(Recording& r, std::size_t first, std::size_t count)
      : r_(r), first_(first), bars_(count), with_nodes_(active() == &r) {}

  void add(NodeId id, const Var& xbar) {
    const std::size_t k = index(id) - first_;
    if (k >= bars_.size() || r_.is_constant(index(id))) return;
    settle(k);
    const Var like = converted(xbar, r_.value(index(id)).dtype());
    bars_[k] = present(k) ? bars_[k] + like : like;
    present_[k] = true;
  }

  void run(std::span<const NodeId> wanted) {
    find_active(wanted);
    std::vector<bool> kept(bars_.size());
    for (const NodeId id : wanted) {
      if (index(id) - first_ < kept.size()) kept[index(id) - first_] = true;
    }
    for (std::size_t k = bars_.size(); k-- > 0;) {
      settle(k);
      if (present(k) && active_[k]) node(first_ + k, kept[k] ? bars_[k] : std::move(bars_[k]));
      else if (!kept[k]) bars_[k] = Var();
    }
  }

  Var get(NodeId id) const {
    const std::size_t k = index(id) - first_;
    if (k < bars_.size() && present_[k]) return bars_[k];
    return zeros_like(Var(r_.value(index(id))));
  }

 private:
  bool present(std::size_t k) const { return present_[k]; }

  /// Adds what was placed in an array's adjoint since it was last added to.
  void settle(std::size_t k) {
    if (placements_.empty()) return;
    const auto all = placements_.taken(k);
    if (all.empty()) return;
    const AtNode at(r_, all.front().node);
    std::optional<Var> before;
    if (present(k)) before = std::exchange(bars_[k], Var());
    bars_[k] = with_placements(std::move(before), all);
    present_[k] = true;
  }

  /// Only what depends on the wanted nodes is worth recording.
  void find_active(std::span<const NodeId> wanted) {
    for (const NodeId id : wanted) {
      if (index(id) - first_ < active_.size()) active_[index(id) - first_] = true;
    }
    const auto is_active = [&](NodeId id) {
      return index(id) - first_ < active_.size() && active_[index(id) - first_];
    };
    for (std::size_t k = 0; k < active_.size(); ++k) {
      if (!is_float(r_.dtype(first_ + k))) continue;
      r_.each_operand(first_ + k, [&](NodeId id) { active_[k] = active_[k] || is_active(id); });
    }
  }
  bool takes(NodeId id) const { return index(id) - first_ < active_.size() && active_[index(id) - first_]; }

  void node(std::size_t i, const Var ybar) {
    const AtNode at(r_, i);
    const std::uint16_t c = r_.code_of(i);
    if (c == code::input) add(r_.a(i), ybar);
    else if (c == code::call) call_node(i, ybar);
    else if (c == code::custom) custom_node(i, ybar);
    else if (c != code::constant) elementwise(i, static_cast<Op>(c), ybar);
  }

  void custom_node(std::size_t i, const Var& ybar) {
    const CustomCall c = r_.custom(i);
    std::vector<Var> in;
    for (const NodeId id : c.operands) in.push_back(seen(r_, id, with_nodes_ && !r_.is_constant(index(id))));
    const std::vector<Var> bars = c.rule->adjoint(in, seen(r_, static_cast<NodeId>(i), with_nodes_), ybar);
    for (std::size_t k = 0; k < bars.size(); ++k) {
      if (takes(c.operands[k]) && is_float(in[k].dtype())) add(c.operands[k], bars[k]);
    }
  }

  void elementwise(std::size_t i, Op op, const Var& ybar) {
    const rule::Primitive& p = rule::primitive(op);
    const Var y = seen(r_, static_cast<NodeId>(i), with_nodes_),
              a = seen(r_, r_.a(i), with_nodes_ && !r_.is_constant(index(r_.a(i))));
    const Var b = p.arity == 2 ? seen(r_, r_.b(i), with_nodes_ && !r_.is_constant(index(r_.b(i)))) : a;
    for (int k = 0; k < p.arity; ++k) {
      const NodeId to = k ? r_.b(i) : r_.a(i);
      const rule::Partial& part = p.partials[k];
      if (!takes(to) || (part.constant && part.number == 0)) continue;
      Var xbar = ybar;
      if (!part.constant) xbar = times_partial(op, k, ybar, partial_formula(op, k)(a, b, y));
      else if (part.number != 1) xbar = part.number == -1 ? -ybar : ybar * Var(part.number);
      if (debugger()) [[unlikely]] {
        const Var in[] = {a, b};
        debugger()->product(Direction::reverse, op, k, std::span(in, p.arity == 2 ? 2 : 1), y, ybar, xbar);
      }
      add(to, sum_to(xbar, (k ? b : a).shape()));
    }
  }

  void call_node(std::size_t i, const Var& ybar) {
    const Call c = r_.call(i);  // copies: recording moves the lists they lie in
    const rule::Structural& s = structural::info(c.primitive);
    if (s.kind == Kind::none) return;
    const std::vector<NodeId> nodes(r_.operands(c).begin(), r_.operands(c).end());
    const std::vector<std::int64_t> at(r_.attributes(c).begin(), r_.attributes(c).end());
    std::vector<Var> in;
    for (const NodeId id : nodes) in.push_back(seen(r_, id, with_nodes_ && !r_.is_constant(index(id))));
    const Var y = seen(r_, static_cast<NodeId>(i), with_nodes_);
    if (c.primitive == structural::id<structural::slice_set> && nodes[0] != nodes[1] && !debugger()) {
      return written(nodes, {in, y, at}, ybar);
    }
    for (std::size_t k = 0; k < nodes.size(); ++k) {
      if (!takes(nodes[k]) || (s.inert >> k & 1) || !is_float(in[k].dtype())) continue;
      if (is_part(c, in) && !debugger()) {
        Placements::Placement p{converted(ybar, in[k].dtype()), {in[k].dtype(), in[k].shape()}, at, i};
        if (in.size() > 1) p.positions = in[1];
        placements_.add(index(nodes[k]) - first_, std::move(p));
        continue;
      }
      const Var xbar = formula_adjoint(c.primitive, static_cast<int>(k), {in, y, at}, ybar);
      if (debugger()) [[unlikely]]
        debugger()->passage({Direction::reverse, s.name, static_cast<int>(k), in, y, ybar, xbar});
      add(nodes[k], xbar);
    }
  }

  /// A slice, or elements at positions that are the same in each run.
  static bool is_part(const Call& c, std::span<const Var> in) {
    if (c.primitive == structural::id<structural::slice>) return true;
    return c.primitive == structural::id<structural::gather> && !in[1].recorded() && !in[1].lanes;
  }
  /// Of an array with v written into a slice of it: v's part first, which zeros are written over then, where ybar lies.
  void written(std::span<const NodeId> nodes, const Operation<Var>& op, const Var& ybar) {
    constexpr CallId id = structural::id<structural::slice_set>;
    if (takes(nodes[1]) && is_float(op.in[1].dtype())) add(nodes[1], formula_adjoint(id, 1, op, ybar));
    if (!takes(nodes[0]) || !is_float(op.in[0].dtype())) return;
    const std::optional<Var> over = written_over(ybar, zero(ybar.dtype()), op.at, 0);
    add(nodes[0], over ? *over : formula_adjoint(id, 0, op, ybar));
  }

  Recording& r_;
  std::size_t first_;
  std::vector<Var> bars_;
  Placements placements_;
  std::vector<bool> present_ = std::vector<bool>(bars_.size()), active_ = std::vector<bool>(bars_.size());
  bool with_nodes_;
};

}  // namespace

SweepCounts& sweep_counts() {
  thread_local SweepCounts counts;
  return counts;
}

bool in_lanes(std::span<const Seed> seeds) {
  return std::any_of(seeds.begin(), seeds.end(), [](const Seed& s) { return s.derivative.lanes != 0; });
}

std::vector<Var> adjoint_sweep(Recording& r, NodeId first, std::span<const Seed> seeds, std::span<const NodeId> wanted,
                               Mode mode) {
  ++sweep_counts().reverse;
  std::size_t end = index(first);
  for (const Seed& s : seeds) {
    end = std::max(end, index(s.node) + 1);
    if (debugger()) [[unlikely]]
      debugger()->seeded(r.value(index(s.node)));
  }
  for (const NodeId id : wanted) end = std::max(end, index(id) + 1);
  std::vector<Var> out;
  const Activation scope(mode == Mode::record ? active() : nullptr);
  if (mode == Mode::values && !in_lanes(seeds) && !by_formulas()) {
    ValueAdjoint sweep(r, index(first), end - index(first), wanted);
    for (const Seed& s : seeds) sweep.bars().add(index(s.node), s.derivative.value);
    sweep.run();
    for (const NodeId id : wanted) out.emplace_back(sweep.bars().get(index(id)));
  } else {
    RecordedAdjoint sweep(r, index(first), end - index(first));
    for (const Seed& s : seeds) sweep.add(s.node, mode == Mode::record ? s.derivative : constant_of(s.derivative));
    sweep.run(wanted);
    for (const NodeId id : wanted) out.push_back(sweep.get(id));
  }
  return out;
}

}  // namespace wengert
