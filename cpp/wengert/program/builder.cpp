#include "wengert/program/builder.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "wengert/program/layout.hpp"
#include "wengert/rule/elementwise.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/structural/shown.hpp"
#include "wengert/tape/guards.hpp"

namespace wengert::program {
namespace {

/// Mixes a number into a hash. source : the finalizer of MurmurHash3 (A. Appleby, public domain)
std::size_t mixed(std::size_t h, std::uint64_t x) {
  x += h * 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdu;
  return x ^ (x >> 33);
}
std::size_t hash_of(const Type& t) {
  std::size_t h = static_cast<std::size_t>(t.dtype);
  for (const std::int64_t n : t.shape) h = mixed(h, static_cast<std::uint64_t>(n));
  return h;
}

/// Constants up to this size are compared by their bits, larger ones by their place in memory.
constexpr std::int64_t worth_comparing = 64;

std::size_t hash_of(const Value& v) {
  if (!v.is_array()) return mixed(1, std::bit_cast<std::uint64_t>(v.as_double()));
  if (v.size() > worth_comparing) return mixed(2, reinterpret_cast<std::uintptr_t>(v.block()->data));
  const Storage a = contiguous(v.storage());
  std::size_t h = static_cast<std::size_t>(v.dtype());
  for (std::size_t k = 0; k < static_cast<std::size_t>(a->size) * item_size(a->dtype); ++k) {
    h = mixed(h, static_cast<std::uint64_t>(a->data[k]));
  }
  return h;
}
bool same_constant(const Value& a, const Value& b) {
  if (!a.is_array() || !b.is_array() || a.size() <= worth_comparing) {
    return same_outcome(a, b.is_array() ? Value(contiguous(b.storage())) : b);
  }
  const Block &p = *a.block(), &q = *b.block();
  return p.data == q.data && p.dtype == q.dtype && same_shape(p, q) &&
         std::equal(p.strides(), p.strides() + p.ndim, q.strides());
}

/// Are all elements the same, bit for bit? Broadcast, or row-major.
bool is_uniform(const Value& v) {
  if (v.size() == 1) return true;
  const Block& a = *v.block();
  if (std::all_of(a.strides(), a.strides() + a.ndim, [](std::int64_t s) { return s == 0; })) return true;
  const std::size_t item = item_size(a.dtype);
  return a.contiguous && std::memcmp(a.data, a.data + item, static_cast<std::size_t>(a.size - 1) * item) == 0;
}

/// May raise: so it stays, even where nobody needs its value.
bool may_refuse(const Listing& p, std::size_t i) {
  const Node& n = p.nodes[i];
  if (n.code == code::call) return structural::info(p.call(i).primitive).may_refuse;
  return n.code == static_cast<std::uint16_t>(Op::integer_power) && !is_float(p.type(i).dtype);
}

}  // namespace

std::uint32_t Builder::type_number(const Type& t) {
  const std::size_t h = hash_of(t);
  for (auto [it, end] = types_.equal_range(h); it != end; ++it) {
    if (p_.types[it->second] == t) return it->second;
  }
  p_.types.push_back(t);
  types_.emplace(h, static_cast<std::uint32_t>(p_.types.size() - 1));
  return static_cast<std::uint32_t>(p_.types.size() - 1);
}

NodeId Builder::push(std::uint16_t code, NodeId a, NodeId b, std::uint32_t type) {
  p_.nodes.push_back({code, a, b, type});
  p_.places.push_back(place_);
  second_.push_back(again_);
  row_by_row_.push_back(false);
  row_by_row_.back() = lies_row_by_row(p_, p_.size() - 1, row_by_row_, false);
  return static_cast<NodeId>(p_.nodes.size() - 1);
}

template <class Same>
NodeId Builder::seen(std::size_t hash, Same&& same) const {
  return seen_.find(hash, [&](NodeId id) { return same(node(id)); });
}

NodeId Builder::input(const Type& t) {
  p_.inputs.push_back(t);
  return push(code::input, static_cast<NodeId>(p_.inputs.size() - 1), NodeId::none, type_number(t));
}

NodeId Builder::constant(const Value& v) {
  const std::size_t h = mixed(hash_of(v), code::constant);
  const NodeId found =
      seen(h, [&](const Node& n) { return n.code == code::constant && same_constant(p_.constants[index(n.a)], v); });
  if (found != NodeId::none) return found;
  p_.constants.push_back(v);
  const NodeId id = push(code::constant, static_cast<NodeId>(p_.constants.size() - 1), NodeId::none,
                         type_number({v.dtype(), v.shape()}));
  seen_.insert(h, id);
  return id;
}

template <class Holds>
bool Builder::is_one_number(NodeId id, Holds&& holds) const {
  if (!is_constant(id)) return false;
  const Value& v = value(id);
  if (v.size() == 0 || is_complex(v.dtype()) || !is_float(v.dtype())) return false;
  return holds(element(v, 0)) && is_uniform(v);
}
bool Builder::is_number(NodeId id, double x) const {
  return is_one_number(id, [&](double first) { return first == x && std::signbit(first) == std::signbit(x); });
}
bool Builder::is_positive(NodeId id) const {
  return is_one_number(id, [](double first) { return first > 0.0 && std::isfinite(first); });
}

/// Operations that return an operand, bit for bit: `t` is the type of the result. They would lay it row by row, which
/// products tell from other ways to lie.
NodeId Builder::simplified(Op op, NodeId a, NodeId b, const Type& t) const {
  const auto same = [&](NodeId id) { return row_by_row_[index(id)] && type(id) == t; };
  const bool scales = op == Op::multiply || op == Op::scale || op == Op::scale_both;
  if (scales && is_number(a, 1.0) && same(b)) return b;
  if ((scales || op == Op::divide) && b != NodeId::none && is_number(b, 1.0) && same(a)) return a;
  if (op == Op::subtract && is_number(b, 0.0) && same(a)) return a;
  if (op == Op::positive && same(a)) return a;
  if (op == Op::negative && node(a).code == static_cast<std::uint16_t>(Op::negative) && same(node(a).a)) {
    return node(a).a;
  }
  return NodeId::none;
}

/// Two arrays put at the same place among zeros, as the adjoints of a slice are that is used twice: their sum put there.
NodeId Builder::sum_of_padded(NodeId a, NodeId b) {
  const auto padded = [&](NodeId id) -> const Call* {
    if (node(id).code != code::call) return nullptr;
    const Call& c = p_.calls[index(node(id).a)];
    return c.primitive == structural::id<structural::pad> ? &c : nullptr;
  };
  if (b == NodeId::none || !padded(a) || !padded(b)) return NodeId::none;
  const Call p = *padded(a), q = *padded(b);
  const NodeId x = p_.operands_of(p)[0], y = p_.operands_of(q)[0];
  if (!(type(x) == type(y)) || !std::ranges::equal(p_.attributes_of(p), p_.attributes_of(q))) return NodeId::none;
  const Type inner = type(x), whole = type(a);
  const std::vector<std::int64_t> at(p_.attributes_of(p).begin(), p_.attributes_of(p).end());
  const NodeId sum[] = {elementwise(Op::add, x, y, inner)};
  return call(structural::id<structural::pad>, sum, at, whole);
}

NodeId Builder::elementwise(Op op, NodeId a, NodeId b, const Type& t) {
  if (op == Op::add) {
    const NodeId sum = sum_of_padded(a, b);
    if (sum != NodeId::none) return sum;
  }
  // The zeros of a product with a number above zero are those of the other factor: there is nothing to choose.
  if (op == Op::scale && (is_positive(a) || is_positive(b))) op = Op::multiply;
  const NodeId kept = simplified(op, a, b, t);
  if (kept != NodeId::none) return kept;
  if (is_constant(a) && (b == NodeId::none || is_constant(b))) {
    return constant(rule::evaluate(rule::primitive(op), value(a), b == NodeId::none ? nullptr : &value(b)));
  }
  const auto c = static_cast<std::uint16_t>(op);
  const std::uint32_t type = type_number(t);
  const std::size_t h = mixed(mixed(mixed(c, index(a)), index(b)), type);
  const NodeId found = seen(h, [&](const Node& n) { return n.code == c && n.a == a && n.b == b && n.type == type; });
  if (found != NodeId::none) return found;
  const NodeId id = push(c, a, b, type);
  seen_.insert(h, id);
  return id;
}

/// Movements that move nothing, two transpositions that undo each other, two reshapes that are one.
NodeId Builder::simplified_call(CallId id, std::span<const NodeId> in, Attributes, const Type& t) const {
  const bool moves = id == structural::id<structural::reshape> || id == structural::id<structural::broadcast_to> ||
                     (id == structural::id<structural::astype> && row_by_row_[index(in[0])]);
  return moves && type(in[0]) == t ? in[0] : NodeId::none;
}

void Builder::note_write(NodeId id, NodeId x, Attributes slice) {
  const auto [from, to] = structural::Shown(row_major(type(x).shape), slice).bounds();
  const auto earlier = written_.find(x);
  Written all{x, from, to};
  if (earlier != written_.end() && from < to) {
    const Written& w = earlier->second;
    all = w.from < w.to ? Written{w.before, std::min(w.from, from), std::max(w.to, to)} : Written{w.before, from, to};
  }
  written_[id] = all;
}

/// What was written into exactly this slice of x last, if that is known (`found`); else the array before those writes that
/// left the slice as it was.
NodeId Builder::behind_writes(NodeId x, Attributes slice, const Type& t, NodeId& found) {
  constexpr int most = 64;  // writes that are looked through
  const auto bounds = [&](Attributes at) { return structural::Shown(row_major(type(x).shape), at).bounds(); };
  const auto [from, to] = bounds(slice);
  for (int k = 0; k < most && !again_; ++k) {
    const auto all = written_.find(x);
    if (all == written_.end()) return x;
    if (all->second.to <= from || to <= all->second.from) {
      x = all->second.before;
      continue;
    }
    const Call& c = p_.calls[index(node(x).a)];
    const NodeId v = p_.operands_of(c)[1];
    if (std::ranges::equal(p_.attributes_of(c), slice)) {
      if (type(v) == t && row_by_row_[index(v)]) found = v;
      else if (is_one_number(v, [](double) { return true; }))
        found = constant(full(t.dtype, t.shape, element(value(v), 0)));
      return x;
    }
    const auto [first, last] = bounds(p_.attributes_of(c));
    if (first < to && from < last) return x;
    x = p_.operands_of(c)[0];
  }
  return x;
}

NodeId Builder::call(CallId id, std::span<const NodeId> in, Attributes at, const Type& t) {
  NodeId read = NodeId::none;
  if (id == structural::id<structural::slice>) {
    NodeId found = NodeId::none;
    read = behind_writes(in[0], at, t, found);
    if (found != NodeId::none) return found;
    in = std::span(&read, 1);
  }
  const NodeId kept = simplified_call(id, in, at, t);
  if (kept != NodeId::none) return kept;
  const std::uint32_t type = type_number(t);
  std::size_t h = mixed(code::call, static_cast<std::uint64_t>(id));
  for (const NodeId n : in) h = mixed(h, index(n));
  for (const std::int64_t n : at) h = mixed(h, static_cast<std::uint64_t>(n));
  const NodeId found = seen(h, [&](const Node& n) {
    if (n.code != code::call) return false;
    const Call& c = p_.calls[index(n.a)];
    return c.primitive == id && n.type == type && std::ranges::equal(p_.operands_of(c), in) &&
           std::ranges::equal(p_.attributes_of(c), at);
  });
  if (found != NodeId::none) return found;
  p_.calls.push_back({id, static_cast<std::uint16_t>(at.size()), static_cast<std::uint32_t>(in.size()),
                      p_.attributes.size(), p_.operands.size()});
  p_.operands.insert(p_.operands.end(), in.begin(), in.end());
  p_.attributes.insert(p_.attributes.end(), at.begin(), at.end());
  const NodeId made = push(code::call, static_cast<NodeId>(p_.calls.size() - 1), NodeId::none, type);
  if (id == structural::id<structural::slice_set>) note_write(made, in[0], at);
  seen_.insert(h, made);
  return made;
}

void Builder::guard(Guard::Kind kind, NodeId node, const Value& outcome) {
  if (is_constant(node)) return;
  const std::uint64_t key = (std::uint64_t{index(node)} << 2) | static_cast<std::uint64_t>(kind);
  if (!guarded_.insert(key).second) return;
  p_.guards.push_back({kind, node, outcome});
}

void Builder::done_again(bool yes) {
  again_ = yes;
  if (!yes) return;
  seen_.clear();
  p_.stages.push_back(static_cast<NodeId>(p_.size()));
}

Listing Builder::finish() {
  std::vector<bool> needed(p_.size());
  const auto need = [&](NodeId id) { needed[index(id)] = true; };
  for (const NodeId id : p_.outputs) need(id);
  for (const Guard& g : p_.guards) need(g.node);
  for (std::size_t i = p_.size(); i-- > 0;) {
    if (!needed[i] && !second_[i] && may_refuse(p_, i)) needed[i] = true;
    if (needed[i]) p_.each_operand(i, need);
  }
  Listing kept;
  kept.types = p_.types;
  kept.inputs = p_.inputs;
  kept.opaque = p_.opaque;
  std::vector<NodeId> now(p_.size(), NodeId::none);
  auto stage = p_.stages.begin();
  const auto moved = [&](NodeId id) { return id == NodeId::none ? id : now[index(id)]; };
  for (std::size_t i = 0; i < p_.size(); ++i) {
    Node n = p_.nodes[i];
    for (; stage != p_.stages.end() && index(*stage) == i; ++stage)
      kept.stages.push_back(static_cast<NodeId>(kept.size()));
    if (!needed[i] && n.code != code::input) continue;
    now[i] = static_cast<NodeId>(kept.size());
    if (n.code == code::constant) {
      kept.constants.push_back(p_.constants[index(n.a)]);
      n.a = static_cast<NodeId>(kept.constants.size() - 1);
    } else if (n.code == code::call) {
      Call c = p_.call(i);
      const auto in = p_.operands_of(c);
      const Attributes at = p_.attributes_of(c);
      c.first_operand = kept.operands.size();
      c.first_attribute = kept.attributes.size();
      for (const NodeId id : in) kept.operands.push_back(moved(id));
      kept.attributes.insert(kept.attributes.end(), at.begin(), at.end());
      kept.calls.push_back(c);
      n.a = static_cast<NodeId>(kept.calls.size() - 1);
    } else if (n.code != code::input) {
      n.a = moved(n.a);
      n.b = moved(n.b);
    }
    kept.nodes.push_back(n);
    kept.places.push_back(p_.places[i]);
  }
  for (const NodeId id : p_.outputs) kept.outputs.push_back(moved(id));
  for (const Mark& m : p_.marks) {
    if (moved(m.node) != NodeId::none) kept.marks.push_back({moved(m.node), m.name});
  }
  for (const Guard& g : p_.guards) kept.guards.push_back({g.kind, moved(g.node), g.outcome});
  std::ranges::stable_sort(kept.guards, {}, [](const Guard& g) { return index(g.node); });
  return kept;
}

}  // namespace wengert::program
