// Where NumPy would have an array's elements: that decides what shares them, and what is a copy.
#pragma once
#include <optional>

#include "array.hpp"

namespace wengert::bind {

/// Strides, in elements, that NumPy's array would have: ours are row-major whatever a view shows.
Dims numpy_strides(const ArrayObject* a);
/// Strides of what a view shows of its base.
Dims strides_shown(const View& view, const ArrayObject* base, const Shape& shown);
/// Strides of the same elements in place under another shape; none where they would have to be copied.
std::optional<Dims> strides_in_place(const Shape& shape, const Dims& strides, const Shape& to);

}  // namespace wengert::bind
