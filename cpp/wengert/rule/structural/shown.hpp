// Where the elements are that a slice's attributes tell of: start, step and count of each axis.
#pragma once
#include "wengert/base/odometer.hpp"
#include "wengert/rule/call.hpp"

namespace wengert::structural {

/// Elements of an array that a slice shows.
struct Shown {
  Shape counts;
  Dims strides;
  std::int64_t offset = 0;

  Shown(const Dims& of_array, Attributes at) {  // its strides
    for (int k = 0; k < of_array.count(); ++k) {
      const std::int64_t* triple = &at[3 * static_cast<std::size_t>(k)];
      // Where nothing is taken the start, and where one element is the step, may be any number: a product would overflow.
      if (triple[2] > 0) offset += triple[0] * of_array[k];
      strides.push_back(triple[2] > 1 ? triple[1] * of_array[k] : of_array[k]);
      counts.push_back(triple[2]);
    }
  }

  /// Where the first of the elements lies, and the place behind the last; nothing where there are none.
  std::pair<std::int64_t, std::int64_t> bounds() const {
    std::int64_t from = offset, to = offset + 1;
    for (int k = 0; k < counts.count(); ++k) {
      if (counts[k] == 0) return {0, 0};
      (strides[k] < 0 ? from : to) += (counts[k] - 1) * strides[k];
    }
    return {from, to};
  }
  bool without_gaps() const {
    const Walk walk(counts, strides, row_major(counts));
    return walk.shape.count() == 1 && (walk.a[0] == 1 || walk.shape[0] == 1);
  }
};

}  // namespace wengert::structural
