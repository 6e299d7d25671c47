#include "support.hpp"

using namespace wengert;
using namespace wengert::test;

namespace {
constexpr Dtype all[] = {Dtype::boolean, Dtype::int32, Dtype::int64, Dtype::float32, Dtype::float64};
std::uint32_t users(const Storage& a) { return a->refs; }
}  // namespace

TEST_CASE("a view shows its base's memory and keeps it") {
  Storage base = array(Dtype::float64, {2, 3}, {0, 1, 2, 3, 4, 5});
  Storage columns = view(base, {3, 2}, {1, 3}, 0);
  CHECK(users(base) == 2);
  CHECK_FALSE(columns.unique());
  base.data<double>()[3] = 7;
  CHECK(elements(columns) == Numbers{0, 7, 1, 4, 2, 5});
  const Storage last = view(columns, {1}, {1}, 5);
  CHECK(last->base == base.get());  // a view of a view is one of the base: no chains
  columns = Storage();
  CHECK(users(base) == 2);
  base = Storage();
  CHECK(elements(last) == Numbers{5});
}

TEST_CASE("an array is its own only while nobody else holds it") {
  Storage a = allocate(Dtype::int32, Shape{4});
  CHECK(a.unique());
  {
    const Storage other = a;
    CHECK_FALSE(a.unique());
  }
  CHECK(a.unique());
  const Storage moved = std::move(a);
  CHECK(users(moved) == 1);
}

TEST_CASE("borrowed memory goes back to its owner exactly once, after the last look at it") {
  static int drops;
  drops = 0;
  double memory[] = {1, 2, 3, 4};
  Storage a = borrow(
      Dtype::float64, {4}, {1}, reinterpret_cast<std::byte*>(memory), [](void* owner) { ++*static_cast<int*>(owner); },
      &drops);
  CHECK_FALSE(a.unique());
  Storage odd = view(a, {2}, {2}, 1);
  a = Storage();
  CHECK(drops == 0);
  CHECK(elements(odd) == Numbers{2, 4});
  odd = Storage();
  CHECK(drops == 1);
}

TEST_CASE("row-major order is recognised, whatever the strides of axes of size 1") {
  const Storage a = allocate(Dtype::float64, Shape{2, 3, 4});
  CHECK(a->contiguous);
  CHECK(view(a, {2, 1, 12}, {12, 99, 1}, 0)->contiguous);
  CHECK_FALSE(view(a, {3, 2}, {1, 3}, 0)->contiguous);
  CHECK_FALSE(view(a, {4}, {-1}, 3)->contiguous);
  CHECK_FALSE(view(a, {2}, {0}, 0)->contiguous);
  CHECK(view(a, {0, 5}, {7, 7}, 0)->contiguous);
}

TEST_CASE("a row-major copy has the elements of any view, and is the array itself where it can be") {
  Random random(4);
  for (int round = 0; round < 400; ++round) {
    const Storage a = random_view(random, all[round % 5], random_shape(random, 4, 5));
    const Storage b = contiguous(a);
    CHECK(b->contiguous);
    CHECK(same(elements(b), elements(a)));
    CHECK((b.get() == a.get()) == a->contiguous);
  }
}

TEST_CASE("a copy broadcasts, converts, and writes through strides, and nothing but its target") {
  Random random(5);
  for (int round = 0; round < 600; ++round) {
    const Shape shape = random_shape(random, 4, 5);
    Shape narrow(std::span(shape.begin() + whole(random, 0, shape.count()), shape.end()));
    for (std::int64_t& n : narrow) n = whole(random, 0, 2) ? n : 1;
    const Storage from = random_view(random, all[whole(random, 0, 4)], narrow);
    Shape room = shape;
    for (std::int64_t& n : room) n = 2 * n + 1;
    const Storage whole_array = random_array(random, room, 1, 9, all[whole(random, 0, 4)]);
    Dims strides = whole_array.strides();
    std::int64_t offset = 0;
    for (int k = 0; k < strides.count(); ++k) offset += strides[k], strides[k] *= 2;
    const Storage to = view(whole_array, shape, strides, offset);
    const Numbers before = elements(whole_array);
    copy(from, to);
    CHECK(same(elements(to), elements(array(to->dtype, shape, elements(from, shape)))));
    const Numbers after = elements(whole_array);
    std::size_t changed = 0;
    for (std::size_t i = 0; i < after.size(); ++i) changed += !same(after[i], before[i]);
    CHECK(changed <= static_cast<std::size_t>(to->size));
  }
}

TEST_CASE("every element is filled with the value, in the array's type") {
  for (const Dtype d : all) {
    const Storage a = allocate(d, Shape{3, 2});
    fill(a, 1);
    CHECK(elements(a) == Numbers(6, 1.0));
  }
}
