#include "wengert/program/small_plan.hpp"

#include <algorithm>
#include <utility>

#include "wengert/base/odometer.hpp"
#include "wengert/program/group_plan.hpp"
#include "wengert/program/layout.hpp"
#include "wengert/rule/structural/list.hpp"

namespace wengert::program {
namespace {

/// Beyond this an operation takes so long that a header for its result costs nothing.
constexpr std::int64_t most_elements = 512;

std::optional<Move> one_move(const Shape& counts, const Dims& from, std::int64_t first, const Dims& to,
                             std::int64_t target) {
  const Walk walk(counts, from, to);
  const int n = walk.shape.count() - 1;
  if (n > 1) return std::nullopt;
  const auto narrow = [](std::int64_t x) { return static_cast<std::int32_t>(x); };
  const auto outer = [&](const Dims& d) { return n ? narrow(d[0]) : 0; };
  return Move{n ? narrow(walk.shape[0]) : 1,
              narrow(walk.shape[n]),
              narrow(first),
              outer(walk.a),
              narrow(walk.a[n]),
              narrow(target),
              outer(walk.b),
              narrow(walk.b[n])};
}
std::optional<Move> sliced_move(const Shape& shape, Attributes at) {
  const structural::Shown s = shown(shape, at);
  return one_move(s.counts, s.strides, s.offset, row_major(s.counts), 0);
}
std::optional<Move> padding_move(const Shape& shape, Attributes at) {
  const structural::Shown s = shown(shape, at);
  return one_move(s.counts, row_major(s.counts), 0, s.strides, s.offset);
}

std::uint32_t narrow(std::int64_t n) { return static_cast<std::uint32_t>(n); }

/// Sizes before, of and behind the axes that `mine` tells of, which must lie together; axes of size 1 apart.
template <class Mine>
bool split(const Shape& shape, Mine&& mine, std::uint32_t (&n)[3]) {
  n[0] = n[1] = n[2] = 1;
  int part = 0;
  for (int k = 0; k < shape.count(); ++k) {
    if (shape[k] == 1) continue;
    const bool here = mine(k);
    if (here && part == 2) return false;
    if (here) part = 1;
    else if (part == 1) part = 2;
    n[part] *= narrow(shape[k]);
  }
  return true;
}

}  // namespace

SmallPlan::SmallPlan(const Listing& p, Plan& plan, const std::vector<std::uint32_t>& elsewhere, bool none)
    : p_(p),
      plan_(plan),
      row_major_(p.size()),
      taken_(p.size()),
      through_(p.size()),
      here_(p.size(), NodeId::none),
      user_(p.size(), NodeId::none),
      waits_(p.size()),
      in_pieces_(p.size()) {
  for (std::size_t i = 0; i < p.size(); ++i) row_major_[i] = lies_row_by_row(p, i, row_major_, true);
  find_pieces();
  for (std::size_t i = 0; i < p.size(); ++i) taken_[i] = !none && !elsewhere[i] && may_take(i);
  leave_looks();
  find_users();
  find_pairs();
  for (std::size_t i = 0; i < p.size(); ++i) {
    const Type& t = p.type(i);
    all_.root.push_back(static_cast<NodeId>(i));
    all_.offset.push_back(0);
    all_.size.push_back(is_scalar(t) ? 1 : taken_[i] ? size_of(t) : 0);
  }
}

bool SmallPlan::is_product(std::size_t i) const { return is<structural::matmul>(p_, i); }

std::uint32_t SmallPlan::size_of(const Type& t) {
  if (is_scalar(t)) return 1;
  const std::uint32_t n = padded(element_count(t.shape));
  return t.dtype == Dtype::boolean ? (n + 7) / 8 : n;
}

bool SmallPlan::small(const Type& t) const {
  if (t.shape.count() == 0 || (t.dtype != Dtype::float64 && t.dtype != Dtype::boolean)) return false;
  const std::int64_t n = element_count(t.shape);
  return n > 0 && n <= most_elements;
}

/// Larger arrays that the program reads or writes in many pieces, as loops over elements do: to copy one as a whole is less
/// than a header for each piece.
void SmallPlan::find_pieces() {
  constexpr std::int64_t most = std::int64_t{1} << 24, elements_a_piece = 16;
  std::vector<std::int64_t> pieces(p_.size());
  for (std::size_t i = 0; i < p_.size(); ++i) {
    if (!is<structural::slice, structural::concatenate>(p_, i)) continue;
    const auto in = p_.operands_of(p_.call(i));
    if (is<structural::slice>(p_, i)) pieces[index(in[0])] += small(p_.type(i));
    else pieces[i] = std::ranges::count_if(in, [&](NodeId id) { return small(type(id)); });
  }
  for (std::size_t i = 0; i < p_.size(); ++i) {
    const Type& t = p_.type(i);
    const std::int64_t n = element_count(t.shape);
    in_pieces_[i] = t.dtype == Dtype::float64 && n > most_elements && n <= most && n <= elements_a_piece * pieces[i];
  }
}

/// May lie among the numbers, or be copied there.
bool SmallPlan::readable(NodeId id) const {
  const Type& t = type(id);
  return small(t) || in_pieces_[index(id)] || (t.shape.count() == 0 && t.dtype == Dtype::float64);
}

bool SmallPlan::may_take(std::size_t i) const {
  const Node& n = p_.nodes[i];
  const Type& t = p_.type(i);
  if (n.code == code::call) return takes_call(i);
  if (n.code >= code::elementwise_end || !small(t)) return false;
  const auto fits = [&](NodeId id) {
    return id == NodeId::none || (type(id).dtype == Dtype::float64 && readable(id) && pattern(type(id).shape, t.shape));
  };
  const rule::Primitive& q = rule::primitive(static_cast<Op>(n.code));
  const bool asks = q.types == rule::compare;
  return q.value[wengert::index(Dtype::float64)] && asks == (t.dtype == Dtype::boolean) && fits(n.a) && fits(n.b);
}

bool SmallPlan::takes_call(std::size_t i) const {
  const Call& c = p_.call(i);
  const auto in = p_.operands_of(c);
  const Attributes at = p_.attributes_of(c);
  const Type &t = p_.type(i), &x = type(in[0]);
  if (!readable(static_cast<NodeId>(i)) || !std::ranges::all_of(in, [&](NodeId id) { return readable(id); }))
    return false;
  if (is<structural::select>(p_, i)) {
    return small(t) && t.dtype == Dtype::float64 && x.shape == t.shape && pattern(type(in[1]).shape, t.shape) &&
           pattern(type(in[2]).shape, t.shape);
  }
  const bool numbers = t.dtype == Dtype::float64 && x.dtype == Dtype::float64 && (small(t) || small(x));
  if (is<structural::stop>(p_, i)) return small(t) && t == x;
  if (is<structural::reshape>(p_, i)) return numbers || (small(t) && small(x) && t.dtype == x.dtype);
  if (!numbers) return false;
  if (is<structural::transpose>(p_, i)) return turns_nothing(x.shape, at);
  if (is<structural::broadcast_to>(p_, i)) return pattern(x.shape, t.shape).has_value();
  if (is<structural::slice>(p_, i)) return sliced_move(x.shape, at).has_value();
  if (is<structural::pad>(p_, i)) return padding_move(t.shape, at) && shown(t.shape, at).counts == x.shape;
  if (is<structural::slice_set>(p_, i)) {
    return padding_move(t.shape, at) && type(in[1]).dtype == t.dtype && shown(t.shape, at).counts == type(in[1]).shape;
  }
  if (is<structural::concatenate>(p_, i))
    return std::ranges::all_of(in, [&](NodeId id) { return type(id).dtype == t.dtype; });
  if (is<structural::sum>(p_, i)) {
    std::uint32_t n[3];
    const Dims axes = structural::axes(at);
    const auto reduced = [&](int k) { return axes.contains(k); };
    const auto several = std::ranges::count_if(axes, [&](std::int64_t k) { return x.shape[static_cast<int>(k)] > 1; });
    return small(x) && split(x.shape, reduced, n) && (several < 2 || row_major_[index(in[0])]);
  }
  return is<structural::matmul>(p_, i) && takes_product(i);
}

/// What a product reads through a transposition, which it can do itself.
NodeId SmallPlan::behind(NodeId id) const {
  const std::size_t i = index(id);
  if (!is<structural::transpose>(p_, i) || taken_[i]) return id;
  const NodeId x = p_.operands_of(p_.call(i))[0];
  return type(x).shape.count() == 2 && small(type(x)) && row_major_[index(x)] ? x : id;
}

bool SmallPlan::takes_product(std::size_t i) const {
  return std::ranges::all_of(p_.operands_of(p_.call(i)), [&](NodeId id) {
    const int n = type(id).shape.count();
    return (n == 1 || n == 2) && type(id).dtype == Dtype::float64 && row_major_[index(behind(id))];
  });
}

/// What only looks at elements in another order is as it would be elsewhere, if somebody elsewhere reads it.
void SmallPlan::leave_looks() {
  std::vector<bool> elsewhere(p_.size());
  for (std::size_t i = p_.size(); i-- > 0;) {
    if (!row_major_[i] && elsewhere[i]) taken_[i] = false;
    if (!taken_[i]) p_.each_operand(i, [&](NodeId id) { elsewhere[index(id)] = true; });
  }
}

void SmallPlan::find_users() {
  std::vector<std::uint32_t> uses(p_.size()), through(p_.size());
  for (std::size_t i = 0; i < p_.size(); ++i) {
    const bool reads_through = is<structural::matmul>(p_, i) && taken_[i];
    p_.each_operand(i, [&](NodeId id) {
      ++uses[index(id)];
      through[index(id)] += reads_through && behind(id) != id;
      user_[index(id)] = static_cast<NodeId>(i);
    });
  }
  for (const NodeId id : p_.outputs) ++uses[index(id)], user_[index(id)] = NodeId::none;
  for (const Guard& g : p_.guards) ++uses[index(g.node)], user_[index(g.node)] = NodeId::none;
  for (std::size_t i = 0; i < p_.size(); ++i) {
    if (uses[i] != 1) user_[i] = NodeId::none;
    through_[i] = uses[i] && uses[i] == through[i];
  }
}

void SmallPlan::find_pairs() {
  const rule::Pair& pair = rule::pairs()[0];
  std::map<NodeId, NodeId> first;  // by operand
  const auto each = [&](Op op, auto&& f) {
    for (std::size_t i = 0; i < p_.size(); ++i) {
      if (taken_[i] && p_.nodes[i].code == static_cast<std::uint16_t>(op)) f(p_.nodes[i].a, static_cast<NodeId>(i));
    }
  };
  each(pair.first, [&](NodeId x, NodeId i) { first[x] = i; });
  each(pair.second, [&](NodeId x, NodeId i) {
    const auto found = first.find(x);
    if (found != first.end()) pairs_[i] = pairs_[found->second] = {found->second, i};
  });
}

std::optional<SmallPlan::Pattern> SmallPlan::pattern(const Shape& from, const Shape& to) {
  Pattern p;
  const int shift = to.count() - from.count();
  const bool found = shift >= 0 && split(
                                       to, [&](int k) { return k < shift || from[k - shift] == 1; }, p.n);
  return found ? std::optional(p) : std::nullopt;
}

NodeId SmallPlan::fresh(std::uint32_t size) {
  const auto id = static_cast<NodeId>(all_.root.size());
  all_.root.push_back(id);
  all_.offset.push_back(0);
  all_.size.push_back(size);
  return id;
}

/// Where an operand's elements are: its own place, or its copy's.
NodeId SmallPlan::here(NodeId id) {
  NodeId& copy = here_[index(id)];
  if (copy != NodeId::none || is_scalar(type(id)) || taken_[index(id)]) return copy == NodeId::none ? id : copy;
  copy = fresh(size_of(type(id)));
  plan_.presets.push_back({id, static_cast<Slot>(copy), {1, narrow(element_count(type(id).shape)), 1}, false});
  return copy;
}

SmallStep& SmallPlan::push(Kind kind, NodeId a, NodeId b, NodeId y) {
  const auto slot = [](NodeId id) { return static_cast<Slot>(id); };
  plan_.small.push_back({kind, false, false, Op::count, slot(a), slot(b), slot(y), slot(a), {0, 0, 0}});
  return plan_.small.back();
}

NodeId SmallPlan::operand(NodeId id, const Shape& shape) {
  const std::int64_t count = element_count(shape);
  if (element_count(type(id).shape) == count) return here(id);
  return spread_to(id, *pattern(type(id).shape, shape), narrow(count));
}

/// Spread once for all where it comes from outside.
NodeId SmallPlan::spread_to(NodeId id, const Pattern& p, std::uint32_t count) {
  const std::uint16_t c = p_.nodes[index(id)].code;
  const bool source = c == code::constant || c == code::input;
  const auto key = std::tuple(id, p.n[0], p.n[1], p.n[2]);
  if (source && spread_.contains(key)) return spread_[key];
  const NodeId y = fresh(padded(count));
  if (c == code::constant) plan_.presets.push_back({id, static_cast<Slot>(y), {p.n[0], p.n[1], p.n[2]}, true});
  else std::ranges::copy(p.n, push(Kind::spread, here(id), here(id), y).n);
  if (source) spread_[key] = y;
  return y;
}

void SmallPlan::look(std::size_t i, NodeId at, std::uint32_t offset) {
  all_.root[i] = all_.root[index(at)];
  all_.offset[i] = all_.offset[index(at)] + offset;
}

void SmallPlan::move(const Move& m, NodeId a, NodeId y) {
  const auto key = std::array{m.rows, m.columns, m.from, m.from_row, m.from_step, m.to, m.to_row, m.to_step};
  const auto [at, fresh] = moves_.try_emplace(key, static_cast<std::uint32_t>(plan_.moves.size()));
  if (fresh) plan_.moves.push_back(m);
  push(Kind::move, a, a, y).n[0] = at->second;
}

void SmallPlan::place_number(std::size_t i) {
  const Node& n = p_.nodes[i];
  push(Kind::number, n.a, n.b == NodeId::none ? n.a : n.b, static_cast<NodeId>(i)).op = static_cast<Op>(n.code);
}

void SmallPlan::place(std::size_t i) { p_.nodes[i].code == code::call ? call(i) : elementwise(i); }

void SmallPlan::elementwise(std::size_t i) {
  const Node& n = p_.nodes[i];
  const Shape& shape = p_.type(i).shape;
  const std::uint32_t count = padded(element_count(shape));
  if (accumulates(i)) return;
  if (const auto pair = pairs_.find(static_cast<NodeId>(i)); pair != pairs_.end()) {
    const auto [first, second] = pair->second;
    if (index(std::max(first, second)) == i) return;  // with the other
    SmallStep& s = push(Kind::pair, here(n.a), here(n.a), first);
    s.third = static_cast<Slot>(second);
    s.n[0] = count;
    return;
  }
  const NodeId a = operand(n.a, shape), b = n.b == NodeId::none ? a : operand(n.b, shape);
  SmallStep& s = push(Kind::elementwise, a, b, static_cast<NodeId>(i));
  s.op = static_cast<Op>(n.code);
  s.n[0] = count;
}

/// A sum with an outer product that nobody else needs: one step, in the other operand's place if that is free.
bool SmallPlan::accumulates(std::size_t i) {
  const Node& n = p_.nodes[i];
  if (n.code != static_cast<std::uint16_t>(Op::add)) return false;
  if (waits_[index(n.a)] && waits_[index(n.b)]) outer(index(n.a), NodeId::none, n.a);
  const bool left = waits_[index(n.a)];
  if (!left && !waits_[index(n.b)]) return false;
  outer(index(left ? n.a : n.b), operand(left ? n.b : n.a, p_.type(i).shape), static_cast<NodeId>(i));
  return true;
}

void SmallPlan::outer(std::size_t product, NodeId sum, NodeId y) {
  waits_[product] = false;
  const auto in = p_.operands_of(p_.call(product));
  const NodeId a = here(behind(in[0])), b = here(behind(in[1]));
  const std::int64_t rows = element_count(type(in[0]).shape), columns = element_count(type(in[1]).shape);
  SmallStep& s = push(sum == NodeId::none ? Kind::outer : Kind::add_outer, a, b, y);
  if (sum != NodeId::none) s.third = static_cast<Slot>(sum);
  s.n[0] = narrow(rows);
  s.n[1] = narrow(columns);
}

void SmallPlan::call(std::size_t i) {
  const auto in = p_.operands_of(p_.call(i));
  const Attributes at = p_.attributes_of(p_.call(i));
  const Shape& shape = p_.type(i).shape;
  const auto y = static_cast<NodeId>(i);
  if (is<structural::reshape, structural::stop, structural::transpose>(p_, i)) return look(i, here(in[0]));
  if (is<structural::matmul>(p_, i)) return product(i);
  if (is<structural::sum>(p_, i)) return sum(i);
  if (is<structural::slice>(p_, i)) return slice(i);
  if (is<structural::concatenate>(p_, i)) return concatenate(i);
  if (is<structural::broadcast_to>(p_, i)) {
    if (element_count(type(in[0]).shape) == element_count(shape)) return look(i, here(in[0]));
    return static_cast<void>(
        std::ranges::copy(pattern(type(in[0]).shape, shape)->n, push(Kind::spread, here(in[0]), here(in[0]), y).n));
  }
  if (is<structural::select>(p_, i)) {
    const NodeId a = operand(in[1], shape), b = operand(in[2], shape);
    SmallStep& s = push(Kind::select, a, b, y);
    s.third = static_cast<Slot>(here(in[0]));
    s.n[0] = narrow(element_count(shape));
    return;
  }
  if (is<structural::pad>(p_, i)) {
    push(Kind::clear, y, y, y).n[0] = narrow(element_count(shape));
    return move(*padding_move(shape, at), here(in[0]), y);
  }
  // slice_set
  const auto n = static_cast<std::int32_t>(element_count(shape));
  move({1, n, 0, 0, 1, 0, 0, 1}, here(in[0]), y);
  move(*padding_move(shape, at), here(in[1]), y);
}

void SmallPlan::product(std::size_t i) {
  const Call& c = p_.call(i);
  const auto in = p_.operands_of(c);
  const Attributes at = p_.attributes_of(c);
  const NodeId sources[] = {behind(in[0]), behind(in[1])};
  const Shape &a = type(sources[0]).shape, &b = type(sources[1]).shape;
  // As `matmul` reads them: an operand of one axis is a row on the left, a column on the right.
  const bool turned_a = a.count() == 2 && (at[0] != 0) != (sources[0] != in[0]);
  const bool turned_b = b.count() == 1 || (at[1] != 0) != (sources[1] != in[1]);
  const auto size = [](const Shape& s, int axis) { return s.count() == 1 ? (axis == 0 ? 1 : s[0]) : s[axis]; };
  const std::int64_t rows = size(a, turned_a), terms = size(a, !turned_a), columns = size(b, !turned_b);
  const NodeId user = user_[i];
  if (terms == 1) {
    const bool waits = user != NodeId::none && taken_[index(user)] &&
                       p_.nodes[index(user)].code == static_cast<std::uint16_t>(Op::add) &&
                       type(user).shape == p_.type(i).shape;
    waits_[i] = waits;
    return waits ? void() : outer(i, NodeId::none, static_cast<NodeId>(i));
  }
  SmallStep& s = push(Kind::product, here(sources[0]), here(sources[1]), static_cast<NodeId>(i));
  s.turned_a = turned_a;
  s.turned_b = turned_b;
  std::ranges::copy(std::initializer_list<std::uint32_t>{narrow(rows), narrow(terms), narrow(columns)}, s.n);
}

void SmallPlan::sum(std::size_t i) {
  const Call& c = p_.call(i);
  const NodeId x = p_.operands_of(c)[0];
  const Dims axes = structural::axes(p_.attributes_of(c));
  SmallStep& s = push(Kind::sum, here(x), here(x), static_cast<NodeId>(i));
  split(
      type(x).shape, [&](int k) { return axes.contains(k); }, s.n);
}

void SmallPlan::slice(std::size_t i) {
  const Call& c = p_.call(i);
  const NodeId x = p_.operands_of(c)[0];
  const structural::Shown s = shown(type(x).shape, p_.attributes_of(c));
  if (s.without_gaps()) return look(i, here(x), narrow(s.offset));
  move(*sliced_move(type(x).shape, p_.attributes_of(c)), here(x), static_cast<NodeId>(i));
}

void SmallPlan::concatenate(std::size_t i) {
  const Call& c = p_.call(i);
  const Shape& shape = p_.type(i).shape;
  const int axis = normal_axis("concatenate", p_.attributes_of(c)[0], shape.count());
  std::int64_t inner = 1, start = 0;
  for (int k = axis + 1; k < shape.count(); ++k) inner *= shape[k];
  const std::int64_t row = inner * shape[axis], rows = element_count(shape) / row;
  for (const NodeId id : p_.operands_of(c)) {
    const std::int64_t n = inner * type(id).shape[axis];
    const auto narrow = [](std::int64_t x) { return static_cast<std::int32_t>(x); };
    if (n)
      move({narrow(rows), narrow(n), 0, narrow(n), 1, narrow(start), narrow(row), 1}, here(id), static_cast<NodeId>(i));
    start += n;
  }
}

}  // namespace wengert::program
