#include "wengert/program/order.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace wengert::program {
namespace {

/// Steps that are sorted at a time: what they compute stays in the fastest cache.
constexpr std::size_t window = 1024;
constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

class Sorter {
 public:
  explicit Sorter(std::span<const NodeId> root) : root_(root), made_(root.size(), none) {}

  /// Adds them to `sorted`.
  void sort(std::span<const ScalarStep> steps, std::vector<ScalarStep>& sorted) {
    steps_ = steps;
    begins_.clear();
    for (std::uint32_t k = 0; k < steps.size(); ++k) {
      if (steps[k].op != ScalarStep::choose) begins_.push_back(k);  // goes with its condition
    }
    begins_.push_back(static_cast<std::uint32_t>(steps.size()));
    waits_.assign(units(), 0);
    first_use_.assign(units(), none);
    uses_.clear();
    for (std::uint32_t u = 0; u < units(); ++u) enter(u);
    put_in_order(sorted);
    for (const ScalarStep& s : steps) made_[s.y] = made_[s.b] = none;
  }

 private:
  struct Use {
    std::uint32_t user, next;
  };

  std::uint32_t units() const { return static_cast<std::uint32_t>(begins_.size() - 1); }
  void enter(std::uint32_t u) {
    for (std::uint32_t k = begins_[u]; k < begins_[u + 1]; ++k) {
      const ScalarStep& s = steps_[k];
      const bool both = s.op == ScalarStep::both;
      await(u, s.a);
      if (!both && s.b != s.a) await(u, s.b);
      if (s.op == ScalarStep::condition) continue;
      made_[s.y] = u;
      if (both) made_[s.b] = u;
    }
  }
  void await(std::uint32_t u, Slot node) {
    const std::uint32_t maker = made_[index(root_[node])];
    if (maker == none || maker == u) return;
    uses_.push_back({u, first_use_[maker]});
    first_use_[maker] = static_cast<std::uint32_t>(uses_.size() - 1);
    ++waits_[u];
  }

  /// All that are ready of the kind that most are ready of, again and again.
  void put_in_order(std::vector<ScalarStep>& sorted) {
    for (std::uint32_t u = 0; u < units(); ++u) {
      if (waits_[u] == 0) get_ready(u);
    }
    while (!waiting_.empty()) {
      const auto most = std::ranges::max_element(waiting_, {}, [&](std::size_t kind) { return ready_[kind].size(); });
      std::swap(now_, ready_[*most]);
      const bool dear = is_dear(static_cast<Op>(*most));
      waiting_.erase(most);
      for (std::uint32_t n = 0; n < now_.size(); ++n) {
        const std::uint32_t u = now_[n], left = static_cast<std::uint32_t>(now_.size()) - n;
        if (dear && left > 1 && n % ScalarStep::most_side_by_side == 0) {
          sorted.push_back({ScalarStep::side_by_side, std::min(left, ScalarStep::most_side_by_side), 0, 0});
        }
        for (std::uint32_t k = begins_[u]; k < begins_[u + 1]; ++k) sorted.push_back(steps_[k]);
        for (std::uint32_t use = first_use_[u]; use != none; use = uses_[use].next) {
          if (--waits_[uses_[use].user] == 0) get_ready(uses_[use].user);
        }
      }
      now_.clear();
    }
  }
  void get_ready(std::uint32_t u) {
    const auto kind = static_cast<std::size_t>(steps_[begins_[u]].op);
    if (ready_[kind].empty()) waiting_.push_back(kind);
    ready_[kind].push_back(u);
  }

  std::span<const ScalarStep> steps_;
  std::span<const NodeId> root_;
  std::vector<std::uint32_t> made_;    // of each node: by which unit of the window
  std::vector<std::uint32_t> begins_;  // of each unit: a step, or a condition and its choice
  std::vector<std::uint32_t> waits_;   // for so many operands
  std::vector<std::uint32_t> first_use_;
  std::vector<Use> uses_;
  std::array<std::vector<std::uint32_t>, ScalarStep::kinds> ready_;
  std::vector<std::size_t> waiting_;  // kinds that some are ready of
  std::vector<std::uint32_t> now_;
};

}  // namespace

void put_alike_together(Plan& plan, std::span<const NodeId> root) {
  Sorter sorter(root);
  const std::vector<ScalarStep> all = std::exchange(plan.scalars, {});
  for (Step& s : plan.steps) {
    if (s.kind != Step::Kind::scalars) continue;
    const auto first = static_cast<std::uint32_t>(plan.scalars.size());
    for (auto steps = std::span(all).subspan(s.first, s.count); !steps.empty();) {
      std::size_t count = std::min(window, steps.size());
      if (count < steps.size() && steps[count].op == ScalarStep::choose) ++count;
      sorter.sort(steps.first(count), plan.scalars);
      steps = steps.subspan(count);
    }
    s.first = first;
    s.count = static_cast<std::uint32_t>(plan.scalars.size()) - first;
  }
}

}  // namespace wengert::program
