#include "wengert/program/framed.hpp"

#include <cstring>

#include "wengert/program/group_run.hpp"

namespace wengert::program {
namespace {

std::uint32_t bytes(const Type& t) { return static_cast<std::uint32_t>(bytes_of(t)); }

Value header(const Type& t) {
  return Value(borrow(
      t.dtype, t.shape, row_major(t.shape), nullptr, [](void*) {}, nullptr));
}

}  // namespace

Framed::Framed(const Listing& p, const Plan& plan) : direct_(p.size()) {
  choose_inputs(p, plan);
  choose_steps(p, plan);
  choose_outputs(p, plan);
}

/// Numbers, and what is taken among the numbers wherever it is used.
void Framed::choose_inputs(const Listing& p, const Plan& plan) {
  std::vector<bool> as_array(p.size());
  const auto use = [&](NodeId id) { as_array[index(id)] = true; };
  for (const Step& s : plan.steps) {
    if (s.kind == Step::Kind::call) p.each_operand(s.first, use);
    if (s.kind == Step::Kind::repeat) {
      for (const Repeat::Source& in : plan.repeats[s.first].inputs) use(in.node);
    }
    if (s.kind != Step::Kind::group) continue;
    const GroupUse& g = plan.uses[s.first];
    for (std::size_t k = 0; k < plan.groups[g.group].loads.size(); ++k) use(plan.places[g.first + k]);
  }
  for (const NodeId id : p.outputs) use(id);
  for (const Guard& g : p.guards) use(g.node);
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p.nodes[i].code != code::input) continue;
    const auto k = static_cast<std::uint32_t>(index(p.nodes[i].a));
    const bool number = plan.home[i] == Plan::Home::number && p.type(i).dtype == Dtype::float64;
    direct_[i] = number || (plan.home[i] == Plan::Home::array && !as_array[i]);
    if (number) numbers.push_back({k, sizeof(double), plan.slot_of[i]});
    if (!direct_[i]) looked_at.push_back(k);
    if (!direct_[i] && plan.home[i] == Plan::Home::number) truths.push_back(static_cast<NodeId>(i));
  }
  for (const Type& t : p.inputs) inputs.push_back(header(t));
}

void Framed::choose_steps(const Listing& p, const Plan& plan) {
  for (std::uint32_t n = 0; n < plan.steps.size(); ++n) {
    One one{plan.steps[n], n, static_cast<std::uint32_t>(released.size()), 0};
    const std::size_t i = one.step.first;
    const bool input = one.step.kind == Step::Kind::input, constant = one.step.kind == Step::Kind::constant;
    if (one.step.kind == Step::Kind::take && direct_[i]) {
      one.step = {Step::Kind::input, static_cast<std::uint32_t>(taken.size()), 1};
      taken.push_back({static_cast<std::uint32_t>(index(p.nodes[i].a)), bytes(p.type(i)), plan.steps[n].count});
    }
    for (std::size_t k = plan.first_released[n]; k < plan.first_released[n + 1]; ++k) {
      if (!p.is_source(index(plan.released[k]))) released.push_back(plan.released[k]);
    }
    one.last = static_cast<std::uint32_t>(released.size());
    if (!input && !constant) steps.push_back(one);
  }
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (!p.is_source(i) && plan.home[i] == Plan::Home::array) made.push_back(static_cast<NodeId>(i));
  }
}

void Framed::choose_outputs(const Listing& p, const Plan& plan) {
  for (std::uint32_t k = 0; k < p.outputs.size(); ++k) {
    const std::size_t i = index(p.outputs[k]);
    const Type& t = p.type(i);
    const bool there =
        plan.home[i] == Plan::Home::small || (plan.home[i] == Plan::Home::number && t.dtype == Dtype::float64);
    if (there) given.push_back({k, bytes(t), p.outputs[k]});
    else written.push_back(k);
  }
}

void Workspace::begin(const Frame& frame) {
  if (!framed_) {
    const Listing& p = p_.listing();
    framed_ = std::make_unique<Framed>(p, plan_);
    for (std::size_t i = 0; i < p.size(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (p.nodes[i].code == code::constant) put(id, constants_[index(p.nodes[i].a)]);
      if (p.nodes[i].code == code::input && plan_.home[i] == Plan::Home::array) {
        array(id) = framed_->inputs[index(p.nodes[i].a)];
      }
    }
  }
  for (const Framed::Taken& t : framed_->numbers)
    std::memcpy(numbers_.data() + t.to, frame.in[t.input], sizeof(double));
  for (const std::uint32_t k : framed_->looked_at) {
    framed_->inputs[k].block()->data = const_cast<std::byte*>(frame.in[k]);
  }
  for (const NodeId id : framed_->truths) {
    number(id) = element(framed_->inputs[index(p_.listing().nodes[index(id)].a)], 0);
  }
}

void Workspace::write(NodeId id, std::byte* to) const {
  const Type& t = p_.listing().type(index(id));
  const Storage a = strided(get(id), t.dtype);
  if (a->contiguous) return static_cast<void>(std::memcpy(to, a->data, bytes(t)));
  copy(a, borrow(
              t.dtype, t.shape, row_major(t.shape), to, [](void*) {}, nullptr));
}

std::optional<Failure> Workspace::framed_steps(const Frame& frame) {
  std::size_t guard = 0;
  for (const Framed::One& s : framed_->steps) {
    if (s.step.kind == Step::Kind::input) {
      const Framed::Taken& t = framed_->taken[s.step.first];
      std::memcpy(numbers_.data() + t.to, frame.in[t.input], t.bytes);
    } else {
      step(s.step, {});
    }
    if (guard < plan_.step_of_guard.size()) {
      if (std::optional<Failure> failure = failed_guard(guard, s.number)) return failure;
    }
    for (std::uint32_t k = s.first; k < s.last; ++k) array(framed_->released[k]) = Value();
  }
  return failed_guard(guard, plan_.steps.size());
}

std::optional<Failure> Workspace::run(const Frame& frame) {
  begin(frame);
  // Whatever happens, an exception too, no array outlives the run.
  struct Empty {
    Workspace& w;
    ~Empty() {
      for (const NodeId id : w.framed_->made) w.array(id) = Value();
    }
  } const empty{*this};
  if (std::optional<Failure> failure = framed_steps(frame)) return failure;
  for (const Framed::Given& y : framed_->given) {
    if (frame.out[y.output]) std::memcpy(frame.out[y.output], &number(y.node), y.bytes);
  }
  for (const std::uint32_t k : framed_->written) {
    if (frame.out[k]) write(p_.listing().outputs[k], frame.out[k]);
  }
  return std::nullopt;
}

}  // namespace wengert::program
