#include "support.hpp"
#include "wengert/rule/cursor.hpp"

using namespace wengert;
using namespace wengert::test;
using rule::block_size;
using rule::Cursor;

namespace {

constexpr Dtype all[] = {Dtype::boolean, Dtype::int16,   Dtype::int32,     Dtype::int64,
                         Dtype::float32, Dtype::float64, Dtype::complex64, Dtype::complex128};

/// All elements that a cursor gives, in blocks as long as `next_count` says.
template <class F>
Numbers through_cursor(const Storage& a, const Shape& shape, F&& next_count) {
  Cursor cursor(&a, shape);
  Numbers out;
  for (std::int64_t left = element_count(shape); left > 0;) {
    const std::int64_t count = std::min(left, next_count());
    const void* p = cursor.next(count);
    const auto numbers = count * static_cast<std::int64_t>(parts(a->dtype));
    visit(part_of(a->dtype), [&](auto t) {
      for (std::int64_t i = 0; i < numbers; ++i)
        out.push_back(converted_element<double>(static_cast<const decltype(t)*>(p)[i]));
    });
    left -= count;
  }
  return out;
}

/// A shape that `shape` can be broadcast from: axes gone in front, or of size 1.
Shape narrowed(Random& random, const Shape& shape) {
  Shape narrow(std::span(shape.begin() + whole(random, 0, shape.count()), shape.end()));
  for (std::int64_t& n : narrow) n = whole(random, 0, 2) ? n : 1;
  return narrow;
}

}  // namespace

TEST_CASE("blocks of any length, read one after another, are the elements of any strided, broadcast array") {
  Random random(7);
  for (int round = 0; round < 2000; ++round) {
    const Shape shape = random_shape(random, 5, 6);
    const Storage a = random_view(random, all[round % 5], narrowed(random, shape));
    const auto length = [&] { return whole(random, 1, block_size); };
    CHECK(same(through_cursor(a, shape, length), elements(a, shape)));
  }
}

TEST_CASE("blocks of 512 cross the ends of rows, and end inside of them") {
  Random random(8);
  const Shape shapes[] = {{3, 511}, {3, 512}, {3, 513}, {1025, 3}, {7, 1, 300}, {2, 1600}, {40, 5, 11}};
  for (const Shape& shape : shapes) {
    for (int round = 0; round < 20; ++round) {
      const Storage a = random_view(random, all[round % 5], narrowed(random, shape));
      CHECK(same(through_cursor(a, shape, [] { return block_size; }), elements(a, shape)));
    }
  }
}

TEST_CASE("one element stands for a whole array without being read again") {
  const Storage one = array(Dtype::float64, {1, 1}, {2.5});
  Cursor cursor(&one, {40, 100});
  const void* first = cursor.next(block_size);
  CHECK(cursor.next(block_size) == first);
  CHECK(same(through_cursor(one, {40, 100}, [] { return block_size; }), Numbers(4000, 2.5)));
}

TEST_CASE("a row-major array is read where it lies, a view is not") {
  Random random(9);
  const Storage a = random_array(random, {20, 30});
  Cursor cursor(&a, {20, 30});
  CHECK(cursor.straight());
  CHECK(cursor.next(512) == a->data);
  CHECK(cursor.next(88) == a->data + 512 * sizeof(double));
  const Storage turned = view(a, {30, 20}, {1, 30}, 0);
  CHECK_FALSE(Cursor(&turned, {30, 20}).straight());
}

TEST_CASE("an empty array gives nothing, and an absent one a null pointer") {
  Random random(10);
  const Shape empty[] = {{0}, {0, 3}, {3, 0}, {2, 0, 4}};
  for (const Shape& shape : empty) {
    for (int round = 0; round < 20; ++round) {
      const Storage a = random_view(random, Dtype::float64, narrowed(random, shape));
      CHECK(through_cursor(a, shape, [] { return block_size; }).empty());
    }
  }
  Cursor none(nullptr, {5});
  CHECK(none.straight());
  CHECK(none.next(5) == nullptr);
}
