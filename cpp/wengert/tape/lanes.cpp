#include "wengert/tape/lanes.hpp"

#include "wengert/base/error.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/table.hpp"
#include "wengert/tape/formulas.hpp"
#include "wengert/tape/functions.hpp"

namespace wengert {
namespace {

constexpr int most_levels = 16;
thread_local constinit const Level* innermost = nullptr;
thread_local constinit Lanes suspended = 0;

/// Sizes of the hidden axes of `lanes`, as operands that have them say.
Shape hidden_sizes(std::span<const Var> in, Lanes lanes) {
  Shape sizes;
  for (Lanes rest = lanes; rest; rest &= rest - 1) {
    const Lanes bit = rest & ~(rest - 1);
    for (const Var& x : in) {
      if (!(x.lanes & bit)) continue;
      sizes.push_back(x.value.shape()[std::popcount(x.lanes & (bit - 1))]);
      break;
    }
  }
  return sizes;
}

/// Axes [start, stop) of an array brought to its front.
Var to_front(const Var& x, int start, int stop) {
  Dims order;
  for (int k = start; k < stop; ++k) order.push_back(k);
  for (int k = 0; k < x.ndim(); ++k) {
    if (k < start || k >= stop) order.push_back(k);
  }
  return transposed(x, order);
}

Dims chained(const Dims& front, const Dims& back) {
  Dims all = front;
  for (const std::int64_t n : back) all.push_back(n);
  return all;
}

}  // namespace

Level::Level(std::int64_t size)
    : size_(size), serial_(next_serial()), depth_(innermost ? innermost->depth() + 1 : 0), outer_(innermost) {
  if (depth_ == most_levels) throw DomainError("vmap: nested deeper than " + std::to_string(most_levels) + " levels");
  innermost = this;
}
Level::~Level() { innermost = outer_; }

const Level* innermost_level() { return innermost; }
Suspension::Suspension(Lanes lanes) : before_(suspended) { suspended |= lanes; }
Suspension::~Suspension() { suspended = before_; }

Lanes all_lanes() { return innermost ? ((innermost->bit() << 1) - 1) & ~suspended : 0; }
const Level* innermost_of(Lanes lanes) {
  const Level* level = innermost;
  while (level && level->bit() > lanes) level = level->outer();
  return level && (level->bit() & lanes) ? level : nullptr;
}

Var aligned(const Var& x, Lanes lanes, int ndim) {
  const int more = ndim - x.ndim();
  if (x.lanes == 0 || (x.lanes == lanes && more <= 0)) return bare(x);
  Shape shape;
  const Shape have = x.value.shape();
  int axis = 0;
  for (Lanes rest = lanes; rest; rest &= rest - 1) {
    shape.push_back(x.lanes & rest & ~(rest - 1) ? have[axis++] : 1);
  }
  for (int k = 0; k < more; ++k) shape.push_back(1);
  while (axis < have.count()) shape.push_back(have[axis++]);
  return reshaped(bare(x), shape);
}

Var spread_over(const Var& x, Lanes lanes) {
  const Lanes all = x.lanes | lanes;
  if (x.lanes == all) return x;
  Shape shape;
  for (const Level* level = innermost; level; level = level->outer()) {
    if (level->bit() & all) shape.push_back(level->size());
  }
  std::reverse(shape.begin(), shape.end());
  return with_lanes(broadcasted(aligned(x, all, x.ndim()), chained(shape, x.shape())), all);
}

Var lifted(const Var& x, const Level& level) { return with_lanes(x, x.lanes | level.bit()); }
Var lowered(const Var& x, const Level& level) {
  return with_lanes(spread_over(x, level.bit()), x.lanes & ~level.bit());
}

Var rebased(const Var& x, Lanes base) {
  const int before = std::popcount(x.lanes & base);
  return with_lanes(to_front(bare(x), before, x.hidden()), x.lanes & ~base);
}

Var restored(const Var& x, Lanes lanes) {
  const int since = x.hidden();
  return with_lanes(to_front(bare(x), since, since + std::popcount(lanes)), x.lanes | lanes);
}

Var one_lane(const Var& x, Lanes levels, std::span<const std::int64_t> at) {
  Var y = bare(x);
  int axis = 0;
  std::size_t k = 0;
  for (Lanes rest = x.lanes | levels; rest; rest &= rest - 1) {
    const Lanes bit = rest & ~(rest - 1);
    const bool named = (levels & bit) != 0;
    if (!(x.lanes & bit)) ++k;
    else if (!named) ++axis;
    else {
      y = section(y, axis, at[k], at[k] + 1);
      y = reshaped(y, without(y.shape(), {axis}, false));
      ++k;
    }
  }
  return with_lanes(y, x.lanes & ~levels);
}

Var side_by_side(std::span<const Var> each, Lanes levels, const Shape& sizes) {
  Lanes others = 0;
  for (const Var& x : each) others |= x.lanes;
  std::vector<Var> rows;
  for (const Var& x : each) {
    const Var y = bare(spread_over(x, others));
    rows.push_back(reshaped(y, chained(Shape{1}, y.shape())));
  }
  const Var all = concatenated(rows, 0);
  const Shape rest = rows[0].shape();
  const Var apart = reshaped(all, chained(sizes, Shape(std::span(rest.begin() + 1, rest.end()))));
  Dims order;
  int ours = 0, theirs = sizes.count();
  for (Lanes left = levels | others; left; left &= left - 1)
    order.push_back(levels & left & ~(left - 1) ? ours++ : theirs++);
  while (theirs < apart.ndim()) order.push_back(theirs++);
  return with_lanes(transposed(apart, order), levels | others);
}

Var apply_in_lanes(Op op, const Var& a, const Var& b) {
  const Lanes lanes = a.lanes | b.lanes;
  const int ndim = broadcast(rule::primitive(op).name, a.shape(), b.shape()).count();
  return with_lanes(apply(op, aligned(a, lanes, ndim), aligned(b, lanes, ndim)), lanes);
}

Var call_in_lanes(CallId id, std::span<const Var> in, Attributes at, Lanes lanes) {
  const auto batched = formulas(id).batched;
  const std::string name(structural::info(id).name);
  if (!batched) throw Error(name + ": no batching rule: used inside vmap on arrays that differ from lane to lane");
  std::vector<Var> whole;
  std::vector<int> ndim;
  for (const Var& x : in) {
    whole.push_back(aligned(x, lanes, x.ndim()));
    ndim.push_back(x.ndim());
  }
  const Shape sizes = hidden_sizes(in, lanes);
  try {
    return with_lanes(batched({id, whole, ndim, at, sizes}), lanes);
  } catch (const ShapeError& e) {
    throw ShapeError(std::string(e.what()) + " (inside vmap: lanes " + text(sizes) + " stand in front)");
  }
}

}  // namespace wengert
