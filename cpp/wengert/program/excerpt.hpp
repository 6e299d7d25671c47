// Parts of one listing as another one.
#pragma once
#include "wengert/program/builder.hpp"

namespace wengert::program {

/// Node i of another listing, no input; `now` says what its nodes are here, and is told.
inline void copy_node(Builder& to, const Listing& from, std::size_t i, std::vector<NodeId>& now) {
  const Node& n = from.nodes[i];
  if (!from.places.empty()) to.at(from.places[i]);
  if (n.code == code::constant) {
    now[i] = to.constant(from.constants[index(n.a)]);
  } else if (n.code == code::call) {
    const Call& c = from.call(i);
    std::vector<NodeId> in;
    for (const NodeId id : from.operands_of(c)) in.push_back(now[index(id)]);
    now[i] = to.call(c.primitive, in, from.attributes_of(c), from.type(i));
  } else {
    const NodeId b = n.b == NodeId::none ? n.b : now[index(n.b)];
    now[i] = to.elementwise(static_cast<Op>(n.code), now[index(n.a)], b, from.type(i));
  }
}

/// Copies nodes of one listing into another.
class Excerpt {
 public:
  explicit Excerpt(const Listing& from) : from_(from), now_(from.size(), NodeId::none) {}

  bool has(NodeId id) const { return now_[index(id)] != NodeId::none; }
  /// Something is given: node `id`, where there is one.
  void input(const Type& type, NodeId id) {
    const NodeId now = builder_.input(type);
    if (id != NodeId::none) now_[index(id)] = now;
  }
  void input(std::size_t i) { input(from_.type(i), static_cast<NodeId>(i)); }
  /// Node i is computed from its operands, which are there.
  void compute(std::size_t i) {
    if (now_[i] == NodeId::none) again(i);
  }
  /// The same where it is there already: what is computed from it from now on takes the later one.
  void again(std::size_t i) { copy_node(builder_, from_, i, now_); }
  /// Node `id`, an input of `from`, is this value.
  void constant(NodeId id, const Value& v) {
    if (id != NodeId::none) now_[index(id)] = builder_.constant(v);
  }
  void output(NodeId id) { builder_.output(now(id)); }
  /// Node i is this one here.
  void is(std::size_t i, NodeId now) { now_[i] = now; }
  Builder& builder() { return builder_; }
  /// From here on operations are done a second time, or no longer.
  void done_again(bool yes) { builder_.done_again(yes); }
  NodeId now(NodeId id) const { return now_[index(id)]; }
  void guard(const Guard& g, NodeId now) { builder_.guard(g.kind, now, g.outcome); }
  void guards() {
    for (const Guard& g : from_.guards) guard(g, now(g.node));
  }
  Built finish() {
    if (from_.opaque) builder_.opaque();
    for (const Mark& m : from_.marks) {
      if (has(m.node)) builder_.mark(now(m.node), m.name);
    }
    return {from_.size(), builder_.finish()};
  }

 private:
  const Listing& from_;
  Builder builder_;
  std::vector<NodeId> now_;
};

inline std::vector<NodeId> nodes_of_inputs(const Listing& p) {
  std::vector<NodeId> found(p.inputs.size(), NodeId::none);
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p.nodes[i].code == code::input) found[index(p.nodes[i].a)] = static_cast<NodeId>(i);
  }
  return found;
}

}  // namespace wengert::program
