#include "wengert/api/arrays.hpp"

#include <algorithm>

#include "wengert/base/error.hpp"

namespace wengert {

Value from_numbers(const Shape& shape, std::span<const double> numbers) {
  const Storage a = allocate(Dtype::float64, shape);
  if (a->size != static_cast<std::int64_t>(numbers.size())) {
    throw ShapeError("from_numbers: shape " + text(shape) + " has " + std::to_string(a->size) + " elements: given " +
                     std::to_string(numbers.size()));
  }
  std::ranges::copy(numbers, a.data<double>());
  return settle(a);
}

std::vector<double> to_numbers(const Value& v) {
  if (is_complex(v.dtype())) throw DtypeError("to_numbers: element type: given " + std::string(text(v.dtype())));
  const Storage a = array_of(v, Dtype::float64);
  return {a.data<double>(), a.data<double>() + a->size};
}

}  // namespace wengert
