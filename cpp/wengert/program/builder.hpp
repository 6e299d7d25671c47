// Puts a listing together, node by node: equal operations become one, operations on constants become constants, and
// operations that change no bit are left out.
#pragma once
#include <unordered_map>
#include <unordered_set>

#include "wengert/program/listing.hpp"

namespace wengert::program {

class Builder {
 public:
  /// Makes room for so many operations.
  void reserve(std::size_t count) { seen_.reserve(count); }
  NodeId input(const Type& type);
  NodeId constant(const Value& v);
  NodeId elementwise(Op op, NodeId a, NodeId b, const Type& type);
  NodeId call(CallId id, std::span<const NodeId> operands, Attributes at, const Type& type);
  void guard(Guard::Kind kind, NodeId node, const Value& outcome);
  void output(NodeId node) { p_.outputs.push_back(node); }
  void opaque() { p_.opaque = true; }

  /// The listing without what nobody needs.
  Listing finish();

 private:
  bool is_constant(NodeId id) const { return node(id).code == code::constant; }
  const Value& value(NodeId id) const { return p_.constants[index(node(id).a)]; }
  const Node& node(NodeId id) const { return p_.nodes[index(id)]; }
  const Type& type(NodeId id) const { return p_.types[node(id).type]; }
  bool is_number(NodeId id, double x) const;
  std::uint32_t type_number(const Type& t);
  NodeId push(std::uint16_t code, NodeId a, NodeId b, std::uint32_t type);
  /// The node that is equal already, or none.
  template <class Same>
  NodeId seen(std::size_t hash, Same&& same) const;
  NodeId simplified(Op op, NodeId a, NodeId b, const Type& t) const;
  NodeId simplified_call(CallId id, std::span<const NodeId> operands, Attributes at, const Type& t) const;

  Listing p_;
  std::unordered_multimap<std::size_t, NodeId> seen_;
  std::unordered_multimap<std::size_t, std::uint32_t> types_;
  std::unordered_set<std::uint64_t> guarded_;
};

}  // namespace wengert::program
