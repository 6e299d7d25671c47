#include "wengert/rule/structural/eigen_stack.hpp"

namespace wengert::structural {

void require_matrix(std::string_view name, const Value& a) {
  if (a.ndim() < 2) throw ShapeError(std::string(name) + ": fewer than two axes: the array is " + text(a.shape()));
}
std::int64_t rows_of(const Value& a) { return a.shape()[a.ndim() - 2]; }
std::int64_t columns_of(const Value& a) { return a.shape()[a.ndim() - 1]; }

Shape stack_of(Shape stack, std::int64_t rows, std::int64_t columns) {
  stack[stack.count() - 2] = rows;
  stack[stack.count() - 1] = columns;
  return stack;
}

}  // namespace wengert::structural
