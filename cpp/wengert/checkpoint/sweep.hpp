// A loop forward and back under a schedule: what the schedule calls a step is a block of steps here.
#pragma once
#include <algorithm>
#include <functional>
#include <memory>

#include "wengert/base/pace.hpp"
#include "wengert/checkpoint/schedule.hpp"
#include "wengert/checkpoint/snapshots.hpp"

namespace wengert::checkpoint {

/// Is there a step k? The state before it is there.
using GoesOn = std::function<bool(std::int64_t k)>;

/// A state, and room for the one after it.
class Pair {
 public:
  explicit Pair(const Body& body) : now_(body.state_bytes()), next_(body.state_bytes()) {}
  std::byte* now() const { return now_.data(); }
  std::byte* next() const { return next_.data(); }
  void swap() { std::swap(now_, next_); }

 private:
  Memory now_, next_;
};

/// x becomes the last state; nothing is kept. There are so many steps, or, where that is less than 0, as many as goes_on
/// says. Says how many there were.
std::int64_t run(Body& body, Pair& x, std::int64_t steps, const GoesOn& goes_on);

/// What was done.
struct Work {
  std::int64_t steps = 0, advanced = 0, taped = 0;
  std::int64_t most_snapshots = 0, most_on_disk = 0;  // at one time
  std::size_t state_bytes = 0, tape_bytes = 0;        // of a snapshot; of a block's tape, at most
};

class Sweep {
 public:
  /// schedule  : of blocks; an online one asks goes_on, and has blocks of one step
  /// steps     : how many; 0 where the schedule asks
  /// directory : of snapshots on disk
  Sweep(Body& body, Schedule schedule, std::int64_t steps, std::int64_t block, std::string directory, GoesOn goes_on);

  /// x becomes the last state. What the way back needs is kept.
  void forward(Pair& x);
  /// Adjoints of the last state become those of the first one: once, or, where one block holds all, again and again.
  void reverse(Pair& bar);
  bool reversible() const { return ready_; }
  const Work& work() const { return work_; }

 private:
  std::int64_t begin_of(std::int64_t block) const { return block * block_; }
  std::int64_t end_of(std::int64_t block) const;
  bool carry_out(const Action& a, Pair& x);
  void answer(std::int64_t step, Pair& x);
  void save(const Action& a, const Pair& x);
  void restore(const Action& a, Pair& x);
  void advance(std::int64_t from, std::int64_t to, Pair& x);
  void tape(std::int64_t block, Pair& x);
  void reverse_block(Pair& bar);
  void look_up(std::int64_t done);
  /// How many steps may be run as one: all that were run before, or none.
  std::int64_t at_once(std::int64_t k, std::int64_t to) const { return k < seen_ ? std::min(to, seen_) - k : to - k; }

  Body& body_;
  Schedule schedule_;
  std::int64_t block_;
  GoesOn goes_on_;
  InMemory memory_;
  OnDisk disk_;
  bool ahead_ = false;   // the state after the current one is there already
  std::int64_t at_ = 0;  // the current state
  std::vector<Tape> tapes_;
  std::int64_t taped_ = 0;  // steps of all of them
  Chunks chunks_;
  std::int64_t taped_from_ = 0;  // the first step of the block whose tape is there
  std::int64_t seen_ = 0;        // steps from the first on that were done at all
  std::int64_t reversed_ = 0;
  Count counted_;  // of blocks
  bool forward_ = true, ready_ = false;
  Work work_;
  Pace pace_;
};

}  // namespace wengert::checkpoint
