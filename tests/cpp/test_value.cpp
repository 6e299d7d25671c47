#include "support.hpp"

using namespace wengert;
using namespace wengert::test;

TEST_CASE("a float64 of shape () lies in place, other types and shapes in an array") {
  CHECK(settle(array(Dtype::float64, {}, {2.5})).is_number());
  CHECK(settle(array(Dtype::float32, {}, {2.5})).is_array());
  CHECK(settle(array(Dtype::float64, {1}, {2.5})).is_array());
  CHECK(sizeof(Value) == 16);
}

TEST_CASE("numbers a program wrote out are weak, numbers it computed are not") {
  CHECK(Value(2.0).is_weak());
  CHECK(Value(2).is_weak());
  CHECK_FALSE(Value::number(2.0).is_weak());
  CHECK(Value(2).dtype() == Dtype::int64);
  CHECK(Value(2.0).dtype() == Dtype::float64);
}

TEST_CASE("an integer beyond a float64's mantissa keeps its last digit") {
  const std::int64_t n = (std::int64_t{1} << 53) + 1;
  CHECK(integer_element(Value(strided(Value(n), Dtype::int64)), 0) == n);
}

TEST_CASE("copies and moves of a value count its array exactly") {
  const Storage a = allocate(Dtype::float64, Shape{3});
  {
    Value v(a);
    Value w = v;
    CHECK(a->refs == 3);
    const Value x = std::move(v);
    CHECK(a->refs == 3);
    w = Value(1.0);
    CHECK(a->refs == 2);
    w = x;
    const Value& alias = w;
    w = alias;  // assigned to itself
    CHECK(a->refs == 3);
    CHECK(elements(x).size() == 3);
  }
  CHECK(a->refs == 1);
}

TEST_CASE("an array in its own type is given as it is, in another as a converted copy") {
  Random random(6);
  const Storage a = random_view(random, Dtype::float64, {3, 4});
  CHECK(strided(Value(a), Dtype::float64).get() == a.get());
  const Storage b = array_of(Value(a), Dtype::int32);
  CHECK(b->contiguous);
  const Numbers x = elements(a), y = elements(b);
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(y[i] == std::trunc(x[i]));
}

TEST_CASE("a constant array has its shape and type, a float64 of shape () none") {
  CHECK(full(Dtype::float64, {}, 3).is_number());
  const Value v = full(Dtype::int32, {2, 2}, 3);
  CHECK(v.dtype() == Dtype::int32);
  CHECK(elements(v) == Numbers(4, 3.0));
}
