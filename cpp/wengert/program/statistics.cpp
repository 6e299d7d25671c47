#include <algorithm>

#include "wengert/program/layout.hpp"
#include "wengert/program/program.hpp"
#include "wengert/rule/structural/list.hpp"

namespace wengert::program {
namespace {

double count(const Type& t) { return static_cast<double>(element_count(t.shape)); }

}  // namespace

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
  if (c.primitive == structural::id<structural::slice>) return count(p.type(i));
  return std::max(count(first), count(p.type(i)));
}

std::size_t bytes_of(const Type& t) { return static_cast<std::size_t>(element_count(t.shape)) * item_size(t.dtype); }

namespace {

/// Calls f(node) for each array that a step of the plan makes.
template <class F>
void each_array_made(const Plan& plan, const Step& step, F&& f) {
  if (step.kind == Step::Kind::group) {
    const GroupUse& use = plan.uses[step.first];
    const Group& g = plan.groups[use.group];
    for (std::size_t k = 0; k < g.stores.size(); ++k) f(plan.places[use.first + g.loads.size() + k]);
  } else if (step.kind == Step::Kind::repeat) {
    for (const NodeId id : plan.repeats[step.first].outputs) f(id);
  } else if (step.kind == Step::Kind::call && plan.home[step.first] == Plan::Home::array) {
    f(static_cast<NodeId>(step.first));
  }
}

}  // namespace

/// The node whose memory a node's value lies in: its own, or that of what it is another look at.
static std::vector<std::size_t> owners(const Program& program) {
  const Listing& p = program.listing();
  std::vector<std::size_t> owner(p.size());
  std::vector<bool> rows(p.size());
  for (std::size_t i = 0; i < p.size(); ++i) {
    using namespace structural;
    rows[i] = lies_row_by_row(p, i, rows, true);
    owner[i] = i;
    if (program.plan().home[i] != Plan::Home::array || !is<reshape, transpose, broadcast_to, slice, stop>(p, i))
      continue;
    const std::size_t x = index(p.operands_of(p.call(i))[0]);
    const bool copies = is<reshape>(p, i) && !rows[x];  // what its axes cannot be told by strides
    if (program.plan().home[x] == Plan::Home::array && !copies) owner[i] = owner[x];
  }
  return owner;
}

std::vector<std::size_t> stored_bytes(const Program& program) {
  const Listing& p = program.listing();
  const Plan& plan = program.plan();
  const std::vector<std::size_t> owner = owners(program);
  std::vector<std::size_t> all(p.size());
  const auto store = [&](NodeId id) {
    all[index(id)] = owner[index(id)] == index(id) ? bytes_of(p.type(index(id))) : 0;
  };
  for (const Step& step : plan.steps) each_array_made(plan, step, store);
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p.is_source(i) || plan.home[i] == Plan::Home::array) continue;
    all[i] = sizeof(double) * static_cast<std::size_t>(element_count(p.type(i).shape));
  }
  return all;
}

std::vector<std::size_t> live_bytes(const Program& program) {
  const Listing& p = program.listing();
  const Plan& plan = program.plan();
  const std::vector<std::size_t> owner = owners(program);
  std::vector<bool> made(p.size());
  std::vector<std::uint32_t> looks(p.size());
  std::size_t now = plan.slots * sizeof(double);
  std::vector<std::size_t> live;
  for (std::size_t s = 0; s < plan.steps.size(); ++s) {
    each_array_made(plan, plan.steps[s], [&](NodeId id) {
      const std::size_t at = owner[index(id)];
      made[index(id)] = true;
      if (!p.is_source(at) && looks[at]++ == 0) now += bytes_of(p.type(at));
    });
    live.push_back(now);
    for (std::size_t k = plan.first_released[s]; k < plan.first_released[s + 1]; ++k) {
      const std::size_t i = index(plan.released[k]), at = owner[i];
      if (made[i] && !p.is_source(at) && --looks[at] == 0) now -= bytes_of(p.type(at));
    }
  }
  return live;
}

std::size_t most_bytes(const Program& program) {
  const std::vector<std::size_t> live = live_bytes(program);
  return live.empty() ? 0 : *std::ranges::max_element(live);
}

Statistics statistics(const Program& program) {
  const Plan& plan = program.plan();
  Statistics s;
  s.groups = plan.uses.size();
  s.repeats = plan.repeats.size();
  s.scalars = static_cast<std::size_t>(
      std::ranges::count_if(plan.scalars, [](const ScalarStep& t) { return t.op != ScalarStep::side_by_side; }));
  for (const Stretch& t : plan.stretches) {
    s.small += std::size_t{t.count} * t.times;
    s.repeats += t.times > 1;
  }
  for (const Step& step : plan.steps) s.calls += step.kind == Step::Kind::call;
  for (std::size_t i = 0; i < program.listing().size(); ++i) s.flops += flops(program.listing(), i);
  s.arena_bytes = most_bytes(program);
  return s;
}

}  // namespace wengert::program
