#include "wengert/program/plan.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "wengert/program/group_plan.hpp"
#include "wengert/program/layout.hpp"
#include "wengert/program/order.hpp"
#include "wengert/program/places.hpp"
#include "wengert/program/roll.hpp"
#include "wengert/rule/structural/list.hpp"

namespace wengert::program {

bool is_scalar(const Type& t) {
  return t.shape.count() == 0 && (t.dtype == Dtype::float64 || t.dtype == Dtype::boolean);
}

namespace {

/// Groups while they are being put together.
class Planner {
 public:
  Planner(const Listing& p, Regions regions, Inputs inputs)
      : p_(p),
        region_(std::move(regions.of)),
        small_(p, plan_, region_, inputs == Inputs::any_way),
        step_(p.size()),
        taken_in_(p.size()),
        reduced_(p.size()) {
    plan_.repeats = std::move(regions.repeats);
    step_of_region_.resize(plan_.repeats.size());
  }

  Plan plan() {
    find_pairs();
    among_small_ = mostly_small();
    // What comes from outside is there from the beginning: no group need end for it.
    for (std::size_t i = 0; i < p_.size(); ++i) {
      if (p_.is_source(i)) place(i);
    }
    auto stage = p_.stages.begin();
    for (std::size_t i = 0; i < p_.size(); ++i) {
      for (; stage != p_.stages.end() && index(*stage) == i; ++stage) last_group_.clear();
      if (!p_.is_source(i)) place(i);
    }
    count_uses();
    place_numbers();
    for (std::uint32_t g = 0; g < members_.size(); ++g) use(group(g));
    for (const Guard& g : p_.guards) plan_.step_of_guard.push_back(step_[index(g.node)]);
    release();
    return std::move(plan_);
  }

 private:
  using Kind = Step::Kind;
  static constexpr std::size_t most_rows = 4096;

  const Type& type(NodeId id) const { return p_.type(index(id)); }

  bool scalar_step(std::size_t i) const {
    const Node& n = p_.nodes[i];
    if (is_select(p_, i)) return selects_numbers(p_, i);
    if (n.code >= code::elementwise_end || !is_scalar(p_.type(i))) return false;
    const auto number = [&](NodeId id) { return id == NodeId::none || is_number(id); };
    return number(n.a) && number(n.b);
  }
  bool is_number(NodeId id) const { return is_scalar(type(id)) && type(id).dtype == Dtype::float64; }

  bool groupable(std::size_t i) const {
    const Type& t = p_.type(i);
    if (t.shape.count() == 0) return false;
    if (is_select(p_, i)) return t.dtype == Dtype::float64 || t.dtype == Dtype::float32;
    const Node& n = p_.nodes[i];
    if (n.code >= code::elementwise_end) return false;
    const Dtype d = type(n.a).dtype;
    const rule::Primitive& q = rule::primitive(static_cast<Op>(n.code));
    return (d == Dtype::float64 || d == Dtype::float32) && q.value[index(d)] &&
           (t.dtype == d || t.dtype == Dtype::boolean);
  }
  /// A sum of all elements to a scalar.
  bool full_sum(std::size_t i) const {
    if (!is<structural::sum>(p_, i)) return false;
    const NodeId x = p_.operands_of(p_.call(i))[0];
    return is_scalar(p_.type(i)) && type(x).dtype == Dtype::float64 && type(x).shape.count() > 0 &&
           element_count(type(x).shape) > 0;
  }

  /// The length of the lines, where it sums the last axes of float64 numbers and a few lines fit a block; or 0.
  std::int64_t line_sum(std::size_t i) const {
    if (!is<structural::sum>(p_, i) || is_scalar(p_.type(i))) return 0;
    const Type& x = type(p_.operands_of(p_.call(i))[0]);
    const Attributes at = p_.attributes_of(p_.call(i));
    if (x.dtype != Dtype::float64 || element_count(x.shape) == 0) return 0;
    std::int64_t line = 1;
    for (std::size_t k = 1; k < at.size(); ++k) {
      const int axis = x.shape.count() - static_cast<int>(at.size() - k);
      if (at[k] != axis) return 0;
      line *= x.shape[axis];
    }
    return line > 1 && line <= rule::block_size / 4 ? line : 0;
  }
  /// At the end of the group that its operand is in, if that is open to it.
  bool ends_group(std::size_t i) {
    const std::int64_t line = full_sum(i) ? 1 : line_sum(i);
    if (!line) return false;
    const NodeId x = p_.operands_of(p_.call(i))[0];
    const Step& s = plan_.steps[step_[index(x)]];
    if (s.kind != Kind::group || region_[index(x)] || reduced_[index(x)] || !groupable(index(x))) return false;
    std::int64_t& taken = line_[s.first];
    // Blocks of lines of one length only; beside them a sum of all, which is made of whole blocks.
    const auto [less, more] = std::minmax(taken, line);
    if (taken && taken != line && (less > 1 || rule::block_size % more)) return false;
    taken = more;
    members_[s.first].push_back(static_cast<NodeId>(i));
    step_[i] = step_[index(x)];
    reduced_[i] = true;
    return true;
  }

  void place(std::size_t i) {
    if (region_[i]) return place_in_region(i);
    if (scalar_step(i)) return place_scalar(i);
    if (small_.takes(i)) return place_small(i);
    if (small_.read_through(i)) return follow(i);
    if (groupable(i)) return place_in_group(i);
    if (ends_group(i)) return;
    const std::uint16_t c = p_.nodes[i].code;
    const Kind kind = c == code::input ? Kind::input : c == code::constant ? Kind::constant : Kind::call;
    push({kind, static_cast<std::uint32_t>(i), 1}, i);
  }
  void place_small(std::size_t i) {
    small_.each_missing(i, [&](NodeId id, NodeId where) {
      push({Kind::take, static_cast<std::uint32_t>(id), static_cast<std::uint32_t>(where)}, i);
      taken_in_[index(id)] = step_[i];
    });
    const auto at = static_cast<std::uint32_t>(plan_.small.size());
    small_.place(i);
    const auto count = static_cast<std::uint32_t>(plan_.small.size()) - at;
    if (count == 0) return follow(i);
    add(Kind::small, at, count, i);
  }
  /// Nothing is done for it beyond what its operands take.
  void follow(std::size_t i) {
    p_.each_operand(i, [&](NodeId id) { step_[i] = std::max({step_[i], step_[index(id)], taken_in_[index(id)]}); });
  }
  /// To the list of steps of a kind that the last step goes through, or a new one.
  void add(Kind kind, std::uint32_t at, std::uint32_t count, std::size_t i) {
    if (plan_.steps.empty() || plan_.steps.back().kind != kind) return push({kind, at, count}, i);
    plan_.steps.back().count += count;
    step_[i] = static_cast<std::uint32_t>(plan_.steps.size() - 1);
  }
  /// Where the first of its members is.
  void place_in_region(std::size_t i) {
    std::uint32_t& step = step_of_region_[region_[i] - 1];
    if (step) step_[i] = step - 1;
    else push({Kind::repeat, region_[i] - 1, 1}, i), step = step_[i] + 1;
  }
  void push(const Step& s, std::size_t i) {
    plan_.steps.push_back(s);
    step_[i] = static_cast<std::uint32_t>(plan_.steps.size() - 1);
  }

  /// Numbers among small arrays go into their list: a loop over both is in one piece.
  bool mostly_small() const {
    std::size_t small = 0, numbers = 0;
    for (std::size_t i = 0; i < p_.size(); ++i) {
      small += small_.takes(i) && !is<structural::slice, structural::reshape, structural::stop>(p_, i);
      numbers += scalar_step(i);
    }
    return small > numbers;
  }

  /// The first of a pair of functions of the same number to come computes both.
  void place_scalar(std::size_t i) {
    const Node& n = p_.nodes[i];
    if (among_small_ && n.code != code::call) {
      const auto at = static_cast<std::uint32_t>(plan_.small.size());
      small_.place_number(i);
      return add(Kind::small, at, 1, i);
    }
    const auto pair = pairs_.find(i);
    if (pair != pairs_.end() && placed_.contains(pair->second.first)) {
      step_[i] = step_[pair->second.first == i ? pair->second.second : pair->second.first];
      return;
    }
    const auto at = static_cast<std::uint32_t>(plan_.scalars.size());
    // Nodes for now; place_numbers puts slots there.
    const auto a = static_cast<Slot>(n.a);
    if (n.code == code::call) {
      const auto in = p_.operands_of(p_.call(i));
      const auto condition = static_cast<Slot>(in[0]);
      plan_.scalars.push_back({ScalarStep::condition, condition, condition, condition});
      plan_.scalars.push_back(
          {ScalarStep::choose, static_cast<Slot>(in[1]), static_cast<Slot>(in[2]), static_cast<Slot>(i)});
    } else if (pair != pairs_.end()) {
      const auto [first, second] = pair->second;
      plan_.scalars.push_back({ScalarStep::both, a, static_cast<Slot>(second), static_cast<Slot>(first)});
      placed_.insert(first);
    } else {
      plan_.scalars.push_back(
          {static_cast<Op>(n.code), a, n.b == NodeId::none ? a : static_cast<Slot>(n.b), static_cast<Slot>(i)});
    }
    const auto count = static_cast<std::uint32_t>(plan_.scalars.size()) - at;
    add(Kind::scalars, at, count, i);
  }

  void find_pairs() {
    const rule::Pair& pair = rule::pairs()[0];
    std::unordered_map<std::size_t, std::size_t> first;  // by operand
    const auto each = [&](Op op, auto&& f) {
      for (std::size_t i = 0; i < p_.size(); ++i) {
        if (p_.nodes[i].code == static_cast<std::uint16_t>(op) && scalar_step(i)) f(index(p_.nodes[i].a), i);
      }
    };
    each(pair.first, [&](std::size_t x, std::size_t i) { first[x] = i; });
    each(pair.second, [&](std::size_t x, std::size_t i) {
      const auto found = first.find(x);
      if (found != first.end()) pairs_[i] = pairs_[found->second] = {found->second, i};
    });
  }

  /// The last group of this shape that begins after all operands are there, or a new one.
  void place_in_group(std::size_t i) {
    std::uint32_t earliest = 0;
    p_.each_operand(i, [&](NodeId id) {
      const std::uint32_t s = step_[index(id)];
      const bool inside = plan_.steps[s].kind == Kind::group && !reduced_[index(id)];
      earliest = std::max(earliest, inside ? s : s + 1);
    });
    std::uint32_t& last = last_group_[shape_key(p_.type(i).shape)];
    const bool open = last && last - 1 >= earliest && members_[plan_.steps[last - 1].first].size() < most_rows;
    if (!open) {
      members_.emplace_back();
      line_.push_back(0);
      push({Kind::group, static_cast<std::uint32_t>(members_.size() - 1), 1}, i);
      last = static_cast<std::uint32_t>(plan_.steps.size());
    }
    step_[i] = last - 1;
    members_[plan_.steps[last - 1].first].push_back(static_cast<NodeId>(i));
  }
  static std::vector<std::int64_t> shape_key(const Shape& s) { return {s.begin(), s.end()}; }

  /// Nodes that a step other than their own needs.
  void count_uses() {
    outside_.resize(p_.size());
    for (std::size_t i = 0; i < p_.size(); ++i) {
      p_.each_operand(i, [&](NodeId id) {
        if (step_[index(id)] != step_[i]) outside_[index(id)] = true;
      });
    }
    for (const NodeId id : p_.outputs) outside_[index(id)] = true;
    for (const Guard& g : p_.guards) outside_[index(g.node)] = true;
  }

  Group group(std::uint32_t g);
  void use(Group g);
  void release();
  void place_numbers();

  const Listing& p_;
  Plan plan_;
  std::vector<std::uint32_t> region_, step_of_region_;  // 1 + its step
  SmallPlan small_;
  bool among_small_ = false;
  std::vector<std::uint32_t> step_;      // in which a node is computed
  std::vector<std::uint32_t> taken_in_;  // the step that copies a node among the numbers
  std::vector<bool> reduced_;            // at the end of a group
  std::vector<bool> outside_;
  std::vector<std::vector<NodeId>> members_;                       // of each group
  std::vector<std::int64_t> line_;                                 // that its sums add up; 1 for all, 0 for none
  std::map<std::vector<std::int64_t>, std::uint32_t> last_group_;  // 1 + its step, for each shape
  std::unordered_map<std::string, std::uint32_t> groups_;          // by what they do
  std::unordered_map<std::size_t, std::pair<std::size_t, std::size_t>> pairs_;  // of numbers, by each of the two
  std::unordered_set<std::size_t> placed_;                                      // pairs, by their first
};

Group Planner::group(std::uint32_t number) {
  const std::vector<NodeId>& members = members_[number];
  Group g;
  g.shape = type(members[0]).shape;
  g.size = element_count(g.shape);
  write_steps(p_, g, members, outside_);
  return g;
}

namespace {

/// All that a group does, its nodes apart.
std::string what_it_does(const Group& g) {
  std::string all;
  const auto add = [&](const auto& x) { all.append(reinterpret_cast<const char*>(&x), sizeof x); };
  for (const std::int64_t n : g.shape) add(n);
  for (const RowStep& s : g.steps) {
    add(s.kind);
    add(s.f);
    add(s.both);
    for (const Row r : {s.a, s.b, s.y, s.third}) add(r);
  }
  for (const std::uint8_t item : g.row_items) add(item);
  for (const auto& p : g.loads) add(p.row);
  add(g.loads.size());
  add(g.block);
  for (const auto& p : g.stores) add(p.row);
  add(g.shape.count());
  return all;
}

}  // namespace

void Planner::use(Group g) {
  const auto first = static_cast<std::uint32_t>(plan_.places.size());
  for (const Group::Place& p : g.loads) plan_.places.push_back(p.node);
  for (const Group::Place& p : g.stores) plan_.places.push_back(p.node);
  for (const auto* sums : {&g.sums, &g.line_sums}) plan_.places.insert(plan_.places.end(), sums->begin(), sums->end());
  const auto [same, fresh] = groups_.try_emplace(what_it_does(g), static_cast<std::uint32_t>(plan_.groups.size()));
  if (fresh) plan_.groups.push_back(std::move(g));
  plan_.uses.push_back({same->second, first});
}

void Planner::place_numbers() {
  std::vector<bool> listed(p_.size());
  for (std::size_t i = 0; i < p_.size(); ++i) {
    const bool small = small_.takes(i);
    listed[i] = scalar_step(i) || small || small_.read_through(i);
    plan_.home.push_back(is_scalar(p_.type(i)) ? Plan::Home::number : small ? Plan::Home::small : Plan::Home::array);
  }
  plan_.row_by_row = !plan_.small.empty();
  Residents all = small_.residents();
  if (!plan_.scalars.empty()) put_alike_together(plan_, all.root);
  assign_places(p_, plan_, std::move(all), listed, step_);
  roll(plan_);
}

void Planner::release() {
  const std::size_t steps = plan_.steps.size();
  std::vector<std::uint32_t> last(p_.size());
  for (std::size_t i = 0; i < p_.size(); ++i) {
    last[i] = std::max({last[i], step_[i], taken_in_[i]});
    p_.each_operand(i, [&](NodeId id) { last[index(id)] = std::max(last[index(id)], step_[i]); });
  }
  // What a region does again reads what its members, as listed, do not.
  for (std::size_t r = 0; r < plan_.repeats.size(); ++r) {
    for (const Repeat::Source& s : plan_.repeats[r].inputs) {
      last[index(s.node)] = std::max(last[index(s.node)], step_of_region_[r] - 1);
    }
  }
  // Guards are looked at in the order of their nodes: one may wait for another's step.
  std::uint32_t looked_at = 0;
  for (const Guard& g : p_.guards) {
    looked_at = std::max(looked_at, step_[index(g.node)]);
    last[index(g.node)] = std::max(last[index(g.node)], looked_at);
  }
  std::vector<bool> kept(p_.size());
  for (const NodeId id : p_.outputs) kept[index(id)] = true;
  plan_.first_released.resize(steps + 1);
  const auto goes = [&](std::size_t i) { return !kept[i] && plan_.home[i] == Plan::Home::array; };
  for (std::size_t i = 0; i < p_.size(); ++i) plan_.first_released[last[i] + 1] += goes(i);
  for (std::size_t s = 0; s < steps; ++s) plan_.first_released[s + 1] += plan_.first_released[s];
  plan_.released.resize(plan_.first_released[steps]);
  std::vector<std::size_t> next(plan_.first_released.begin(), plan_.first_released.end() - 1);
  for (std::size_t i = 0; i < p_.size(); ++i) {
    if (goes(i)) plan_.released[next[last[i]]++] = static_cast<NodeId>(i);
  }
}

}  // namespace

Plan make_plan(const Listing& p, bool nested, Inputs inputs) {
  const Regions none{std::vector<std::uint32_t>(p.size()), {}};
  return Planner(p, nested ? none : find_regions(p), inputs).plan();
}

}  // namespace wengert::program
