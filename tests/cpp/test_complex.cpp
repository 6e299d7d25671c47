// Complex numbers: kernels, conversions, parts, and the type that operands meet in.
#include <complex>

#include "taped.hpp"
#include "wengert/rule/elementwise.hpp"

using namespace wengert;
using namespace wengert::test;

namespace {

using Z = std::complex<double>;

Var numbers(const std::vector<Z>& list, Dtype d = Dtype::complex128) {
  Numbers flat;
  for (const Z& z : list) flat.insert(flat.end(), {z.real(), z.imag()});
  return Var(Value(array(d, {static_cast<std::int64_t>(list.size())}, flat)));
}
Z only(const Var& v) { return complex_element(v.value, 0); }
bool near(Z a, Z b, double tolerance = 1e-14) { return std::abs(a - b) <= tolerance * (1 + std::abs(b)); }

const std::vector<Z> some{{1, 2}, {-0.5, 0.3}, {0, -2}, {3, 0}, {-1.5, -0.1}};

}  // namespace

TEST_CASE("every elementwise primitive of complex numbers has loops for the partials that its rule states") {
  for (const rule::Primitive& p : rule::table()) {
    if (!p.value[index(Dtype::complex128)]) continue;
    CHECK_MESSAGE(!p.value[index(Dtype::complex64)], p.name);
    for (int k = 0; k < p.arity && p.differentiable(); ++k) {
      const auto column = rule::partial_column(Dtype::complex128);
      for (const bool add : {false, true})
        CHECK_MESSAGE((p.partial[k][column][add] != nullptr) == !p.partials[k].constant, p.name);
    }
  }
}

TEST_CASE("quotients do not overflow on the way, and those by zero are infinite") {
  const double big = 1e300;
  CHECK(near(only(numbers({{big, big}}) / numbers({{big, big}})), 1));
  CHECK(near(only(numbers({{1, 2}}) / numbers({{0, big}})) * big, Z(2, -1)));
  const Z pole = only(numbers({{1, 0}}) / numbers({{0, 0}}));
  CHECK(std::isinf(pole.real()));
  CHECK(std::isnan(pole.imag()));
}

TEST_CASE("functions of complex numbers are the standard library's") {
  for (const Z z : some) {
    const Var x = numbers({z});
    CHECK(near(only(exp(x)), std::exp(z)));
    CHECK(near(only(log(x)), std::log(z)));
    CHECK(near(only(sqrt(x)), std::sqrt(z)));
    CHECK(near(only(arctanh(x)), std::atanh(z)));
    CHECK(near(only(log1p(x)), std::log(1.0 + z)));
    CHECK(near(only(expm1(x)), std::exp(z) - 1.0));
    CHECK(near(only(power(x, numbers({{0.5, 1}}))), std::pow(z, Z(0.5, 1)), 1e-13));
    CHECK(near(only(integer_power(x, numbers({{5, 0}}))), z * z * z * z * z, 1e-13));
    CHECK(near(only(absolute(x)), std::abs(z)));
    CHECK(near(only(sign(x)), z / std::abs(z)));
    CHECK(near(only(conjugated(x)), std::conj(z)));
  }
}

TEST_CASE("what has no meaning for complex numbers is refused by name") {
  const Var z = numbers(some);
  CHECK_THROWS_WITH_AS(erf(z), "erf: element type: no meaning for complex128", DtypeError);
  CHECK_THROWS_WITH_AS(floor(numbers(some, Dtype::complex64)), "floor: element type: no meaning for complex64",
                       DtypeError);
  CHECK_THROWS_AS(clipped(z, z, z), DtypeError);
  CHECK_THROWS_AS(complex_number(z, z), DtypeError);
}

TEST_CASE("a complex number becomes its real part in a real type, and is true where any part is not zero") {
  const Var z = numbers({{1.5, 2}, {0, -2}, {0, 0}});
  CHECK(elements(converted(z, Dtype::float64)) == Numbers{1.5, 0, 0});
  CHECK(elements(converted(z, Dtype::int8)) == Numbers{1, 0, 0});
  CHECK(elements(converted(z, Dtype::boolean)) == Numbers{1, 1, 0});
  CHECK(elements(converted(z, Dtype::complex64)) == Numbers{1.5, 2, 0, -2, 0, 0});
  CHECK(elements(converted(Var(Value(array(Dtype::uint8, {2}, {3, 200}))), Dtype::complex64)) == Numbers{3, 0, 200, 0});
}

TEST_CASE("parts are seen in place, through any strides") {
  Random random(91);
  for (int round = 0; round < 50; ++round) {
    const Storage a = random_view(random, round % 2 ? Dtype::complex64 : Dtype::complex128, random_shape(random, 3, 4));
    const Numbers all = elements(a), re = elements(part(a, false)), im = elements(part(a, true));
    REQUIRE(re.size() * 2 == all.size());
    for (std::size_t i = 0; i < re.size(); ++i) {
      CHECK(re[i] == all[2 * i]);
      CHECK(im[i] == all[2 * i + 1]);
    }
    const Value parts[] = {Value(part(a, false)), Value(part(a, true))};
    CHECK(elements(complex_number(Var(parts[0]), Var(parts[1]))) == all);
  }
}

TEST_CASE("a complex number that a program wrote out takes the precision of what it meets") {
  const Var i(Value::weak({0, 1}));
  const auto meets = [&](Dtype d) { return (Var(Value(array(d, {1}, Numbers(parts(d), 1)))) * i).dtype(); };
  for (const Dtype d : {Dtype::float32, Dtype::complex64}) CHECK(meets(d) == Dtype::complex64);
  for (const Dtype d : {Dtype::boolean, Dtype::int8, Dtype::uint64, Dtype::float64, Dtype::complex128})
    CHECK(meets(d) == Dtype::complex128);
  CHECK(only(i * i) == Z(-1, 0));
  const Value copy = i.value;
  CHECK(copy.is_weak());
  CHECK(copy.is_array());
  CHECK(!Value(copy.storage()).is_weak());
}

TEST_CASE("adjoints of complex64 are computed in complex128 and rounded once") {
  Taped t;
  Random random(92);
  const Var wide = numbers(some), narrow = converted(wide, Dtype::complex64);
  const Var x = watch(wide), y = watch(narrow), ybar = numbers(some);
  const Var bar = t.adjoint({exp(x) * x}, {ybar}, {x}, Mode::values)[0];
  const Var bar_narrow = t.adjoint({exp(y) * y}, {converted(ybar, Dtype::complex64)}, {y}, Mode::values)[0];
  CHECK(bar_narrow.dtype() == Dtype::complex64);
  CHECK(close(elements(bar_narrow), elements(bar), 1e-6));
}

TEST_CASE("a real operand in complex work takes the real part of its adjoint, a zero adjoint adds nothing at a pole") {
  Taped t;
  const Var x = watch(Var(Value::number(2)));
  const Var y = numbers({{1, 3}}) * x * x;
  const Var bar = t.adjoint({y}, {numbers({{1, 1}})}, {x}, Mode::values)[0];
  CHECK(bar.dtype() == Dtype::float64);
  CHECK(elements(bar) == Numbers{4.0 * (1 - 3)});
  const Var zero = watch(numbers({{0, 0}}));
  CHECK(elements(t.adjoint({log(zero)}, {numbers({{0, 0}})}, {zero}, Mode::values)[0]) == Numbers{0, 0});
  CHECK(elements(t.adjoint({absolute(zero)}, {Var(Value(array(Dtype::float64, {1}, {1})))}, {zero}, Mode::values)[0]) ==
        Numbers{0, 0});
}

TEST_CASE("products of complex matrices are sums of products, whatever the strides and types") {
  Random random(93);
  for (const Dtype d : {Dtype::complex64, Dtype::complex128}) {
    const Storage a = random_view(random, d, {3, 4}, -1, 1), b = random_view(random, d, {4, 2}, -1, 1);
    const Numbers p = elements(a), q = elements(b), y = elements(matmul(Var(Value(a)), Var(Value(b))));
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 2; ++j) {
        Z sum = 0;
        for (std::size_t k = 0; k < 4; ++k)
          sum += Z(p[2 * (4 * i + k)], p[2 * (4 * i + k) + 1]) * Z(q[2 * (2 * k + j)], q[2 * (2 * k + j) + 1]);
        CHECK(near({y[2 * (2 * i + j)], y[2 * (2 * i + j) + 1]}, sum, d == Dtype::complex64 ? 1e-6 : 1e-14));
      }
    }
  }
}
