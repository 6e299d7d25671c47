// Adjoints of parts of one array, recorded: a loop over its elements has one for each. As arrays of zeros around an element
// they would take the square of the array's size.
#pragma once
#include <optional>
#include <unordered_map>

#include "wengert/tape/functions.hpp"

namespace wengert {

class Placements {
 public:
  /// ybar is the adjoint of this slice of an array of that type, or of its elements at these positions, found at `node` of
  /// the recording.
  struct Placement {
    Var ybar;
    Type array;
    std::vector<std::int64_t> slice;
    std::size_t node;
    std::optional<Var> positions = {};
  };

  bool empty() const { return of_.empty(); }
  void add(std::size_t array, Placement p) { of_[array].push_back(std::move(p)); }
  /// Those of an array, which are forgotten.
  std::vector<Placement> taken(std::size_t array);

 private:
  std::unordered_map<std::size_t, std::vector<Placement>> of_;
};

/// xbar (or nothing yet), and all of these added to it, element by element in their order.
Var with_placements(std::optional<Var> xbar, std::span<const Placements::Placement> all);

}  // namespace wengert
