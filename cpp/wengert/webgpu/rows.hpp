// Reductions along the same axes of one shape, and what is done to the elements and to the results before, between and
// after, share a kernel: it goes along each row as often as one of them waits for another one.
#pragma once
#include <map>
#include <set>

#include "wengert/webgpu/schedule.hpp"

namespace wengert::webgpu {

/// A row of a shape: which axes lie along it.
struct Rows {
  Shape shape;
  std::vector<int> kept, reduced;
  std::int64_t results = 1, length = 1;

  Rows() = default;
  Rows(const Shape& s, const Item& reduction);
  /// A group of threads for each row, instead of a thread.
  bool together() const;
  /// Is the element of i that belongs to an element of `user` the one of its row?
  bool one_a_row(const Graph& g, ItemId i, const Shape& user) const;
};

/// Ways along the rows after which each reduction, and each map beside them, has a value: as often as one waits for another.
struct Passes {
  Passes(const Graph& g, const Rows& rows, const Piece& piece);
  /// Ways that have to be over before i has a value (of a row), or can have one (an element).
  int before(ItemId i);
  int most = 0;

 private:
  const Graph& g_;
  const Rows& rows_;
  std::map<ItemId, int> before_;
  std::set<ItemId> here_;
};

/// What the schedule knows of groups while it joins them.
struct Group {
  int level;
  Piece work;
};

/// Joins groups that go along the same rows, as far as bindings and turns allow and nobody waits in a circle.
void join_rows(Graph& g, std::vector<Group>& groups, const std::vector<ItemId>& order,
               const std::vector<std::vector<ItemId>>& users, const std::vector<bool>& output);

}  // namespace wengert::webgpu
