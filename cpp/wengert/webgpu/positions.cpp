// Positions of whole rows: x[index] of more axes than one is recorded as positions of single elements, each row's one after
// the other. What is known of their multiples and runs tells.
#include <numeric>

#include "wengert/webgpu/graph.hpp"

namespace wengert::webgpu {
namespace {

const Source::Constant* constant_of(const Graph& g, ItemId i) {
  const bool known = i < g.source_constant.size() && g.source_constant[i];
  return known ? &g.p.constants[g.source_constant[i] - 1] : nullptr;
}

/// What all elements are multiples of; 0 where all are 0.
std::int64_t multiple_of(const Graph& g, ItemId i) {
  const Item& x = g.items[i];
  if (x.type != Scalar::whole) return 1;
  if (x.form == Form::literal) return std::abs(static_cast<std::int64_t>(x.number));
  if (const Source::Constant* c = constant_of(g, i)) return c->multiple;
  if (x.form == Form::view) return multiple_of(g, x.in[0]);
  if (x.form != Form::map) return 1;
  if (x.code == map_copy) return multiple_of(g, x.in[0]);
  if (x.code == static_cast<std::uint32_t>(Op::add)) return std::gcd(multiple_of(g, x.in[0]), multiple_of(g, x.in[1]));
  if (x.code != static_cast<std::uint32_t>(Op::multiply)) return 1;
  const std::int64_t a = multiple_of(g, x.in[0]), b = multiple_of(g, x.in[1]);
  return a < (std::int64_t{1} << 31) && b < (std::int64_t{1} << 31) ? a * b : 1;
}

/// Are its elements in their order, whatever the shape?
bool is_plain(const Graph& g, ItemId i) {
  const Elements e = elements(g, i);
  return is_row_major(g.items[i].shape, e) && g.count(e.base) == g.count(i);
}

/// Of a sum of two: the operand that each row begins with, where the other one counts through a row.
RowPositions of_sum(const Graph& g, const Item& sum, int k) {
  const ItemId begins = sum.in[static_cast<std::size_t>(k)], along = sum.in[static_cast<std::size_t>(1 - k)];
  const Shape &a = g.items[begins].shape, &b = g.items[along].shape;
  const Source::Constant* c = is_plain(g, along) ? constant_of(g, elements(g, along).base) : nullptr;
  const std::int64_t width = g.count(along);
  if (!c || width < 2 || c->run != width || g.count(begins) * width != element_count(sum.shape)) return {begins, 1};
  for (int j = 1; j <= std::min(a.count(), b.count()); ++j) {
    if (a[a.count() - j] != 1 && b[b.count() - j] != 1) return {begins, 1};
    if (a[a.count() - j] != 1 && j < b.count()) return {begins, 1};  // the rows' own axes come last
  }
  return {begins, multiple_of(g, begins) % width == 0 ? width : 1};
}

}  // namespace

RowPositions row_positions(Graph& g, ItemId positions, std::int64_t size) {
  const ItemId from =
      is_plain(g, positions) && g.items[positions].form != Form::literal ? elements(g, positions).base : positions;
  if (const Source::Constant* c = constant_of(g, from)) {
    const std::int64_t width = std::gcd(c->run, size);
    if (width < 2) return {positions, 1};
    Item begins{.form = Form::view, .type = Scalar::whole, .shape = {g.count(from) / width}, .in = {from}};
    begins.strides = {width};
    begins.node = g.items[positions].node;
    return {add(g, std::move(begins)), width};
  }
  const Item sum = g.items[from];
  if (sum.form != Form::map || sum.code != static_cast<std::uint32_t>(Op::add)) return {positions, 1};
  for (int k = 0; k < 2; ++k) {
    const RowPositions found = of_sum(g, sum, k);
    if (found.width > 1 && size % found.width == 0) return found;
  }
  return {positions, 1};
}

}  // namespace wengert::webgpu
