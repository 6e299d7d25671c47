// How the values of a program lie in memory, where the operations that compute them say so.
#pragma once
#include "wengert/program/listing.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/structural/shown.hpp"

namespace wengert::program {

template <class... Primitive>
bool is(const Listing& p, std::size_t i) {
  if (p.nodes[i].code != code::call) return false;
  const CallId id = p.call(i).primitive;
  return ((id == structural::id<Primitive>) || ...);
}

/// Elements of an array that lies row by row.
inline structural::Shown shown(const Shape& whole, Attributes at) { return {row_major(whole), at}; }

/// Do the axes longer than 1 keep their order?
inline bool turns_nothing(const Shape& s, Attributes axes) {
  std::int64_t last = -1;
  for (const std::int64_t axis : axes) {
    if (s[static_cast<int>(axis)] == 1) continue;
    if (axis < last) return false;
    last = axis;
  }
  return true;
}

/// Does the value of node i lie row by row, whoever computed it? `before` tells that of the nodes before, `inputs` of inputs.
bool lies_row_by_row(const Listing& p, std::size_t i, const std::vector<bool>& before, bool inputs);

}  // namespace wengert::program
