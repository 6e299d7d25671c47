#include "wengert/program/program.hpp"

#include "wengert/base/few.hpp"
#include "wengert/rule/elementwise.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/tape/guards.hpp"

namespace wengert::program {
namespace {

/// The same memory behind a header of its own.
Value borrowed(const Value& v) {
  if (!v.is_array()) return v;
  const Storage a = v.storage();
  return Value(borrow(
      a->dtype, a.shape(), a.strides(), a->data, [](void*) {}, nullptr));
}
bool is_borrowed(const Block* b) {
  while (b->base) b = b->base;
  return b->drop != nullptr;
}

}  // namespace

Program::Program(Built built)
    : listing_(std::move(built.listing)), recorded_(built.recorded), first_last_(listing_.size() + 1) {
  const std::size_t n = listing_.size();
  std::vector<std::size_t> last(n);  // 1 + the node that needs it last; of outputs none does
  for (std::size_t i = 0; i < n; ++i) {
    last[i] = i + 1;
    listing_.each_operand(i, [&](NodeId id) { last[index(id)] = i + 1; });
  }
  for (const NodeId id : listing_.outputs) last[index(id)] = 0;
  for (const std::size_t by : last) {
    if (by) ++first_last_[by];
  }
  for (std::size_t i = 0; i < n; ++i) first_last_[i + 1] += first_last_[i];
  last_.resize(first_last_[n]);
  std::vector<std::size_t> next(first_last_.begin(), first_last_.end() - 1);
  for (std::size_t i = 0; i < n; ++i) {
    if (last[i]) last_[next[last[i] - 1]++] = static_cast<NodeId>(i);
  }
}

Workspace::Workspace(const Program& p) : p_(p), slots_(p.listing().size()) {
  for (const Value& v : p.listing().constants) constants_.push_back(borrowed(v));
}

void Workspace::step(std::size_t i, std::span<const Value> inputs) {
  const Listing& list = p_.listing();
  const Node& n = list.nodes[i];
  if (n.code < code::elementwise_end) {
    const Value* b = n.b == NodeId::none ? nullptr : &slots_[index(n.b)];
    slots_[i] = rule::evaluate(rule::primitive(static_cast<Op>(n.code)), slots_[index(n.a)], b);
  } else if (n.code == code::call) {
    const Call& c = list.call(i);
    Few<Value> in(c.operands);
    for (const NodeId id : list.operands_of(c)) in.push_back(slots_[index(id)]);
    slots_[i] = structural::info(c.primitive).value(in, list.attributes_of(c));
  } else if (n.code == code::input) {
    slots_[i] = borrowed(inputs[index(n.a)]);
  } else {
    slots_[i] = constants_[index(n.a)];
  }
}

/// What leaves the workspace has memory that nobody else has.
Value Workspace::own(const Value& v) const {
  if (!v.is_array() || !is_borrowed(v.block())) return v;
  const Storage mine = allocate(v.dtype(), v.shape());
  copy(v.storage(), mine);
  return Value(mine);
}

std::optional<Failure> Workspace::run(std::span<const Value> inputs, std::vector<Value>& outputs) {
  const Listing& list = p_.listing();
  auto guard = list.guards.begin();
  std::optional<Failure> failure;
  for (std::size_t i = 0; i < list.size() && !failure; ++i) {
    step(i, inputs);
    for (; guard != list.guards.end() && index(guard->node) == i; ++guard) {
      const Value now = guarded_outcome(guard->kind, slots_[i]);
      if (same_outcome(now, guard->outcome)) continue;
      failure = Failure{static_cast<std::size_t>(guard - list.guards.begin()), own(now)};
      break;
    }
    for (const NodeId id : p_.last_uses(i)) slots_[index(id)] = Value();
  }
  outputs.clear();
  if (!failure) {
    for (const NodeId id : list.outputs) outputs.push_back(own(slots_[index(id)]));
  }
  std::fill(slots_.begin(), slots_.end(), Value());
  return failure;
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
      slots[i] = call(c.primitive, in, list.attributes_of(c));
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
    for (const NodeId id : p.last_uses(i)) slots[index(id)] = Var();
  }
  for (const NodeId id : list.outputs) outputs.push_back(slots[index(id)]);
  return std::nullopt;
}

}  // namespace wengert::program
