#include "wengert/tape/placements.hpp"

#include "wengert/rule/structural/shown.hpp"

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

void append_positions(const Shape& array, Attributes slice, std::vector<std::int64_t>& to) {
  const structural::Shown shown(row_major(array), slice);
  each_run(shown.counts, shown.strides, row_major(shown.counts), [&](std::int64_t i, std::int64_t, const Run& run) {
    for (std::int64_t k = 0; k < run.count; ++k) to.push_back(shown.offset + i + k * run.step_a);
  });
}

Var gathered_once(const Var* xbar, std::span<const Placements::Placement> all) {
  const Type& t = all[0].array;
  std::vector<std::int64_t> at;
  std::vector<Var> values;
  for (const Placements::Placement& p : all) {
    append_positions(t.shape, p.slice, at);
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

Var with_placements(const Var* xbar, std::span<const Placements::Placement> all) {
  const Type& t = all[0].array;
  if (worth_gathering(all)) return gathered_once(xbar, all);
  Var sum = xbar ? *xbar : placed(all[0].ybar, t.shape, all[0].slice);
  for (const Placements::Placement& p : all.subspan(xbar ? 0 : 1)) sum = sum + placed(p.ybar, t.shape, p.slice);
  return sum;
}

}  // namespace wengert
