#include "wengert/tape/placements.hpp"

#include "wengert/rule/structural/shown.hpp"
#include "wengert/tape/writes.hpp"

namespace wengert {
namespace {

/// Where arrays of zeros around each would take many times what is placed in them.
bool worth_gathering(std::span<const Placements::Placement> all) {
  constexpr std::size_t least = 8;
  constexpr std::int64_t times = 16;
  std::int64_t size = 0;
  for (const Placements::Placement& p : all) size += p.ybar.size();
  return all.size() >= least &&
         times * size <= static_cast<std::int64_t>(all.size()) * element_count(all[0].array.shape);
}

void append_positions(const Placements::Placement& p, std::vector<std::int64_t>& to) {
  if (p.positions) {
    const Storage at = contiguous(strided(p.positions->value, Dtype::int64));
    to.insert(to.end(), at.data<std::int64_t>(), at.data<std::int64_t>() + at->size);
    return;
  }
  const structural::Shown shown(row_major(p.array.shape), p.slice);
  each_run(shown.counts, shown.strides, row_major(shown.counts), [&](std::int64_t i, std::int64_t, const Run& run) {
    for (std::int64_t k = 0; k < run.count; ++k) to.push_back(shown.offset + i + k * run.step_a);
  });
}

Var gathered_once(const std::optional<Var>& xbar, std::span<const Placements::Placement> all) {
  const Type& t = all[0].array;
  std::vector<std::int64_t> at;
  std::vector<Var> values;
  for (const Placements::Placement& p : all) {
    append_positions(p, at);
    values.push_back(reshaped(p.ybar, Shape{p.ybar.size()}));
  }
  const Storage positions = allocate(Dtype::int64, Shape{static_cast<std::int64_t>(at.size())});
  std::ranges::copy(at, positions.data<std::int64_t>());
  const Var before = xbar ? *xbar : Var(full(t.dtype, t.shape, 0.0));
  return scatter_added(before, Var(Value(positions)), concatenated(values, 0));
}

}  // namespace

std::vector<Placements::Placement> Placements::taken(std::size_t array) {
  const auto found = of_.find(array);
  if (found == of_.end()) return {};
  std::vector<Placement> all = std::move(found->second);
  of_.erase(found);
  return all;
}

/// In an array's place where the array was written to before: a loop that fills one has an adjoint that it goes through too.
static Var with_placement(Var xbar, const Placements::Placement& p) {
  constexpr std::int64_t times = 16;
  if (p.positions) return scatter_added(xbar, *p.positions, p.ybar);
  if (!is_written(xbar) || times * p.ybar.size() > element_count(p.array.shape))
    return xbar + placed(p.ybar, p.array.shape, p.slice);
  const Var sum = sliced(xbar, p.slice) + p.ybar;
  const std::optional<Var> over = written_over(xbar, sum, p.slice, 0);
  return over ? *over : slice_assigned(xbar, sum, p.slice);
}

Var with_placements(std::optional<Var> xbar, std::span<const Placements::Placement> all) {
  if (!(xbar && is_written(*xbar)) && worth_gathering(all)) return gathered_once(xbar, all);
  std::size_t done = 0;
  if (!xbar && !all[0].positions) xbar = placed(all[done++].ybar, all[0].array.shape, all[0].slice);
  Var sum = xbar ? std::move(*xbar) : Var(full(all[0].array.dtype, all[0].array.shape, 0.0));
  xbar.reset();
  for (const Placements::Placement& p : all.subspan(done)) sum = with_placement(std::move(sum), p);
  return sum;
}

}  // namespace wengert
