#include "wengert/program/fill.hpp"

#include <algorithm>

#include "wengert/program/excerpt.hpp"
#include "wengert/program/layout.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/structural/shown.hpp"

namespace wengert::program {
namespace {

class Fill {
 public:
  explicit Fill(const Listing& p) : p_(p), out_(p), inside_(p.size()), before_(p.size(), NodeId::none) {}

  /// Is there any chain that is worth it?
  bool find() {
    std::vector<std::uint32_t> uses(p_.size());
    for (std::size_t i = 0; i < p_.size(); ++i) p_.each_operand(i, [&](NodeId id) { ++uses[index(id)]; });
    for (const NodeId id : p_.outputs) ++uses[index(id)];
    for (const Guard& g : p_.guards) ++uses[index(g.node)];
    for (const Mark& m : p_.marks) ++uses[index(m.node)];
    for (std::size_t i = 0; i < p_.size(); ++i) {
      if (!is_write(i)) continue;
      const NodeId x = p_.operands_of(p_.call(i))[0];
      if (is_write(index(x)) && uses[index(x)] == 1) before_[i] = x, inside_[index(x)] = true;
    }
    bool any = false;
    for (std::size_t i = p_.size(); i-- > 0;) {
      if (!is_write(i) || inside_[i]) continue;
      if (worth_it(i)) any = true;
      else leave(i);
    }
    return any;
  }
  Listing filled() {
    const std::vector<NodeId> inputs = nodes_of_inputs(p_);
    for (std::size_t k = 0; k < inputs.size(); ++k) out_.input(p_.inputs[k], inputs[k]);
    for (std::size_t i = 0; i < p_.size(); ++i) {
      if (inside_[i]) continue;
      if (before_[i] != NodeId::none) at_once(i);
      else out_.compute(i);
    }
    for (const NodeId id : p_.outputs) out_.output(id);
    out_.guards();
    return out_.finish().listing;
  }

 private:
  bool is_write(std::size_t i) const { return is<structural::slice_set>(p_, i); }
  std::int64_t count(std::size_t i) const { return element_count(p_.type(i).shape); }
  structural::Shown part(std::size_t i) const { return {row_major(p_.type(i).shape), p_.attributes_of(p_.call(i))}; }
  /// The writes that end at node i, the first one first.
  std::vector<std::size_t> chain(std::size_t i) const {
    std::vector<std::size_t> all{i};
    while (before_[all.back()] != NodeId::none) all.push_back(index(before_[all.back()]));
    std::ranges::reverse(all);
    return all;
  }
  /// Where copies of the whole would take many times what is written.
  bool worth_it(std::size_t i) const {
    constexpr std::size_t least = 8;
    constexpr std::int64_t times = 16;
    const std::vector<std::size_t> all = chain(i);
    std::int64_t size = 0;
    for (const std::size_t k : all) size += element_count(part(k).counts);
    return all.size() >= least && times * size <= static_cast<std::int64_t>(all.size()) * count(i);
  }
  void leave(std::size_t i) {
    for (const std::size_t k : chain(i)) inside_[k] = false, before_[k] = NodeId::none;
  }

  /// What is written, in a row.
  NodeId piece(std::size_t i, Dtype d) {
    const Shape shape = part(i).counts;
    const NodeId v = p_.operands_of(p_.call(i))[1];
    NodeId now = out_.now(v);
    Builder& b = out_.builder();
    const auto list = [](const Shape& s) { return Attributes(s.begin(), s.size()); };
    if (!(p_.type(index(v)).shape == shape)) {
      now = b.call(structural::id<structural::broadcast_to>, std::span(&now, 1), list(shape), {d, shape});
    }
    const Shape row{element_count(shape)};
    return b.call(structural::id<structural::reshape>, std::span(&now, 1), list(row), {d, row});
  }
  void at_once(std::size_t i) {
    const std::vector<std::size_t> all = chain(i);
    const Type& t = p_.type(i);
    if (!p_.places.empty()) out_.builder().at(p_.places[i]);
    std::vector<NodeId> pieces;
    std::vector<std::int64_t> at;
    for (const std::size_t k : all) {
      pieces.push_back(piece(k, t.dtype));
      const structural::Shown s = part(k);
      each_run(s.counts, s.strides, row_major(s.counts), [&](std::int64_t from, std::int64_t, const Run& run) {
        for (std::int64_t j = 0; j < run.count; ++j) at.push_back(s.offset + from + j * run.step_a);
      });
    }
    const Shape row{static_cast<std::int64_t>(at.size())};
    const Storage positions = allocate(Dtype::int64, row);
    std::ranges::copy(at, positions.data<std::int64_t>());
    Builder& b = out_.builder();
    const std::int64_t axis[] = {0};
    const NodeId values = b.call(structural::id<structural::concatenate>, pieces, axis, {t.dtype, row});
    const NodeId in[] = {out_.now(p_.operands_of(p_.call(all[0]))[0]), b.constant(Value(positions)), values};
    out_.is(i, b.call(structural::id<structural::scatter_set>, in, {}, t));
  }

  const Listing& p_;
  Excerpt out_;
  std::vector<bool> inside_;    // written over by a later one of its chain
  std::vector<NodeId> before_;  // the write before this one
};

}  // namespace

Listing filled_at_once(Listing p) {
  Fill fill(p);
  if (fill.find()) return fill.filled();
  return p;
}

}  // namespace wengert::program
