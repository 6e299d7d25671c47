#include "wengert/program/order.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace wengert::program {
namespace {

/// Steps that are sorted at a time: what they compute stays in the fastest cache.
constexpr std::size_t window = 1024;
constexpr std::size_t kinds = static_cast<std::size_t>(Op::count) + 3;
constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

class Sorter {
 public:
  explicit Sorter(std::span<const NodeId> root) : root_(root), made_(root.size(), none) {}

  void sort(std::span<ScalarStep> steps) {
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
    put_in_order();
    for (const ScalarStep& s : steps) made_[s.y] = made_[s.b] = none;
    std::ranges::copy(sorted_, steps.begin());
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
  void put_in_order() {
    sorted_.clear();
    for (std::uint32_t u = 0; u < units(); ++u) {
      if (waits_[u] == 0) get_ready(u);
    }
    while (!waiting_.empty()) {
      const auto most = std::ranges::max_element(waiting_, {}, [&](std::size_t kind) { return ready_[kind].size(); });
      std::swap(now_, ready_[*most]);
      waiting_.erase(most);
      for (const std::uint32_t u : now_) {
        for (std::uint32_t k = begins_[u]; k < begins_[u + 1]; ++k) sorted_.push_back(steps_[k]);
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

  std::span<ScalarStep> steps_;
  std::span<const NodeId> root_;
  std::vector<std::uint32_t> made_;    // of each node: by which unit of the window
  std::vector<std::uint32_t> begins_;  // of each unit: a step, or a condition and its choice
  std::vector<std::uint32_t> waits_;   // for so many operands
  std::vector<std::uint32_t> first_use_;
  std::vector<Use> uses_;
  std::array<std::vector<std::uint32_t>, kinds> ready_;
  std::vector<std::size_t> waiting_;  // kinds that some are ready of
  std::vector<std::uint32_t> now_;
  std::vector<ScalarStep> sorted_;
};

}  // namespace

void put_alike_together(Plan& plan, std::span<const NodeId> root) {
  Sorter sorter(root);
  for (const Step& s : plan.steps) {
    if (s.kind != Step::Kind::scalars) continue;
    for (auto steps = std::span(plan.scalars).subspan(s.first, s.count); !steps.empty();) {
      std::size_t count = std::min(window, steps.size());
      if (count < steps.size() && steps[count].op == ScalarStep::choose) ++count;
      sorter.sort(steps.first(count));
      steps = steps.subspan(count);
    }
  }
}

}  // namespace wengert::program
