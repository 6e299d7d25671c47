#include "wengert/checkpoint/schedule.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "wengert/base/error.hpp"

namespace wengert::checkpoint {
namespace {

constexpr std::int64_t none = -1;
static_assert(most_steps == 1'099'511'627'776);

/// a b / c without its remainder, or most_steps if that is less; c < 2^22.
std::int64_t scaled(std::int64_t a, std::int64_t b, std::int64_t c) {
  if (a > std::numeric_limits<std::int64_t>::max() / b) return most_steps;
  return std::min(a * b / c, most_steps);
}

void require_between(const char* schedule, const char* what, std::int64_t given, std::int64_t least) {
  if (given >= least && given <= most_steps) return;
  std::string text = schedule;
  for (const char* more : {": ", what, ": given "}) text += more;
  text += std::to_string(given);
  text += least == 0 ? ", expected 0 to 1099511627776" : ", expected 1 to 1099511627776";
  throw DomainError(text);
}

}  // namespace

std::int64_t least_advances(std::int64_t steps, std::int64_t snapshots) {
  require_between("least_advances", "steps", steps, 0);
  require_between("least_advances", "snapshots", snapshots, 1);
  if (steps <= 1) return 0;
  if (snapshots == 1) {
    const std::int64_t half = steps % 2 == 0 ? steps / 2 : (steps - 1) / 2, other = steps % 2 == 0 ? steps - 1 : steps;
    return half > std::numeric_limits<std::int64_t>::max() / other ? std::numeric_limits<std::int64_t>::max()
                                                                   : half * other;
  }
  // C(s + r, r - 1) is the sum of C(s + q, s) over q < r
  std::int64_t r = 0, reach = 1, sum = 0;
  while (reach < steps) {
    sum += reach;
    ++r;
    reach = scaled(reach, snapshots + r, r);
  }
  return r * steps - sum;
}

Schedule::Schedule(std::int64_t steps, std::int64_t slots, std::int64_t on_disk)
    : end_(steps), slots_(slots), on_disk_(on_disk), at_(steps == 0 ? none : 0) {}

Action Schedule::next() {
  if (choice_) return next_online();
  if (at_ == none) {
    if (depth_ == 0) return {.kind = Kind::done};
    at_ = levels_[depth_ - 1].state;
    return of(Kind::restore, levels_[depth_ - 1]);
  }
  const bool saved = depth_ > 0 && levels_[depth_ - 1].state == at_;
  if (end_ - at_ == 1) {
    if (saved) return of(Kind::free, levels_[--depth_]);
    at_ = none;
    return {.kind = Kind::reverse, .from = --end_};
  }
  return saved ? advance(first_part(levels_[depth_ - 1])) : save();
}

Action Schedule::next_online() {
  if (end_ - at_ < 2) return {.kind = Kind::ask, .from = end_};
  if (turn_ == Turn::choose) {
    const std::optional<std::size_t> place = choice_->place(at_);
    turn_ = place ? Turn::save : Turn::advance;
    if (place && *place < depth_) {
      const auto given_up = levels_.begin() + static_cast<std::ptrdiff_t>(*place);
      std::rotate(given_up, given_up + 1, levels_.begin() + static_cast<std::ptrdiff_t>(depth_));
      return of(Kind::free, levels_[--depth_]);
    }
  }
  if (turn_ == Turn::save) {
    turn_ = Turn::advance;
    return save();
  }
  turn_ = Turn::choose;
  return advance(1);
}

void Schedule::more() {
  require_asked();
  ++end_;
}

void Schedule::finish() {
  require_asked();
  choice_.reset();
  if (end_ == 0) at_ = none;
}

void Schedule::require_asked() const {
  if (!choice_ || end_ - at_ >= 2) throw DomainError("schedule: an answer: nothing was asked");
}

Action Schedule::of(Kind kind, const Level& level) const {
  if (level.slot < on_disk_) return {.kind = kind, .tier = Tier::disk, .from = level.state, .slot = level.slot};
  return {.kind = kind, .tier = Tier::memory, .from = level.state, .slot = level.slot - on_disk_};
}

Action Schedule::save() {
  if (depth_ == levels_.size()) levels_.push_back({.state = at_, .slot = static_cast<std::int64_t>(depth_)});
  Level& level = levels_[depth_++];
  level = {.state = at_, .slot = level.slot};
  if (depth_ > 1) {  // C(c + r - 1, c - 1) - C(c + r - 2, c - 2), so that a slot less needs no search
    const Level& before = levels_[depth_ - 2];
    level.r = before.r;
    level.below = before.below - one_repetition_less(before, slots_from(depth_ - 2));
  }
  return of(Kind::save, level);
}

Action Schedule::advance(std::int64_t steps) {
  at_ += steps;
  return {.kind = Kind::advance, .from = at_ - steps, .to = at_};
}

/// How many of the steps from this snapshot on are left for later, while those behind them are reversed first. As few as
/// can be in an optimal schedule: the snapshots at the bottom, the first of which lie on disk, are then used least.
std::int64_t Schedule::first_part(Level& level) const {
  const std::int64_t steps = end_ - level.state, c = slots_from(depth_ - 1);
  if (c == 1) return steps - 1;
  while (level.below >= steps) {
    level.below = one_repetition_less(level, c);
    --level.r;
  }
  for (;;) {
    const std::int64_t reach = level.r == 0 ? 1 : scaled(level.below, c + level.r, level.r);
    if (reach >= steps) break;
    ++level.r;
    level.below = reach;
  }
  const std::int64_t most_behind = scaled(level.below, c, level.r);  // C(c + r - 1, c - 1)
  return std::max({std::int64_t{1}, one_repetition_less(level, c), steps - most_behind});
}

/// C(c + r - 2, c): how many steps r - 2 repetitions suffice for.
std::int64_t Schedule::one_repetition_less(const Level& level, std::int64_t c) {
  return level.r <= 1 ? 0 : level.below * (level.r - 1) / (c + level.r - 1);
}

Schedule store_all(std::int64_t steps) {
  require_between("store_all", "steps", steps, 0);
  return {steps, most_steps};
}

Schedule binomial(std::int64_t steps, std::int64_t snapshots) {
  require_between("binomial", "steps", steps, 0);
  require_between("binomial", "snapshots", snapshots, 1);
  return {steps, snapshots};
}

Schedule two_level(std::int64_t steps, std::int64_t snapshots, std::int64_t disk) {
  require_between("two_level", "steps", steps, 0);
  require_between("two_level", "snapshots", snapshots, 1);
  require_between("two_level", "disk", disk, 0);
  const std::int64_t needed = std::max(steps - 1, snapshots), slots = std::min(snapshots + disk, needed);
  return {steps, slots, slots - snapshots};
}

Schedule online(std::int64_t snapshots) {
  require_between("online", "snapshots", snapshots, 1);
  Schedule plan(0, snapshots);
  plan.at_ = 0;
  plan.choice_.emplace(snapshots);
  return plan;
}

void Count::add(const Action& action) {
  ++actions;
  const bool disk = action.tier == Tier::disk;
  switch (action.kind) {
    case Kind::advance: advanced += action.to - action.from; break;
    case Kind::reverse: ++taped; break;
    case Kind::save:
      if (disk) {
        ++writes;
        most_on_disk = std::max(most_on_disk, ++on_disk_);
      } else {
        most_snapshots = std::max(most_snapshots, ++in_memory_);
      }
      break;
    case Kind::restore: reads += disk; break;
    case Kind::free: --(disk ? on_disk_ : in_memory_); break;
    case Kind::ask:
    case Kind::done: break;
  }
}

Count count(Schedule plan, std::int64_t steps, void (*pause)()) {
  constexpr std::int64_t between_pauses = 1 << 24;
  Count all;
  for (;;) {
    const Action action = plan.next();
    if (action.kind == Kind::done) return all;
    if (action.kind == Kind::ask) {
      if (action.from < steps) plan.more();
      else plan.finish();
      continue;
    }
    all.add(action);
    if (pause && all.actions % between_pauses == 0) pause();
  }
}

}  // namespace wengert::checkpoint
