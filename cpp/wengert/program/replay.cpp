#include <algorithm>
#include <cstring>
#include <exception>

#include "wengert/base/few.hpp"
#include "wengert/base/pace.hpp"
#include "wengert/base/pool.hpp"
#include "wengert/base/threads.hpp"
#include "wengert/program/framed.hpp"
#include "wengert/program/group_run.hpp"
#include "wengert/program/program.hpp"
#include "wengert/program/roll.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/tape/guards.hpp"

namespace wengert::program {
Value borrowed(const Value& v) {
  if (!v.is_array()) return v;
  const Block& b = *v.block();
  return Value(borrow(
      b.dtype, v.shape(), Dims(std::span(b.strides(), b.ndim)), b.data, [](void*) {}, nullptr));
}

namespace {

/// What leaves the workspace has memory that nobody else has.
Value own(const Value& v) {
  if (!v.is_array()) return v;
  const Block* root = v.block();
  while (root->base) root = root->base;
  if (!root->drop) return v;
  const Storage mine = allocate(v.dtype(), v.shape());
  copy(v.storage(), mine);
  return Value(mine);
}

}  // namespace

Arena::Arena(std::size_t count) : bytes_(count * sizeof(double)), first_(static_cast<double*>(pool::take(bytes_))) {
  std::fill_n(first_, count, 0.0);
}
Arena::~Arena() { pool::give(first_, bytes_); }

Workspace::Workspace(const Program& p, const Plan& plan)
    : p_(p), plan_(plan), numbers_(plan.slots), arrays_(plan.arrays), run_(std::make_unique<GroupRun>()) {
  for (const Value& v : p.listing().constants) constants_.push_back(borrowed(v));
  for (const Preset& s : plan.presets) preset(s);
}

Workspace::~Workspace() = default;

void Workspace::preset(const Preset& s) {
  const Storage a = contiguous(
      strided(constants_[index(p_.listing().nodes[index(s.constant)].a)], p_.listing().type(index(s.constant)).dtype));
  if (s.spread) return spread(a.data<double>(), numbers_.data() + s.slot, s.n);
  std::memcpy(numbers_.data() + s.slot, a->data, static_cast<std::size_t>(a->size) * item_size(a->dtype));
}

Value Workspace::get(NodeId id) const {
  const Plan::Home home = plan_.home[index(id)];
  if (home == Plan::Home::array) return array(id);
  const Type& t = p_.listing().type(index(id));
  double& first = number(id);
  if (home == Plan::Home::small) {
    return Value(borrow(
        t.dtype, t.shape, row_major(t.shape), reinterpret_cast<std::byte*>(&first), [](void*) {}, nullptr));
  }
  return t.dtype == Dtype::boolean ? full(Dtype::boolean, {}, first) : Value::number(first);
}

void Workspace::put(NodeId id, const Value& v) {
  if (plan_.home[index(id)] == Plan::Home::number) number(id) = element(v, 0);
  else array(id) = v;
}

/// A copy among the numbers, row by row.
void Workspace::take(NodeId id, Slot to) {
  const Value& v = array(id);
  const Block& a = *v.block();
  const std::size_t bytes = static_cast<std::size_t>(a.size) * item_size(a.dtype);
  auto* const data = reinterpret_cast<std::byte*>(numbers_.data() + to);
  if (a.contiguous) return static_cast<void>(std::memcpy(data, a.data, bytes));
  const Shape shape = v.shape();
  copy(v.storage(), borrow(
                        a.dtype, shape, row_major(shape), data, [](void*) {}, nullptr));
}

void Workspace::group(const GroupUse& use) {
  const Group& g = plan_.groups[use.group];
  const NodeId* node = plan_.places.data() + use.first;
  GroupRun& run = *run_;
  run.begin(g);
  for (const Group::Place& load : g.loads) run.load(load.row, get(*node++));
  for (const Group::Place& store : g.stores) {
    array(*node) = run.store(store.row, p_.listing().type(index(*node)).dtype);
    ++node;
  }
  for (std::size_t k = 0; k < g.line_sums.size(); ++k) {
    const NodeId id = node[g.sums.size() + k];
    array(id) = run.store_lines(p_.listing().type(index(id)));
  }
  run.all();
  for (std::size_t k = 0; k < g.sums.size(); ++k) number(*node++) = run.sum(k);
}

namespace {

/// Slices number from ... to - 1 of a repeat. What the caller holds is borrowed: its references are not counted here.
void run_slices(const Repeat& r, Workspace& body, std::span<const Value> inputs, std::span<const Value> outputs,
                std::int64_t from, std::int64_t to) {
  std::vector<Value> all, here(inputs.size()), found, whole;
  for (const Value& v : inputs) all.push_back(borrowed(v));
  for (const Value& v : outputs) whole.push_back(borrowed(v));
  for (std::int64_t k = from; k < to; ++k) {
    for (std::size_t j = 0; j < all.size(); ++j) here[j] = r.inputs[j].sliced ? slice_of(all[j], k, r.width) : all[j];
    body.run(here, found);
    for (std::size_t j = 0; j < found.size(); ++j) copy(found[j].storage(), slice_of(whole[j], k, r.width).storage());
  }
}

}  // namespace

void Workspace::repeat(std::uint32_t number) {
  const Repeat& r = plan_.repeats[number];
  const std::int64_t slices = r.count / r.width;
  const int parts = static_cast<int>(std::min<std::int64_t>(slices, threads::count()));
  bodies_.resize(plan_.repeats.size());
  auto& bodies = bodies_[number];
  while (bodies.size() < static_cast<std::size_t>(parts)) bodies.push_back(std::make_unique<Workspace>(*r.body));
  std::vector<Value> inputs;
  for (const Repeat::Source& s : r.inputs) inputs.push_back(get(s.node));
  std::vector<Value> outputs;
  for (const NodeId id : r.outputs) {
    const Type& t = p_.listing().type(index(id));
    outputs.push_back(Value(allocate(t.dtype, t.shape)));
    put(id, outputs.back());
  }
  std::vector<std::exception_ptr> failed(static_cast<std::size_t>(parts));
  threads::each_part(parts, [&](int part, int) {
    try {
      run_slices(r, *bodies[static_cast<std::size_t>(part)], inputs, outputs, slices * part / parts,
                 slices * (part + 1) / parts);
    } catch (...) {
      failed[static_cast<std::size_t>(part)] = std::current_exception();
    }
  });
  for (const std::exception_ptr& e : failed) {
    if (e) std::rethrow_exception(e);
  }
}

void Workspace::call(std::size_t i) {
  const Listing& list = p_.listing();
  const Node& n = list.nodes[i];
  if (n.code < code::elementwise_end) {
    const Value a = get(n.a), b = n.b == NodeId::none ? a : get(n.b);
    put(static_cast<NodeId>(i),
        rule::evaluate(rule::primitive(static_cast<Op>(n.code)), a, n.b == NodeId::none ? nullptr : &b));
    return;
  }
  const Call& c = list.call(i);
  Few<Value> in(c.operands);
  for (const NodeId id : list.operands_of(c)) in.push_back(get(id));
  put(static_cast<NodeId>(i), structural::info(c.primitive).value(in, list.attributes_of(c)));
}

void Workspace::step(const Step& s, std::span<const Value> inputs) {
  const Node* const nodes = p_.listing().nodes.data();
  switch (s.kind) {
    case Step::Kind::scalars: return run_scalars(std::span(plan_.scalars).subspan(s.first, s.count), numbers_.data());
    case Step::Kind::small:
      for (const Stretch& t : std::span(plan_.stretches).subspan(s.first, s.count)) {
        run_stretch(plan_, t, body_, numbers_.data());
      }
      return;
    case Step::Kind::take: return take(static_cast<NodeId>(s.first), s.count);
    case Step::Kind::group: return group(plan_.uses[s.first]);
    case Step::Kind::repeat: return repeat(s.first);
    case Step::Kind::call: return call(s.first);
    case Step::Kind::input: return put(static_cast<NodeId>(s.first), borrowed(inputs[index(nodes[s.first].a)]));
    case Step::Kind::constant: return put(static_cast<NodeId>(s.first), constants_[index(nodes[s.first].a)]);
  }
}

/// The first guard of this step that does not hold.
std::optional<Failure> Workspace::failed_guard(std::size_t& next, std::size_t step) const {
  const auto& guards = p_.listing().guards;
  for (; next < guards.size() && plan_.step_of_guard[next] <= step; ++next) {
    const Value now = guarded_outcome(guards[next].kind, get(guards[next].node));
    if (!same_outcome(now, guards[next].outcome)) return Failure{next, own(now)};
  }
  return std::nullopt;
}

bool Workspace::lie_row_by_row(std::span<const Value> inputs) const {
  return std::ranges::all_of(inputs, [](const Value& v) { return !v.is_array() || v.block()->contiguous; });
}

std::optional<Failure> Workspace::run(std::span<const Value> inputs, std::vector<Value>& outputs,
                                      const std::function<void()>& look_up) {
  if (plan_.row_by_row && !lie_row_by_row(inputs)) {
    if (!any_) any_.reset(new Workspace(p_, p_.plan_for_any_inputs()));
    return any_->run(inputs, outputs, look_up);
  }
  const Plan& plan = plan_;
  framed_.reset();  // its constants lie where they would be cleared
  // Whatever happens, an exception too, no array outlives the run.
  struct Empty {
    std::vector<Value>& arrays;
    ~Empty() { std::fill(arrays.begin(), arrays.end(), Value()); }
  } const empty{arrays_};
  std::size_t guard = 0;
  Watch watch;
  for (std::size_t s = 0; s < plan.steps.size(); ++s) {
    step(plan.steps[s], inputs);
    if (look_up && watch.look()) look_up();
    if (guard < plan.step_of_guard.size()) {
      if (std::optional<Failure> failure = failed_guard(guard, s)) return failure;
    }
    for (std::size_t k = plan.first_released[s]; k < plan.first_released[s + 1]; ++k) {
      array(plan.released[k]) = Value();
    }
  }
  outputs.clear();
  for (const NodeId id : p_.listing().outputs) outputs.push_back(own(get(id)));
  return std::nullopt;
}

std::optional<Failure> replay_on_variables(const Program& p, std::span<const Var> inputs, std::vector<Var>& outputs) {
  const Listing& list = p.listing();
  std::vector<Var> slots(list.size());
  auto guard = list.guards.begin();
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Node& n = list.nodes[i];
    if (n.code < code::elementwise_end) {
      const auto op = static_cast<Op>(n.code);
      slots[i] = n.b == NodeId::none ? apply(op, slots[index(n.a)]) : apply(op, slots[index(n.a)], slots[index(n.b)]);
    } else if (n.code == code::call) {
      const Call& c = list.call(i);
      std::vector<Var> in;
      for (const NodeId id : list.operands_of(c)) in.push_back(slots[index(id)]);
      slots[i] = wengert::call(c.primitive, in, list.attributes_of(c));
    } else if (n.code == code::input) {
      slots[i] = inputs[index(n.a)];
    } else {
      slots[i] = list.constants[index(n.a)];
    }
    for (; guard != list.guards.end() && index(guard->node) == i; ++guard) {
      leave_guard(slots[i], guard->kind);
      Value now = guarded_outcome(guard->kind, slots[i].value);
      if (!same_outcome(now, guard->outcome))
        return Failure{static_cast<std::size_t>(guard - list.guards.begin()), now};
    }
  }
  for (const Mark& m : list.marks) {
    if (active()) active()->mark(slots[index(m.node)].node, m.name);
  }
  for (const NodeId id : list.outputs) outputs.push_back(slots[index(id)]);
  return std::nullopt;
}

}  // namespace wengert::program
