#include "wengert/program/order.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace wengert::program {
namespace {

/// Steps that are sorted at a time: what they compute stays in the fastest cache.
constexpr std::size_t window = 1024;
constexpr std::size_t kinds = static_cast<std::size_t>(Op::count) + 3;

class Window {
 public:
  explicit Window(std::span<ScalarStep> steps) : steps_(steps) {
    for (std::size_t k = 0; k < steps.size(); ++k) {
      if (steps[k].op != ScalarStep::choose)
        begins_.push_back(static_cast<std::uint32_t>(k));  // goes with its condition
    }
    waits_.resize(begins_.size());
    users_.resize(begins_.size());
    for (std::uint32_t u = 0; u < begins_.size(); ++u) enter(u);
  }

  void sort() {
    for (std::uint32_t u = 0; u < begins_.size(); ++u) {
      if (waits_[u] == 0) get_ready(u);
    }
    std::vector<ScalarStep> sorted;
    while (sorted.size() < steps_.size()) {
      const auto most = std::ranges::max_element(ready_, {}, [](const auto& list) { return list.size(); });
      for (const std::uint32_t u : std::exchange(*most, {})) {
        for (std::uint32_t k = begins_[u]; k < end(u); ++k) sorted.push_back(steps_[k]);
        for (const std::uint32_t user : users_[u]) {
          if (--waits_[user] == 0) get_ready(user);
        }
      }
    }
    std::ranges::copy(sorted, steps_.begin());
  }

 private:
  std::uint32_t end(std::uint32_t u) const {
    return u + 1 < begins_.size() ? begins_[u + 1] : static_cast<std::uint32_t>(steps_.size());
  }
  void enter(std::uint32_t u) {
    for (std::uint32_t k = begins_[u]; k < end(u); ++k) {
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
    const auto found = made_.find(node);
    if (found == made_.end() || found->second == u) return;
    users_[found->second].push_back(u);
    ++waits_[u];
  }
  void get_ready(std::uint32_t u) { ready_[static_cast<std::size_t>(steps_[begins_[u]].op)].push_back(u); }

  std::span<ScalarStep> steps_;
  std::vector<std::uint32_t> begins_;  // of each unit: a step, or a condition and its choice
  std::vector<std::uint32_t> waits_;   // for so many operands
  std::vector<std::vector<std::uint32_t>> users_;
  std::unordered_map<Slot, std::uint32_t> made_;  // by which unit
  std::array<std::vector<std::uint32_t>, kinds> ready_;
};

}  // namespace

void put_alike_together(std::span<ScalarStep> steps) {
  while (!steps.empty()) {
    std::size_t count = std::min(window, steps.size());
    if (count < steps.size() && steps[count].op == ScalarStep::choose) ++count;
    Window(steps.first(count)).sort();
    steps = steps.subspan(count);
  }
}

}  // namespace wengert::program
