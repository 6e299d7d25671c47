// Whole numbers and truth values, and the types that operands meet in.
#include <limits>

#include "support.hpp"
#include "wengert/rule/elementwise.hpp"

using namespace wengert;
using namespace wengert::test;

namespace {

template <class T>
T on(Op op, T a, T b) {
  const Storage x = allocate(dtype_of<T>, Shape{1}), y = allocate(dtype_of<T>, Shape{1});
  *x.data<T>() = a;
  *y.data<T>() = b;
  const rule::Primitive& p = rule::primitive(op);
  const Value v(x), w(y);
  const Value z = rule::evaluate(p, v, p.arity == 2 ? &w : nullptr);
  REQUIRE(z.dtype() == dtype_of<T>);
  return *z.storage().data<T>();
}

Dtype meets(const Value& a, const Value& b, Op op = Op::add) {
  return rule::evaluate(rule::primitive(op), a, &b).dtype();
}
Value one(Dtype d) { return Value(array(d, {1}, {1})); }

}  // namespace

TEST_CASE_TEMPLATE("integers wrap around", T, std::int8_t, std::int16_t, std::int32_t, std::int64_t) {
  constexpr T least = std::numeric_limits<T>::min(), most = std::numeric_limits<T>::max();
  CHECK(on<T>(Op::add, most, 1) == least);
  CHECK(on<T>(Op::subtract, least, 1) == most);
  CHECK(on<T>(Op::multiply, most, 2) == -2);
  CHECK(on<T>(Op::negative, least, 0) == least);
  CHECK(on<T>(Op::absolute, least, 0) == least);
  CHECK(on<T>(Op::square, most, 0) == 1);
  CHECK(on<T>(Op::floor_divide, least, -1) == least);
  CHECK(on<T>(Op::remainder, least, -1) == 0);
  CHECK(on<T>(Op::fmod, least, -1) == 0);
  CHECK(on<T>(Op::power, most, 2) == 1);
}

TEST_CASE_TEMPLATE("integers without a sign wrap around", T, std::uint8_t, std::uint16_t, std::uint32_t,
                   std::uint64_t) {
  constexpr T most = std::numeric_limits<T>::max();
  CHECK(on<T>(Op::add, most, 1) == 0);
  CHECK(on<T>(Op::subtract, 0, 1) == most);
  CHECK(on<T>(Op::multiply, most, 2) == most - 1);
  CHECK(on<T>(Op::negative, 1, 0) == most);
  CHECK(on<T>(Op::absolute, most, 0) == most);
  CHECK(on<T>(Op::sign, most, 0) == 1);
  CHECK(on<T>(Op::floor_divide, most, most) == 1);
  CHECK(on<T>(Op::floor_divide, 7, 0) == 0);
  CHECK(on<T>(Op::remainder, most - 1, most) == most - 1);
  CHECK(on<T>(Op::maximum, most, 1) == most);
  CHECK(on<T>(Op::power, most, 2) == 1);
}

TEST_CASE_TEMPLATE("a quotient by zero is zero, without a trap", T, std::int8_t, std::int16_t, std::int32_t,
                   std::int64_t) {
  for (const T a : {T{-3}, T{0}, T{3}, std::numeric_limits<T>::min()}) {
    CHECK(on<T>(Op::floor_divide, a, 0) == 0);
    CHECK(on<T>(Op::remainder, a, 0) == 0);
    CHECK(on<T>(Op::fmod, a, 0) == 0);
  }
}

TEST_CASE_TEMPLATE("quotient and remainder make up the dividend again, with the signs stated", T, std::int32_t,
                   std::int64_t) {
  for (T a = -7; a <= 7; ++a) {
    for (T b = -4; b <= 4; ++b) {
      if (b == 0) continue;
      const T r = on<T>(Op::remainder, a, b), f = on<T>(Op::fmod, a, b);
      CHECK(on<T>(Op::floor_divide, a, b) * b + r == a);
      CHECK((r == 0 || (r > 0) == (b > 0)));
      CHECK((f == 0 || (f > 0) == (a > 0)));
      CHECK((a - f) % b == 0);
    }
  }
}

TEST_CASE("powers of integers are products, and negative ones are refused") {
  for (std::int64_t a = -4; a <= 4; ++a) {
    std::int64_t product = 1;
    for (std::int64_t b = 0; b < 12; ++b, product *= a) CHECK(on<std::int64_t>(Op::power, a, b) == product);
  }
  CHECK_THROWS_AS(on<std::int64_t>(Op::power, 2, -1), DomainError);
}

TEST_CASE("truth values add as `or`, multiply as `and`, and have no minus") {
  for (const bool a : {false, true}) {
    for (const bool b : {false, true}) {
      CHECK(on<bool>(Op::add, a, b) == (a || b));
      CHECK(on<bool>(Op::multiply, a, b) == (a && b));
      CHECK(on<bool>(Op::logical_xor, a, b) == (a != b));
    }
  }
  for (const Op op : {Op::subtract, Op::negative, Op::positive}) CHECK_THROWS_AS(on<bool>(op, true, true), DtypeError);
}

TEST_CASE("a number a program wrote out takes the type of what it meets") {
  for (const Dtype d : {Dtype::int32, Dtype::int64, Dtype::float32, Dtype::float64})
    CHECK(meets(one(d), Value(2)) == d);
  CHECK(meets(one(Dtype::boolean), Value(2)) == Dtype::int64);
  CHECK(meets(one(Dtype::float32), Value(2.0)) == Dtype::float32);
  CHECK(meets(Value(2.0), one(Dtype::float32)) == Dtype::float32);
  for (const Dtype d : {Dtype::boolean, Dtype::int32, Dtype::int64}) CHECK(meets(one(d), Value(2.0)) == Dtype::float64);
  CHECK(meets(Value(1), Value(2.0)) == Dtype::float64);
}

TEST_CASE("a number that was computed promotes as an array does") {
  CHECK(meets(one(Dtype::float32), Value::number(2)) == Dtype::float64);
  CHECK(meets(one(Dtype::int32), one(Dtype::float32)) == Dtype::float64);
  CHECK(meets(one(Dtype::int32), one(Dtype::int64)) == Dtype::int64);
}

TEST_CASE("functions of real numbers make integers float64, comparisons make them bool") {
  for (const Dtype d : {Dtype::boolean, Dtype::int32, Dtype::int64}) {
    CHECK(meets(one(d), one(d), Op::divide) == Dtype::float64);
    CHECK(meets(one(d), one(d), Op::less) == Dtype::boolean);
  }
}

TEST_CASE("integers are compared as integers, beyond a float64's mantissa too") {
  const std::int64_t n = (std::int64_t{1} << 53) + 1;
  const Value a(strided(Value(n), Dtype::int64)), b(strided(Value(n - 1), Dtype::int64));
  CHECK(element(rule::evaluate(rule::primitive(Op::greater), a, &b), 0) == 1);
  CHECK(integer_element(rule::evaluate(rule::primitive(Op::subtract), a, &b), 0) == 1);
}
