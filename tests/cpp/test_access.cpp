// No primitive reads or writes outside of its operands: what does not fit is refused before anything is touched.
#include <limits>

#include "cases.hpp"

using namespace wengert;
using namespace wengert::test;

namespace {

Var matrix() { return filled({2, 3}, Dtype::float64, 1); }
Var at(const std::vector<std::int64_t>& positions) {
  const Storage a = allocate(Dtype::int64, Shape{static_cast<std::int64_t>(positions.size())});
  std::copy(positions.begin(), positions.end(), a.data<std::int64_t>());
  return Var(Value(a));
}
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

}  // namespace

TEST_CASE("positions outside of an array are refused") {
  for (const std::int64_t p : {std::int64_t{6}, std::int64_t{-7}, most, -most - 1}) {
    CHECK_THROWS_AS(gathered(matrix(), at({0, p})), IndexError);
    CHECK_THROWS_AS(scatter_added(matrix(), at({0, p}), Var(1.0)), IndexError);
    CHECK_THROWS_AS(scatter_assigned(matrix(), at({0, p}), Var(1.0)), IndexError);
  }
  CHECK_THROWS_AS(gathered(filled({0}, Dtype::float64, 0), at({0})), IndexError);
  CHECK(elements(gathered(filled({0}, Dtype::float64, 0), at({}))).empty());
}

TEST_CASE("values that do not broadcast to the positions are refused") {
  for (const Shape& shape : {Shape{2}, Shape{4}, Shape{2, 3}}) {
    CHECK_THROWS_AS(scatter_added(matrix(), at({0, 1, 2}), filled(shape, Dtype::float64, 1)), ShapeError);
    CHECK_THROWS_AS(scatter_assigned(matrix(), at({0, 1, 2}), filled(shape, Dtype::float64, 1)), ShapeError);
  }
}

TEST_CASE("a reshape keeps the number of elements") {
  for (const Shape& shape : {Shape{5}, Shape{7}, Shape{}, Shape{2, 2}, Shape{0}, Shape{-2, -3}, Shape{-1, 6}}) {
    CHECK_THROWS_AS(reshaped(matrix(), shape), ShapeError);
  }
}

TEST_CASE("an array broadcasts to wider shapes only") {
  for (const Shape& shape : {Shape{3}, Shape{2, 4}, Shape{3, 2}, Shape{}, Shape{2, 3, 1}, Shape{-1, 2, 3}}) {
    CHECK_THROWS_AS(broadcasted(matrix(), shape), ShapeError);
  }
}

TEST_CASE("joined arrays differ along their axis only") {
  const Var vector = filled({3}, Dtype::float64, 1), tall = filled({4, 3}, Dtype::float64, 1);
  CHECK_THROWS_AS(joined(matrix(), tall, 1), ShapeError);
  CHECK_THROWS_AS(joined(tall, matrix(), 1), ShapeError);
  CHECK_THROWS_AS(joined(matrix(), vector, 0), ShapeError);
  CHECK_THROWS_AS(joined(vector, matrix(), 0), ShapeError);
  CHECK_THROWS_AS(joined(matrix(), matrix(), 2), ShapeError);
  CHECK_THROWS_AS(joined(Var(Value::number(1)), Var(Value::number(2)), 0), ShapeError);
  CHECK_THROWS_AS(concatenated({}, 0), ShapeError);
}

TEST_CASE("axes that an array does not have are refused") {
  for (const std::int64_t axis : {-3, 2, 99}) {
    CHECK_THROWS_AS(transposed(matrix(), {axis, 0}), ShapeError);
    CHECK_THROWS_AS(cumulated(matrix(), axis), ShapeError);
    CHECK_THROWS_AS(cumulative_product(matrix(), axis), ShapeError);
    CHECK_THROWS_AS(sorting(matrix(), static_cast<int>(axis)), ShapeError);
    CHECK_THROWS_AS(summed(matrix(), {axis}, false), ShapeError);
  }
  CHECK_THROWS_AS(transposed(matrix(), {0, 0}), ShapeError);
  CHECK_THROWS_AS(transposed(matrix(), {1}), ShapeError);
}

TEST_CASE("slices that leave their array are refused") {
  const std::vector<std::int64_t> wrong[] = {
      {0, 1, 3, 0, 1, 3},  {1, 1, 2, 0, 1, 3}, {0, 1, 2, 0, -1, 2},   {-1, 1, 1, 0, 1, 3}, {0, 2, 2, 0, 1, 3},
      {0, 1, -1, 0, 1, 3}, {2, 1, 1, 0, 1, 3}, {0, most, 2, 0, 1, 3}, {0, 1, 2},           {0, 1, 2, 0, 1, 3, 0, 1, 1}};
  for (const auto& slice : wrong) {
    CHECK_THROWS_AS(sliced(matrix(), slice), IndexError);
    CHECK_THROWS_AS(slice_assigned(matrix(), Var(1.0), slice), IndexError);
  }
  CHECK_THROWS(placed(matrix(), {2, 3}, std::vector<std::int64_t>{0, 1, 2, 1, 1, 3}));
  CHECK_THROWS(placed(matrix(), {3, 3}, std::vector<std::int64_t>{0, 1, 3, 0, 1, 3}));
  CHECK_THROWS(slice_assigned(matrix(), matrix(), std::vector<std::int64_t>{0, 1, 1, 0, 1, 2}));
}

TEST_CASE("extrema of no elements are refused, sums of none are zero") {
  const Var none = filled({2, 0}, Dtype::float64, 0);
  for (const CallId id :
       {structural::id<structural::max>, structural::id<structural::min>, structural::id<structural::argmax>}) {
    CHECK_THROWS_AS(reduction(id, none, {1}, false), ShapeError);
    CHECK(reduction(id, none, {0}, false).shape() == Shape{0});
  }
  CHECK(elements(summed(none, {1}, false)) == Numbers{0, 0});
  CHECK(elements(reduction(structural::id<structural::prod>, none, {1}, false)) == Numbers{1, 1});
}
