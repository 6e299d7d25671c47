// One sweep along many directions, or many sweeps along one: what is quicker, by what the nodes cost.
#include "wengert/rule/structural/list.hpp"
#include "wengert/tape/sweep.hpp"

namespace wengert {
namespace {

/// Nanoseconds, as measured (bench/python/compare.py, jacobian): only their ratios matter.
struct Cost {
  double each = 0;  // of a sweep along one direction
  double once = 0;  // of a sweep in lanes, however many
  double lane = 0;  // more of it, for every lane
};

std::int64_t elements(const Recording& r, std::size_t i) { return r.is_array(i) ? r.block(i)->size : 1; }

/// A sweep in lanes reads a matrix once for all of them.
void add_product(Cost& c, double widest) {
  c.each += 300 + widest;
  c.once += 2000;
  c.lane += 0.2 * widest;
}

void add(Cost& c, const Recording& r, std::size_t i) {
  double widest = static_cast<double>(elements(r, i));
  if (!r.is_array(i) && r.code_of(i) != code::call) {
    c.each += 6;
    c.once += 400;
    c.lane += 2;
    return;
  }
  r.each_operand(i, [&](NodeId id) { widest = std::max(widest, static_cast<double>(elements(r, index(id)))); });
  const bool call = r.code_of(i) == code::call;
  if (call && r.call(i).primitive == structural::id<structural::matmul>) return add_product(c, widest);
  // Alone, the adjoint of a slice is added in place; in lanes it is an array as large as what was cut.
  const double alone = static_cast<double>(elements(r, i));
  c.each += 200 + (call && structural::info(r.call(i).primitive).contribute ? alone : widest);
  c.once += 1000;
  c.lane += widest;
}

}  // namespace

std::int64_t directions_at_once(const Recording& r, NodeId first, std::int64_t directions) {
  constexpr std::int64_t most_elements = std::int64_t{1} << 24;  // of an array in lanes
  Cost cost;
  std::int64_t widest = 1;
  for (std::size_t i = index(first); i < r.size(); ++i) {
    if (r.is_constant(i) || r.code_of(i) == code::input) continue;
    add(cost, r, i);
    widest = std::max(widest, elements(r, i));
  }
  const double n = static_cast<double>(directions);
  if (directions < 2 || n * cost.each <= cost.once + n * cost.lane) return 1;
  return std::clamp<std::int64_t>(most_elements / widest, 1, directions);
}

}  // namespace wengert
