// Which states of a loop to keep while nobody knows how many steps it will have.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace wengert::checkpoint {

/// t(n, c) for one number of snapshots c while n grows from 1 by one at a time: O(1) each.
class Advances {
 public:
  explicit Advances(std::int64_t snapshots) : snapshots_(snapshots) {}
  void add_step();
  /// 0 before the first step too.
  std::int64_t least() const { return repetitions_ * steps_ - spared_; }

 private:
  std::int64_t snapshots_, steps_ = 0, repetitions_ = 0;
  std::int64_t reach_ = 1;   // C(c + r, c) steps, which r repetitions suffice for
  std::int64_t spared_ = 0;  // C(c + r, r - 1), the sum of the reaches before
};

/// Keeps the snapshots from which the loop would be reversed in the fewest steps if it ended right then. A new state takes
/// the place of whichever snapshot is worth least, or is not kept if that is itself.
/// It is Stumm & Walther's idea (2010) carried through for every length: at most 1.04 times as many steps, with a tape or
/// without, as if the length were known, from 10 snapshots on (a measured bound: tests and docs/checkpointing.md).
class OnlineChoice {
 public:
  explicit OnlineChoice(std::int64_t snapshots) : snapshots_(snapshots), apart_(2), together_(2) {}

  /// To be asked at each state in turn, once it is known that at least two more steps follow: the number of the snapshot,
  /// counted from the oldest, that is given up for this one; their count where there is room; none where it is not kept.
  /// O(1), and for a state that is kept O(snapshots after the one given up).
  std::optional<std::size_t> place(std::int64_t state);

 private:
  /// A snapshot, and sums over those before it. The steps from one to the next are a gap, which costs t(gap, slots left);
  /// costs of giving one up are all less the same amount.
  struct Kept {
    std::int64_t state;
    std::int64_t as_is = 0;     // what all gaps before it cost
    std::int64_t one_more = 0;  // the same, each with one slot more, as behind a snapshot that is given up
    std::int64_t cheapest = std::numeric_limits<std::int64_t>::max();  // to give up one before it but the first
    std::size_t which = 0;                                             // that one
  };
  void replace(std::size_t given_up, std::int64_t state);
  void sum_up(std::size_t from);

  std::int64_t snapshots_;
  std::vector<Kept> kept_;
  Advances apart_, together_;  // with two slots: the steps after the last snapshot; those after the last but one
};

}  // namespace wengert::checkpoint
