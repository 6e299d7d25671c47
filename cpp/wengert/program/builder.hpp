// Puts a listing together, node by node: equal operations become one, operations on constants become constants, and
// operations that change no bit are left out.
#pragma once
#include <bit>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "wengert/program/listing.hpp"

namespace wengert::program {

/// Nodes by a hash, in one piece of memory: a list that grows by one node at a time has millions of them soon.
class Seen {
 public:
  void clear() { *this = {}; }
  void reserve(std::size_t count) {
    if (2 * count > slots_.size()) resize(std::bit_ceil(2 * count + 16));
  }
  void insert(std::size_t hash, NodeId id) {
    reserve(++count_);
    place({hash, id});
  }
  /// The first node of that hash that is `same`, or none.
  template <class Same>
  NodeId find(std::size_t hash, Same&& same) const {
    if (slots_.empty()) return NodeId::none;
    for (std::size_t k = hash & mask();; k = (k + 1) & mask()) {
      const Entry& e = slots_[k];
      if (e.id == NodeId::none) return NodeId::none;
      if (e.hash == hash && same(e.id)) return e.id;
    }
  }

 private:
  struct Entry {
    std::size_t hash = 0;
    NodeId id = NodeId::none;
  };
  std::size_t mask() const { return slots_.size() - 1; }
  void place(const Entry& e) {
    std::size_t k = e.hash & mask();
    while (slots_[k].id != NodeId::none) k = (k + 1) & mask();
    slots_[k] = e;
  }
  void resize(std::size_t size) {
    const std::vector<Entry> before = std::exchange(slots_, std::vector<Entry>(size));
    for (const Entry& e : before) {
      if (e.id != NodeId::none) place(e);
    }
  }

  std::vector<Entry> slots_;
  std::size_t count_ = 0;
};

class Builder {
 public:
  /// Makes room for so many operations.
  void reserve(std::size_t count) { seen_.reserve(count); }
  /// The line that nodes from now on belong to.
  void at(Place place) { place_ = place; }
  NodeId input(const Type& type);
  NodeId constant(const Value& v);
  NodeId elementwise(Op op, NodeId a, NodeId b, const Type& type);
  NodeId call(CallId id, std::span<const NodeId> operands, Attributes at, const Type& type);
  void guard(Guard::Kind kind, NodeId node, const Value& outcome);
  void mark(NodeId node, const std::string& name) { p_.marks.push_back({node, name}); }
  void output(NodeId node) { p_.outputs.push_back(node); }
  void opaque() { p_.opaque = true; }
  /// What is equal to an operation from before is a new one from here on: it is done again, in a stage of its own. Where
  /// nobody needs it, it goes, even if it may refuse: the first one has looked.
  void done_again(bool yes);

  /// The listing without what nobody needs.
  Listing finish();

 private:
  bool is_constant(NodeId id) const { return node(id).code == code::constant; }
  const Value& value(NodeId id) const { return p_.constants[index(node(id).a)]; }
  const Node& node(NodeId id) const { return p_.nodes[index(id)]; }
  const Type& type(NodeId id) const { return p_.types[node(id).type]; }
  /// Is it a real constant whose elements are all one number that holds?
  template <class Holds>
  bool is_one_number(NodeId id, Holds&& holds) const;
  bool is_number(NodeId id, double x) const;
  bool is_positive(NodeId id) const;
  std::uint32_t type_number(const Type& t);
  NodeId push(std::uint16_t code, NodeId a, NodeId b, std::uint32_t type);
  /// The node that is equal already, or none.
  template <class Same>
  NodeId seen(std::size_t hash, Same&& same) const;
  NodeId sum_of_padded(NodeId a, NodeId b);
  NodeId simplified(Op op, NodeId a, NodeId b, const Type& t) const;
  NodeId behind_writes(NodeId x, Attributes slice, const Type& t, NodeId& found);
  NodeId simplified_call(CallId id, std::span<const NodeId> operands, Attributes at, const Type& t) const;

  /// An array that was written to again and again: what it was before, and between which elements all of this was.
  struct Written {
    NodeId before;
    std::int64_t from, to;
  };
  void note_write(NodeId id, NodeId x, Attributes slice);

  Listing p_;
  std::unordered_map<NodeId, Written> written_;  // by the last of the writes
  std::vector<bool> row_by_row_;                 // how each node lies, inputs apart, which may lie in any way
  Place place_ = Place::unknown;
  Seen seen_;
  std::unordered_multimap<std::size_t, std::uint32_t> types_;
  std::unordered_set<std::uint64_t> guarded_;
  std::vector<bool> second_;  // nodes that are done again
  bool again_ = false;
};

}  // namespace wengert::program
