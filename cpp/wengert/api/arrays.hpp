// Numbers in and out of arrays.
#pragma once
#include <span>
#include <vector>

#include "wengert/base/value.hpp"

namespace wengert {

/// A float64 array of these numbers, the last axis the fastest; throws ShapeError where they are too many or too few.
Value from_numbers(const Shape& shape, std::span<const double> numbers);
/// The elements of a real array, or a number, as float64, the last axis the fastest.
std::vector<double> to_numbers(const Value& v);

}  // namespace wengert
