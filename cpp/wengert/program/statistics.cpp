#include <algorithm>

#include "wengert/program/program.hpp"
#include "wengert/rule/structural/list.hpp"

namespace wengert::program {
namespace {

double count(const Type& t) { return static_cast<double>(element_count(t.shape)); }

/// An elementwise operation's own, of every element; two a term of a product of matrices; else one an element read.
double flops(const Listing& p, std::size_t i) {
  const Node& n = p.nodes[i];
  if (n.code < code::elementwise_end) return count(p.type(i)) * rule::primitive(static_cast<Op>(n.code)).flops;
  if (n.code != code::call) return 0;
  const Call& c = p.call(i);
  const Type& first = p.type(index(p.operands_of(c)[0]));
  if (c.primitive == structural::id<structural::matmul>) {
    const bool turned = p.attributes_of(c)[0] != 0;
    const int inner = first.shape.count() - (turned && first.shape.count() > 1 ? 2 : 1);
    return 2 * count(p.type(i)) * static_cast<double>(first.shape[inner]);
  }
  return std::max(count(first), count(p.type(i)));
}

}  // namespace

std::vector<std::size_t> live_bytes(const Program& program) {
  const Listing& p = program.listing();
  const Plan& plan = program.plan();
  const auto bytes = [&](NodeId id) {
    const Type& t = p.type(index(id));
    return static_cast<std::size_t>(element_count(t.shape)) * item_size(t.dtype);
  };
  std::size_t now = plan.slots * sizeof(double);
  std::vector<std::size_t> live;
  for (std::size_t s = 0; s < plan.steps.size(); ++s) {
    const Step& step = plan.steps[s];
    if (step.kind == Step::Kind::group) {
      const GroupUse& use = plan.uses[step.first];
      const Group& g = plan.groups[use.group];
      for (std::size_t k = 0; k < g.stores.size(); ++k) now += bytes(plan.places[use.first + g.loads.size() + k]);
    } else if (step.kind == Step::Kind::repeat) {
      for (const NodeId id : plan.repeats[step.first].outputs) now += bytes(id);
    } else if (step.kind == Step::Kind::call && plan.home[step.first] == Plan::Home::array) {
      now += bytes(static_cast<NodeId>(step.first));
    }
    live.push_back(now);
    for (std::size_t k = plan.first_released[s]; k < plan.first_released[s + 1]; ++k) {
      const std::uint16_t c = p.nodes[index(plan.released[k])].code;
      const std::size_t gone = bytes(plan.released[k]);
      if (c != code::input && c != code::constant) now -= std::min(now, gone);
    }
  }
  return live;
}

Statistics statistics(const Program& program) {
  const Plan& plan = program.plan();
  Statistics s;
  s.groups = plan.uses.size();
  s.repeats = plan.repeats.size();
  s.scalars = plan.scalars.size();
  for (const Stretch& t : plan.stretches) {
    s.small += std::size_t{t.count} * t.times;
    s.repeats += t.times > 1;
  }
  for (const Step& step : plan.steps) s.calls += step.kind == Step::Kind::call;
  for (std::size_t i = 0; i < program.listing().size(); ++i) s.flops += flops(program.listing(), i);
  const std::vector<std::size_t> live = live_bytes(program);
  s.arena_bytes = live.empty() ? 0 : *std::ranges::max_element(live);
  return s;
}

}  // namespace wengert::program
