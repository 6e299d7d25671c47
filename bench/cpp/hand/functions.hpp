// xsimd's functions on arrays: the limit for elementwise functions.
#pragma once

#include <cstddef>
#include <span>

namespace hand {

/// NumPy's name, the range that it is measured on, and y[i] = f(x[i]).
struct ArrayFunction {
  const char* name;
  double low, high;
  void (*apply)(const double* x, double* y, std::size_t n);
};

std::span<const ArrayFunction> array_functions();

}  // namespace hand
