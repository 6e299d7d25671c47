#include "wengert/checkpoint/sweep.hpp"

#include <algorithm>
#include <utility>

namespace wengert::checkpoint {

std::int64_t run(Body& body, Pair& x, std::int64_t steps, const GoesOn& goes_on) {
  Pace pace;
  std::int64_t k = 0;
  while (steps < 0 ? goes_on(k) : k < steps) {
    k += body.advance(k, steps < 0 ? 1 : steps - k, x.now(), x.next(), true);
    x.swap();
    if (pace.look()) body.tick(k, false);
  }
  return k;
}

Sweep::Sweep(Body& body, Schedule schedule, std::int64_t steps, std::int64_t block, std::string directory,
             GoesOn goes_on)
    : body_(body),
      schedule_(std::move(schedule)),
      block_(block),
      goes_on_(std::move(goes_on)),
      memory_(body.state_bytes()),
      disk_(std::move(directory), body.state_bytes()) {
  work_.steps = steps;
  work_.state_bytes = body.state_bytes();
}

std::int64_t Sweep::end_of(std::int64_t block) const {
  return goes_on_ ? block + 1 : std::min((block + 1) * block_, work_.steps);
}

void Sweep::forward(Pair& x) {
  bool more = true;
  while (more) more = carry_out(schedule_.next(), x);
  forward_ = false;
  ready_ = true;
}

void Sweep::reverse(Pair& bar) {
  reversed_ = 0;
  ready_ = false;
  const bool whole = taped_ == work_.steps;
  if (!tapes_.empty()) reverse_block(bar);
  if (!whole) {
    Pair x(body_);
    for (Action a = schedule_.next(); a.kind != Kind::done; a = schedule_.next()) {
      if (!carry_out(a, x)) reverse_block(bar);
    }
    memory_.clear();
    chunks_ = Chunks();
  }
  ready_ = whole;
}

/// False after the first half of a reversed step: its tape is there.
bool Sweep::carry_out(const Action& a, Pair& x) {
  counted_.add(a);
  switch (a.kind) {
    case Kind::advance: advance(begin_of(a.from), begin_of(a.to), x); break;
    case Kind::save: save(a, x); break;
    case Kind::restore: restore(a, x); break;
    case Kind::reverse: tape(a.from, x); return false;
    case Kind::ask: answer(a.from, x); break;
    case Kind::free: break;  // the slot is written again when another state needs it
    case Kind::done: return false;
  }
  return true;
}

/// Whether there is a step, its body says at the end of the one before: that is run, and its state waits.
void Sweep::answer(std::int64_t step, Pair& x) {
  if (step > at_) {
    body_.advance(at_, 1, x.now(), x.next(), at_ >= seen_);
    ahead_ = true;
    seen_ = std::max(seen_, step);
    ++work_.advanced;
    look_up(step);
  }
  if (!goes_on_(step)) return schedule_.finish();
  schedule_.more();
  work_.steps = step + 1;
}

void Sweep::save(const Action& a, const Pair& x) {
  const auto slot = static_cast<std::size_t>(a.slot);
  if (a.tier == Tier::disk) disk_.save(slot, x.now());
  else memory_.save(slot, x.now());
  work_.most_snapshots = counted_.most_snapshots;
  work_.most_on_disk = counted_.most_on_disk;
}

void Sweep::restore(const Action& a, Pair& x) {
  const auto slot = static_cast<std::size_t>(a.slot);
  if (a.tier == Tier::disk) disk_.load(slot, x.now());
  else memory_.load(slot, x.now());
  at_ = begin_of(a.from);
}

void Sweep::advance(std::int64_t from, std::int64_t to, Pair& x) {
  for (std::int64_t k = from; k < to;) {
    std::int64_t done = 1;
    if (!std::exchange(ahead_, false)) {
      done = body_.advance(k, at_once(k, to), x.now(), x.next(), k >= seen_);
      work_.advanced += done;
    }
    x.swap();
    k += done;
    seen_ = std::max(seen_, at_ = k);
    look_up(k);
  }
}

void Sweep::tape(std::int64_t block, Pair& x) {
  ahead_ = false;
  tapes_.clear();
  taped_ = 0;
  chunks_.clear();
  taped_from_ = begin_of(block);
  tapes_.reserve(static_cast<std::size_t>(end_of(block) - taped_from_));
  chunks_.expect(tapes_.capacity() * body_.tape_bytes());
  for (std::int64_t k = taped_from_; k < end_of(block);) {
    tapes_.push_back(body_.tape(k, at_once(k, end_of(block)), x.now(), x.next(), chunks_, k >= seen_));
    x.swap();
    const std::int64_t done = tapes_.back().steps;
    k += done;
    taped_ += done;
    seen_ = std::max(seen_, k);
    work_.taped += done;
    look_up(k);
  }
  work_.tape_bytes = std::max(work_.tape_bytes, chunks_.bytes() + tapes_.capacity() * sizeof(Tape));
}

void Sweep::look_up(std::int64_t done) {
  if (pace_.look()) body_.tick(forward_ ? done : reversed_, !forward_);
}

void Sweep::reverse_block(Pair& bar) {
  const bool keep = taped_ == work_.steps;
  std::int64_t k = taped_from_ + taped_;
  for (auto tape = tapes_.rbegin(); tape != tapes_.rend(); ++tape) {
    k -= tape->steps;
    body_.reverse(k, *tape, bar.now(), bar.next());
    bar.swap();
    reversed_ += tape->steps;
    if (pace_.look()) body_.tick(reversed_, true);
  }
  if (keep) return;
  tapes_.clear();
  taped_ = 0;
}

}  // namespace wengert::checkpoint
