// Stacks of matrices: the last two axes are the matrix, the others count them.
#pragma once
#include "wengert/base/odometer.hpp"
#include "wengert/rule/structural/operation.hpp"

namespace wengert::structural {

/// The same matrices seen in a wider stack, by strides of 0.
inline Storage in_stack(const Storage& a, const Shape& shape) {
  Dims strides;
  strides.resize(shape.count(), 0);
  const int shift = shape.count() - a->ndim;
  for (int k = 0; k < a->ndim; ++k)
    strides[k + shift] = a->dims()[k] == 1 && shape[k + shift] != 1 ? 0 : a->strides()[k];
  return view(a, shape, strides, 0);
}

inline void require_square(std::string_view name, const Value& a) {
  const Shape shape = a.shape();
  const int n = shape.count();
  if (n < 2 || shape[n - 1] != shape[n - 2]) {
    throw ShapeError(std::string(name) + ": not square: the matrix is " + text(shape));
  }
}

}  // namespace wengert::structural
