#include "wengert/program/cut.hpp"

#include <algorithm>
#include <limits>

#include "wengert/program/chain.hpp"
#include "wengert/program/excerpt.hpp"
#include "wengert/program/program.hpp"

namespace wengert::program {
namespace {

constexpr std::size_t most_segments = 128, pieces = 256, attempts = 8;
constexpr std::size_t never = std::numeric_limits<std::size_t>::max();

/// A listing as a way there and a way back, both in segments.
class ThereAndBack {
 public:
  ThereAndBack(const Listing& p, std::vector<std::size_t> stored)
      : p_(p), stored_(std::move(stored)), last_(p.size()), kept_(p.size()) {
    for (const NodeId id : p.outputs) kept_[index(id)] = true;
    for (std::size_t i = 0; i < p.size(); ++i) {
      last_[i] = i;
      p.each_operand(i, [&](NodeId id) { last_[index(id)] = i; });
    }
    find_turn();
    if (turn_ == 0) return;
    find_uses();
    find_borders();
    find_parts();
    find_carried();
  }

  /// Segment k is [begin(k), begin(k + 1)); the part of the way back that needs it [part(k), part(k - 1)).
  std::size_t segments() const { return turn_ ? begins_.size() - 1 : 0; }
  std::size_t begin(std::size_t k) const { return begins_[k]; }
  std::size_t part(std::size_t k) const { return parts_[k]; }
  std::size_t part_end(std::size_t k) const { return k == 0 ? p_.size() : parts_[k - 1]; }
  /// What is alive whatever is done.
  std::size_t always() const { return always_; }
  Chain chain() const;

 private:
  /// Of a node that is stored.
  std::size_t whole(std::size_t i) const { return p_.is_source(i) ? 0 : bytes_of(p_.type(i)); }

  /// Where most is alive, results apart, which stay anyway.
  void find_turn() {
    std::vector<std::size_t> gone(p_.size() + 1);
    std::size_t now = 0, most = 0;
    for (std::size_t i = 0; i < p_.size(); ++i) {
      const std::size_t size = kept_[i] ? 0 : stored_[i];
      now += size;
      gone[last_[i]] += size;
      if (now > most) most = now, turn_ = i + 1;
      now -= gone[i];
    }
  }
  void find_uses() {
    there_.assign(turn_, 0);
    back_.assign(turn_, never);
    for (std::size_t i = 0; i < p_.size(); ++i) {
      p_.each_operand(i, [&](NodeId id) {
        const std::size_t j = index(id);
        if (i < turn_) there_[j] = i;
        else if (j < turn_) back_[j] = std::min(back_[j], i);
      });
    }
  }
  /// About as much to keep in each segment, and little to begin it from.
  void find_borders() {
    std::vector<std::size_t> crossing(turn_ + 1), gone(turn_ + 1);  // alive before a node, for nodes on the way there
    std::vector<double> weight(turn_ + 1);
    std::size_t now = 0;
    for (std::size_t i = 0; i < turn_; ++i) {
      crossing[i] = now;
      now += whole(i);
      gone[std::max(i, there_[i])] += whole(i);
      now -= gone[i];
      const bool needed = back_[i] != never && !p_.is_source(i);
      weight[i + 1] = weight[i] + (needed ? static_cast<double>(stored_[i]) : 0.0) + 1e-3;
    }
    std::vector<std::size_t> at;  // where less crosses than before and behind
    for (std::size_t i = 1; i + 1 < turn_; ++i) {
      if (crossing[i] < crossing[i - 1] && crossing[i] <= crossing[i + 1]) at.push_back(i);
    }
    if (at.size() < 8) {
      at.clear();
      for (std::size_t i = 1; i < turn_; ++i) at.push_back(i);
    }
    begins_ = {0};
    const double share = weight[turn_] / static_cast<double>(most_segments);
    for (std::size_t k = 0, best = 0; k < at.size(); best = ++k) {
      while (k + 1 < at.size() && weight[at[k + 1]] - weight[at[best]] < share / 2) {
        ++k;
        if (crossing[at[k]] < crossing[at[best]]) best = k;
      }
      if (weight[at[best]] - weight[begins_.back()] >= share / 2) begins_.push_back(at[best]);
    }
    begins_.push_back(turn_);
    segment_.resize(turn_);
    for (std::size_t k = 0; k < segments(); ++k) {
      std::fill(segment_.begin() + static_cast<std::ptrdiff_t>(begins_[k]),
                segment_.begin() + static_cast<std::ptrdiff_t>(begins_[k + 1]), k);
    }
  }
  /// The way back is done with a segment behind the last uses of what that one computes: of nine tenths of it, and what is
  /// small has no say, as a single value may be wanted to the end.
  void find_parts() {
    double all = 0;
    for (std::size_t i = 0; i < turn_; ++i) all += back_[i] == never ? 0.0 : static_cast<double>(stored_[i]);
    std::vector<std::vector<std::pair<std::size_t, double>>> uses(segments());
    for (std::size_t i = 0; i < turn_; ++i) {
      const auto size = static_cast<double>(stored_[i]);
      if (back_[i] == never || p_.is_source(i) || size * 64 * static_cast<double>(segments()) < all) continue;
      uses[segment_[i]].push_back({last_[i] + 1, size});
    }
    parts_.assign(segments(), turn_);
    for (std::size_t k = segments() - 1; k-- > 0;) {
      std::ranges::sort(uses[k + 1]);
      double own = 0, sum = 0;
      for (const auto& [at, size] : uses[k + 1]) own += size;
      parts_[k] = parts_[k + 1];
      for (const auto& [at, size] : uses[k + 1]) {
        if (sum < 0.9 * own) parts_[k] = std::max(parts_[k], at);
        sum += size;
      }
    }
  }
  /// Results of the way there, and what the way back uses long before the segment that computes it is run again.
  void find_carried() {
    for (std::size_t i = 0; i < turn_; ++i) {
      if (p_.is_source(i)) continue;
      const std::size_t k = segment_[i];
      const bool early = back_[i] != never && back_[i] < part(k);
      std::size_t user = k;
      while (early && user + 1 < segments() && part(user) > back_[i]) ++user;
      if (kept_[i] || (early && there_[i] < begins_[user])) always_ += stored_[i];
    }
  }

  const Listing& p_;
  const std::vector<std::size_t> stored_;  // of each node in a run as it is
  std::vector<std::size_t> last_;
  std::vector<bool> kept_;
  std::size_t turn_ = 0, always_ = 0;
  std::vector<std::size_t> there_, back_;  // of each node: the last use on the way there, the first one on the way back
  std::vector<std::size_t> begins_, segment_, parts_;
};

Chain ThereAndBack::chain() const {
  const std::size_t n = segments();
  Chain c{std::vector<Segment>(n), std::vector<std::size_t>(n * n)};
  for (std::size_t i = 0; i < turn_; ++i) {
    if (p_.is_source(i)) continue;
    const std::size_t k = segment_[i];
    Segment& s = c.segments[k];
    const bool handed_on = there_[i] >= begins_[k + 1];
    s.work += flops(p_, i) + static_cast<double>(whole(i)) / 4;
    s.forward = std::max(s.forward, whole(i));
    s.kept += handed_on ? whole(i) : back_[i] != never ? stored_[i] : 0;
    if (!handed_on) continue;
    for (std::size_t to = k + 1; to < n && begins_[to] <= there_[i]; ++to) c.state(k, to) += whole(i);
  }
  for (std::size_t to = 0; to < n; ++to) {
    for (std::size_t k = to; k-- > 1;) c.state(k - 1, to) += c.state(k, to);
  }
  std::vector<std::size_t> gone(p_.size() + 1);
  std::size_t now = 0;
  for (std::size_t k = n; k-- > 0;) {
    c.segments[k].entered = now;
    for (std::size_t j = part(k); j < part_end(k); ++j) {
      if (p_.is_source(j)) continue;
      now += stored_[j];
      gone[kept_[j] ? p_.size() : last_[j]] += stored_[j];
      c.segments[k].reverse = std::max(c.segments[k].reverse, now);
      now -= gone[j];
    }
    c.segments[k].reverse = std::max(c.segments[k].reverse, c.segments[k].entered);
  }
  return c;
}

Listing carried_out(const Listing& p, const ThereAndBack& way, std::span<const ChainStep> steps) {
  Excerpt e(p);
  const std::vector<NodeId> inputs = nodes_of_inputs(p);
  for (std::size_t k = 0; k < inputs.size(); ++k) e.input(p.inputs[k], inputs[k]);
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p.nodes[i].code == code::constant) e.compute(i);
  }
  std::vector<NodeId> first(p.size(), NodeId::none);
  const auto run = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      if (!p.is_source(i)) e.again(i);
      if (first[i] == NodeId::none) first[i] = e.now(static_cast<NodeId>(i));
    }
  };
  std::size_t reached = 0;
  for (const ChainStep& s : steps) {
    if (s.reverse) {
      run(way.part(s.first), way.part_end(s.first));
      continue;
    }
    const bool again = s.first < reached;
    if (again) e.done_again(true);
    run(way.begin(s.first), way.begin(s.last));
    if (again) e.done_again(false);
    reached = std::max(reached, s.last);
  }
  for (const Guard& g : p.guards) e.guard(g, first[index(g.node)]);
  for (const NodeId id : p.outputs) e.output(id);
  return e.finish().listing;
}

}  // namespace

Cut cut(const Program& whole, std::size_t budget) {
  const Listing& p = whole.listing();
  Cut best{p, most_bytes(whole)};
  if (best.most <= budget) return best;
  const ThereAndBack way(p, stored_bytes(whole));
  if (way.segments() < 2) return best;
  const Chain chain = way.chain();
  const std::size_t piece = best.most / pieces + 1;
  const ChainPlans plans(chain, piece, pieces);
  // Plans in fewer pieces do more work. What they take is an estimate: it is looked at, and halved upon.
  std::size_t low = plans.least(), high = pieces;
  double least_work = std::numeric_limits<double>::infinity();
  const std::size_t room = budget - std::min(budget, way.always());
  std::size_t m = std::clamp(room / piece, std::min(low, high), high);
  for (std::size_t k = 0; k < attempts && low <= high; ++k) {
    Listing list = carried_out(p, way, plans.steps(m));
    const std::size_t most = most_bytes(Program(Built{list.size(), list}));
    const bool fits = most <= budget;
    if (fits ? best.most > budget || plans.work(m) < least_work : most < best.most) {
      best = {std::move(list), most};
      if (fits) least_work = plans.work(m);
    }
    if (fits) low = m + 1;
    else if (m == low) break;
    else high = m - 1;
    m = k + 2 == attempts && best.most > budget ? low : low + (high - low) / 2;
  }
  return best;
}

}  // namespace wengert::program
