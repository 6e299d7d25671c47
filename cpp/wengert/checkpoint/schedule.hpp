// In which order the steps of a long loop are run again so that few of its states are ever kept: a stream of actions that
// knows nothing of derivatives. Whoever carries them out holds one current state and numbered slots for others.
// Source: Griewank & Walther, Algorithm 799: revolve (2000); of unknown lengths Stumm & Walther (2010); docs/checkpointing.md.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "wengert/checkpoint/online.hpp"

namespace wengert::checkpoint {

/// State k is what step k starts from; state 0 is there at the beginning.
enum class Kind : std::uint8_t {
  advance,  // run the steps from `from` to `to` without a tape
  save,     // keep the current state, which is `from`, in `slot`
  restore,  // make state `from` current again: it lies in `slot`, and stays there
  reverse,  // run step `from` with its tape, from the current state, and sweep back through it; no state is current then
  free,     // nothing asks for `slot`, in which state `from` lies, any more
  ask,  // is there a step `from`? Call more() or finish(). Step from - 1 has not been run yet, as it may be the last
  done
};
enum class Tier : std::uint8_t { memory, disk };

struct Action {
  Kind kind;
  Tier tier = Tier::memory;  // of the slot; each tier counts its slots from 0
  std::int64_t from = 0, to = 0, slot = 0;

  friend bool operator==(const Action&, const Action&) = default;
};

/// The most steps of a schedule: so far all of its numbers are exact.
inline constexpr std::int64_t most_steps = std::int64_t{1} << 40;

/// t(n, s) = r n - C(s + r, r - 1), r the least with C(s + r, s) >= n: the fewest steps without a tape in which n steps can
/// be reversed from s >= 1 snapshots, the first state among them. The n steps with a tape come on top.
std::int64_t least_advances(std::int64_t steps, std::int64_t snapshots);

/// A copy goes on by itself from where the original stands.
class Schedule {
 public:
  /// What to do next; in O(1) on the average.
  Action next();
  /// Answers to `ask`: there is one more step, which may be the last; there is none.
  void more();
  void finish();
  /// Steps that are known of and not yet reversed.
  std::int64_t steps_left() const { return end_; }

 private:
  friend Schedule store_all(std::int64_t steps);
  friend Schedule binomial(std::int64_t steps, std::int64_t snapshots);
  friend Schedule two_level(std::int64_t steps, std::int64_t snapshots, std::int64_t disk);
  friend Schedule online(std::int64_t snapshots);

  /// A snapshot from which all steps up to end_ are to be reversed. With c slots from here on,
  /// below = C(c + r - 1, c) < steps <= C(c + r, c): found again in O(1) when the steps have become fewer.
  struct Level {
    std::int64_t state, slot, r = 0, below = 0;
  };
  /// What the current state waits for while the number of steps is unknown.
  enum class Turn : std::uint8_t { choose, save, advance };

  Schedule(std::int64_t steps, std::int64_t slots, std::int64_t on_disk = 0);
  Action of(Kind kind, const Level& level) const;
  Action save();
  Action advance(std::int64_t steps);
  Action next_online();
  void require_asked() const;
  std::int64_t first_part(Level& level) const;
  std::int64_t slots_from(std::size_t depth) const { return slots_ - static_cast<std::int64_t>(depth); }
  static std::int64_t one_repetition_less(const Level& level, std::int64_t c);

  std::int64_t end_;
  std::int64_t slots_, on_disk_;  // in all; those on disk, which come first
  std::int64_t at_;               // the current state, or none
  std::size_t depth_ = 0;
  std::vector<Level> levels_;  // those behind depth_ hold slots that are free
  Turn turn_ = Turn::choose;
  std::optional<OnlineChoice> choice_;  // as long as the number of steps is unknown
};

/// Every state kept, so that each step but the last runs once without a tape. steps <= most_steps here and below.
Schedule store_all(std::int64_t steps);
/// At most so many snapshots at a time, the first state among them: least_advances(steps, snapshots) steps without a tape.
Schedule binomial(std::int64_t steps, std::int64_t snapshots);
/// The binomial schedule of snapshots + disk, of which so many lie on disk: those that are written and read least.
Schedule two_level(std::int64_t steps, std::int64_t snapshots, std::int64_t disk);
/// The number of steps is asked for as the loop goes on.
Schedule online(std::int64_t snapshots);

/// What a schedule does, counted by going through it.
struct Count {
  std::int64_t advanced = 0, taped = 0;
  std::int64_t most_snapshots = 0, most_on_disk = 0;  // at one time, in each tier
  std::int64_t writes = 0, reads = 0;                 // of the disk
  std::int64_t actions = 0;

  void add(const Action& action);

 private:
  std::int64_t in_memory_ = 0, on_disk_ = 0;
};
/// Goes through a schedule; one that asks is told that there are so many steps. Calls `pause` a few times a second.
Count count(Schedule plan, std::int64_t steps = 0, void (*pause)() = nullptr);

}  // namespace wengert::checkpoint
