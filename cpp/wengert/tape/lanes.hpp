// vmap's levels, and the hidden axes of arrays that are batched over them.
#pragma once
#include "wengert/tape/var.hpp"

namespace wengert {

/// One vmap at work on this thread, as long as this is; levels end in the reverse order of their beginning.
class Level {
 public:
  explicit Level(std::int64_t size);
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;
  ~Level();

  std::int64_t size() const { return size_; }
  Lanes bit() const { return Lanes{1} << depth_; }
  int depth() const { return depth_; }
  /// Never used again, by a level or a transform.
  std::uint32_t serial() const { return serial_; }
  const Level* outer() const { return outer_; }

 private:
  std::int64_t size_;
  std::uint32_t serial_;
  int depth_;
  const Level* outer_;
};

/// For the length of a sweep over a recording made inside of them, levels are not at work: their hidden axes are axes like
/// others there.
class Suspension {
 public:
  explicit Suspension(Lanes lanes);
  Suspension(const Suspension&) = delete;
  Suspension& operator=(const Suspension&) = delete;
  ~Suspension();

 private:
  Lanes before_;
};

/// The vmap entered last, or null.
const Level* innermost_level();
/// All levels at work, those in suspension not counted.
Lanes all_lanes();
/// The innermost of the levels named, or null where none is named or it is not at work.
const Level* innermost_of(Lanes lanes);

/// The array itself, its hidden axes seen.
inline Var bare(const Var& x) { return {x.value, x.node}; }
inline Var with_lanes(Var x, Lanes lanes) {
  x.lanes = lanes;
  return x;
}
/// The value alone: no node, the same lanes.
inline Var constant_of(const Var& x) { return {x.value, NodeId::none, x.lanes}; }

/// The whole array with a hidden axis for each of `lanes` (of size 1 where x is alike) and at least `ndim` others behind;
/// an x that is alike in all lanes stays as it is.
Var aligned(const Var& x, Lanes lanes, int ndim);
/// x, different from lane to lane (in form: its memory may be one) in these levels too.
Var spread_over(const Var& x, Lanes lanes);

/// The first axis shown becomes the hidden one of the innermost level.
Var lifted(const Var& x, const Level& level);
/// The hidden axis of the innermost level becomes the first one shown; an x that is alike in its lanes is repeated.
Var lowered(const Var& x, const Level& level);

/// A recording made inside of the levels `base` holds whole arrays. For a sweep over it the hidden axes of `base` are axes
/// like others, and only levels entered since are hidden, in front of them.
Var rebased(const Var& x, Lanes base);
/// Back again: a result of the sweep that belongs to an array batched over `lanes`.
Var restored(const Var& x, Lanes lanes);

/// One lane of x in `levels`, those of them that it differs along: `at` has a position for each of `levels`.
Var one_lane(const Var& x, Lanes levels, std::span<const std::int64_t> at);
/// Results of all lanes of `levels`, row by row, as one array that differs along them.
Var side_by_side(std::span<const Var> each, Lanes levels, const Shape& sizes);

// What `apply` and `call` do where lanes are involved.
Var apply_in_lanes(Op op, const Var& a, const Var& b);
Var call_in_lanes(CallId id, std::span<const Var> in, Attributes at, Lanes lanes);

}  // namespace wengert
