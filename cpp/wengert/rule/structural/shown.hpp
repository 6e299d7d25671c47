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

  bool without_gaps() const {
    const Walk walk(counts, strides, row_major(counts));
    return walk.shape.count() == 1 && (walk.a[0] == 1 || walk.shape[0] == 1);
  }
};

}  // namespace wengert::structural
