#include "support.hpp"

using namespace wengert;
using namespace wengert::test;

TEST_CASE("row-major strides count the elements behind each axis") {
  Random random(1);
  for (int round = 0; round < 200; ++round) {
    const Shape shape = random_shape(random, 6, 5);
    const Dims strides = row_major(shape);
    for (int k = 0; k < shape.count(); ++k) {
      CHECK(strides[k] == element_count(std::span(shape.begin() + k + 1, shape.end())));
    }
  }
}

TEST_CASE("broadcasting commutes, and both sides broadcast to its result") {
  Random random(2);
  int fitting = 0;
  for (int round = 0; round < 2000; ++round) {
    const Shape a = random_shape(random, 4, 3), b = random_shape(random, 4, 3);
    Shape both;
    try {
      both = broadcast("test", a, b);
    } catch (const ShapeError&) {
      CHECK_THROWS_AS(broadcast("test", b, a), ShapeError);
      continue;
    }
    ++fitting;
    CHECK(both == broadcast("test", b, a));
    CHECK(broadcasts_to(a, both));
    CHECK(broadcasts_to(b, both));
    CHECK(both == broadcast("test", both, a));
  }
  CHECK(fitting > 200);
}

TEST_CASE("an axis of size 1 meets one of size 0") {
  CHECK(broadcast("test", {1, 3}, {0, 1}) == Shape{0, 3});
  CHECK_THROWS_AS(broadcast("test", {2}, {0}), ShapeError);
  CHECK_FALSE(broadcasts_to({2}, {1}));
  CHECK_FALSE(broadcasts_to({1, 1}, {1}));
}

TEST_CASE("a refusal names the operation and both shapes") {
  CHECK_THROWS_WITH(broadcast("add", {2, 3}, {3, 2}), "add: shapes differ: a is (2, 3), b is (3, 2)");
  CHECK(text(Shape{}) == "()");
  CHECK(text(Shape{4}) == "(4,)");
}

TEST_CASE("axes count from either end, sorted, and each once") {
  for (std::int64_t axis = -3; axis < 3; ++axis) CHECK(normal_axis("sum", axis, 3) == (axis + 3) % 3);
  for (const std::int64_t axis : {-4, 3}) CHECK_THROWS_AS(normal_axis("sum", axis, 3), ShapeError);
  CHECK_THROWS_AS(normal_axis("sum", 0, 0), ShapeError);
  CHECK(normal_axes("sum", Dims{2, -3}, 3) == Dims{0, 2});
  CHECK_THROWS_AS(normal_axes("sum", Dims{0, -3}, 3), ShapeError);
}

TEST_CASE("reduced axes go, or stay with size 1") {
  CHECK(without({2, 3, 4}, {0, 2}, false) == Shape{3});
  CHECK(without({2, 3, 4}, {0, 2}, true) == Shape{1, 3, 1});
  CHECK(without({2, 3}, {}, false) == Shape{2, 3});
}

TEST_CASE("a count of elements that does not fit is refused, not wrapped") {
  const std::int64_t big = std::int64_t{1} << 40;
  CHECK_THROWS_AS(element_count(Shape{big, big}), std::bad_alloc);
  CHECK_THROWS_AS(element_count(Shape{big, big, big, 0}), std::bad_alloc);
  CHECK_THROWS_AS(element_count(Shape{std::int64_t{1} << 59}), std::bad_alloc);
  CHECK(element_count(Shape{}) == 1);
  CHECK(element_count(Shape{3, 0, 5}) == 0);
  CHECK_THROWS(allocate(Dtype::float64, Shape{big, 1 << 18}));
}

TEST_CASE("a 33rd dimension is refused") {
  Dims dims;
  dims.resize(Dims::capacity, 1);
  CHECK_THROWS_AS(dims.push_back(1), ShapeError);
  CHECK(dims.count() == Dims::capacity);
}

TEST_CASE("promotion commutes, and holds both types but for int64 beside a float") {
  for (std::size_t i = 0; i < dtype_count; ++i) {
    for (std::size_t j = 0; j < dtype_count; ++j) {
      const auto a = static_cast<Dtype>(i), b = static_cast<Dtype>(j);
      CHECK(promote(a, b) == promote(b, a));
      CHECK(promote(a, a) == a);
      CHECK(promote(promote(a, b), b) == promote(a, b));
      CHECK(item_size(promote(a, b)) >= std::max(item_size(a), item_size(b)));
      CHECK(is_complex(promote(a, b)) == (is_complex(a) || is_complex(b)));
    }
  }
  CHECK(promote(Dtype::int32, Dtype::float32) == Dtype::float64);
  CHECK(promote(Dtype::boolean, Dtype::float32) == Dtype::float32);
  CHECK(promote(Dtype::int16, Dtype::float32) == Dtype::float32);
  CHECK(promote(Dtype::int8, Dtype::uint8) == Dtype::int16);
  CHECK(promote(Dtype::int32, Dtype::uint16) == Dtype::int32);
  CHECK(promote(Dtype::int64, Dtype::uint64) == Dtype::float64);
  CHECK(promote(Dtype::float64, Dtype::complex64) == Dtype::complex128);
  CHECK(promote(Dtype::uint8, Dtype::complex64) == Dtype::complex64);
  CHECK(promote(Dtype::int32, Dtype::complex64) == Dtype::complex128);
  CHECK(real(Dtype::int32) == Dtype::float64);
}
