// Which operations of a program are done on small arrays among the numbers, and by which steps.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <tuple>

#include "wengert/program/plan.hpp"

namespace wengert::program {

/// What lies among the numbers of a run: the nodes of the listing, by their numbers, and beyond them what steps need besides
/// (copies of arrays from elsewhere, numbers spread to arrays). What only looks at another's elements has that one as root.
struct Residents {
  std::vector<NodeId> root;
  std::vector<std::uint32_t> offset, size;  // in numbers
};

class SmallPlan {
 public:
  /// Of nodes that are not done `elsewhere`. With `none` of them where arrays may lie in any way.
  SmallPlan(const Listing& p, Plan& plan, const std::vector<std::uint32_t>& elsewhere, bool none);

  /// Is node i computed here?
  bool takes(std::size_t i) const { return taken_[i]; }
  /// A transposition that all who use it read through: nobody need compute it.
  bool read_through(std::size_t i) const { return through_[i]; }
  /// Operands that have to be copied from elsewhere first: calls f(node, where).
  template <class F>
  void each_missing(std::size_t i, F&& f) {
    p_.each_operand(i, [&](NodeId id) {
      const NodeId source = is_product(i) ? behind(id) : id;
      const std::size_t s = index(source);
      if (is_scalar(type(source)) || taken_[s] || here_[s] != NodeId::none) return;
      if (p_.nodes[s].code == code::constant) return;  // set once for all
      here_[s] = fresh(size_of(type(source)));
      f(source, here_[s]);
    });
  }
  /// Adds node i's steps to the plan's list; none where it only looks at an operand.
  void place(std::size_t i);
  /// Numbers that come between small arrays, in one list with them.
  void place_number(std::size_t i);

  Residents residents() { return std::move(all_); }

 private:
  /// An operand read along with a larger result: y[i, j, k] = a[i, k].
  struct Pattern {
    std::uint32_t n[3];
  };
  using Kind = SmallStep::Kind;

  const Type& type(NodeId id) const { return p_.type(index(id)); }
  bool is_product(std::size_t i) const;
  bool small(const Type& t) const;
  static std::uint32_t size_of(const Type& t);
  bool readable(NodeId id) const;
  bool may_take(std::size_t i) const;
  bool takes_call(std::size_t i) const;
  bool takes_product(std::size_t i) const;
  NodeId behind(NodeId id) const;
  void find_pieces();
  void leave_looks();
  void find_users();
  void find_pairs();

  NodeId fresh(std::uint32_t size);
  NodeId here(NodeId id);
  static std::optional<Pattern> pattern(const Shape& from, const Shape& to);
  NodeId operand(NodeId id, const Shape& shape);
  NodeId spread_to(NodeId id, const Pattern& p, std::uint32_t count);
  SmallStep& push(Kind kind, NodeId a, NodeId b, NodeId y);
  void look(std::size_t i, NodeId at, std::uint32_t offset = 0);
  void move(const Move& m, NodeId a, NodeId y);

  void elementwise(std::size_t i);
  bool accumulates(std::size_t i);
  void outer(std::size_t product, NodeId sum, NodeId y);
  void call(std::size_t i);
  void product(std::size_t i);
  void sum(std::size_t i);
  void slice(std::size_t i);
  void concatenate(std::size_t i);

  const Listing& p_;
  Plan& plan_;
  Residents all_;
  std::vector<bool> row_major_, taken_, through_;
  std::vector<NodeId> here_;     // where a copy of a node from elsewhere is
  std::vector<NodeId> user_;     // the only node that needs this one, or none
  std::vector<bool> waits_;      // an outer product that the only sum that needs it computes
  std::vector<bool> in_pieces_;  // large, and read or written piece by piece
  std::map<std::array<std::int32_t, 8>, std::uint32_t> moves_;  // alike ones are one
  std::map<NodeId, std::pair<NodeId, NodeId>> pairs_;
  std::map<std::tuple<NodeId, std::uint32_t, std::uint32_t, std::uint32_t>, NodeId> spread_;
};

}  // namespace wengert::program
