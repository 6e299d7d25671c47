#include "wengert/checkpoint/online.hpp"

#include "wengert/checkpoint/schedule.hpp"

namespace wengert::checkpoint {

void Advances::add_step() {
  if (++steps_ <= reach_) return;
  spared_ += reach_;
  ++repetitions_;
  reach_ = reach_ * (snapshots_ + repetitions_) / repetitions_;
}

std::optional<std::size_t> OnlineChoice::place(std::int64_t state) {
  apart_.add_step();
  together_.add_step();
  const std::size_t count = kept_.size();
  if (static_cast<std::int64_t>(count) < snapshots_) {
    replace(count, state);
    return count;
  }
  if (count == 1) return {};
  // Two steps from here on, with one slot for all that follow the last snapshot.
  const Kept &last = kept_[count - 1], &before = kept_[count - 2];
  const std::int64_t gap = state - last.state, without = last.as_is + last.state + (gap + 2) * (gap + 1) / 2;
  const std::int64_t moved = last.one_more + apart_.least() + state + 1;
  std::size_t given_up = count - 1;
  std::int64_t cost = before.as_is + together_.least() - last.one_more - apart_.least();
  if (last.cheapest < cost) {
    cost = last.cheapest;
    given_up = last.which;
  }
  if (cost + moved >= without) return {};
  replace(given_up, state);
  return given_up;
}

void OnlineChoice::replace(std::size_t given_up, std::int64_t state) {
  const std::size_t count = kept_.size();
  if (given_up + 1 != count) together_ = apart_;
  apart_ = Advances(2);
  if (given_up < count) kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(given_up));
  kept_.push_back({.state = state});
  if (static_cast<std::int64_t>(kept_.size()) == snapshots_) sum_up(given_up < count ? given_up - 1 : 0);
}

void OnlineChoice::sum_up(std::size_t from) {
  for (std::size_t j = from; j + 1 < kept_.size(); ++j) {
    const Kept& here = kept_[j];
    Kept& next = kept_[j + 1];
    const std::int64_t slots = snapshots_ - static_cast<std::int64_t>(j), gap = next.state - here.state;
    next.as_is = here.as_is + least_advances(gap, slots);
    next.one_more = here.one_more + least_advances(gap, slots + 1);
    next.cheapest = here.cheapest;
    next.which = here.which;
    if (j == 0) continue;
    const Kept& before = kept_[j - 1];
    const std::int64_t cost = before.as_is + least_advances(next.state - before.state, slots + 1) - next.one_more;
    if (cost > here.cheapest) continue;
    next.cheapest = cost;
    next.which = j;
  }
}

}  // namespace wengert::checkpoint
