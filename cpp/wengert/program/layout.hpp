// How the values of a program lie in memory, where the operations that compute them say so.
#pragma once
#include "wengert/base/odometer.hpp"
#include "wengert/program/listing.hpp"
#include "wengert/rule/structural/list.hpp"

namespace wengert::program {

template <class... Primitive>
bool is(const Listing& p, std::size_t i) {
  if (p.nodes[i].code != code::call) return false;
  const CallId id = p.call(i).primitive;
  return ((id == structural::id<Primitive>) || ...);
}

/// Elements of a row-major array that a slice shows.
struct Shown {
  Shape counts;
  Dims strides;
  std::int64_t offset = 0;
  Shown(const Shape& shape, Attributes at) {
    const Dims whole = row_major(shape);
    for (int k = 0; k < shape.count(); ++k) {
      const std::int64_t* triple = &at[3 * static_cast<std::size_t>(k)];
      offset += triple[0] * whole[k];
      strides.push_back(triple[2] > 1 ? triple[1] * whole[k] : whole[k]);
      counts.push_back(triple[2]);
    }
  }
  bool without_gaps() const {
    const Walk walk(counts, strides, row_major(counts));
    return walk.shape.count() == 1 && (walk.a[0] == 1 || walk.shape[0] == 1);
  }
};

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
