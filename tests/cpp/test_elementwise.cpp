// Laws of the whole table of elementwise primitives.
#include <limits>

#include "support.hpp"
#include "wengert/rule/elementwise.hpp"

using namespace wengert;
using namespace wengert::test;
using rule::Primitive;

namespace {

/// Points of the primitive's domain, and now and then one where functions break.
Numbers points(Random& random, const Primitive& p, std::size_t count) {
  static constexpr double inf = std::numeric_limits<double>::infinity();
  static const double special[] = {0.0, -0.0, 1.0, -1.0, inf, -inf, inf - inf, 1e300, -1e300, 5e-324, 1e-310, 0.5, 3.0};
  Numbers out(count);
  for (double& x : out)
    x = whole(random, 0, 4) ? real_in(random, p.domain.lo, p.domain.hi) : special[whole(random, 0, 12)];
  return out;
}
Storage line(const Numbers& x, Dtype d = Dtype::float64) { return array(d, {static_cast<std::int64_t>(x.size())}, x); }

/// Places where an array function and a function of one number differ.
template <class F>
std::string differing(const Numbers& array_result, F&& single) {
  std::string where;
  for (std::size_t i = 0; i < array_result.size(); ++i) {
    if (!same(array_result[i], single(i))) where += " " + std::to_string(i);
  }
  return where;
}

}  // namespace

TEST_CASE("a point among 1 to 67 others has the value it has alone, to the bit") {
  Random random(11);
  for (const Primitive& p : rule::table()) {
    std::string wrong;
    for (std::size_t n = 1; n <= 67; ++n) {
      const Numbers a = points(random, p, n), b = points(random, p, n);
      const Value x(line(a)), y(line(b));
      wrong += differing(elements(evaluate(p, x, p.arity == 2 ? &y : nullptr)),
                         [&](std::size_t i) { return p.number(a[i], b[i]); });
    }
    CHECK_MESSAGE(wrong == "", p.name, " differs at", wrong);
  }
}

TEST_CASE("a slope among 1 to 67 others is the slope alone, to the bit but for the sign of zero, times its seed") {
  Random random(12);
  for (const Primitive& p : rule::table()) {
    for (int k = 0; k < p.arity; ++k) {
      if (!p.partial[k][rule::partial_column(Dtype::float64)][0]) continue;
      std::string wrong;
      for (std::size_t n = 1; n <= 67; ++n) {
        const Numbers a = points(random, p, n), b = points(random, p, n),
                      seeds = elements(random_array(random, {static_cast<std::int64_t>(n)}));
        Numbers y(n);
        for (std::size_t i = 0; i < n; ++i) y[i] = p.number(a[i], b[i]);
        const Storage sa = line(a), sb = line(b), sy = line(y), seed = line(seeds), out = line(Numbers(n, 1.0)),
                      sum = line(Numbers(n, 1.0));
        contribute(p, k, {&sa, &sb, &sy, &seed}, out, false);
        contribute(p, k, {&sa, &sb, &sy, &seed}, sum, true);
        const auto product = [&](std::size_t i) { return seeds[i] * p.slope[k](a[i], b[i], y[i]); };
        Numbers products = elements(out);
        for (double& x : products) x += 0.0;
        wrong += differing(products, [&](std::size_t i) { return product(i) + 0.0; });
        wrong += differing(elements(sum), [&](std::size_t i) { return 1.0 + product(i); });
      }
      CHECK_MESSAGE(wrong == "", p.name, ", operand ", k, " differs at", wrong);
    }
  }
}

TEST_CASE("a zero seed adds nothing, whatever the slope") {
  Random random(13);
  for (const Primitive& p : rule::table()) {
    for (int k = 0; k < p.arity; ++k) {
      if (!p.partial[k][rule::partial_column(Dtype::float64)][0]) continue;
      const Numbers a = points(random, p, 67), b = points(random, p, 67);
      const Storage sa = line(a), sb = line(b), sy = line(points(random, p, 67)), seed = line(Numbers(67, 0.0)),
                    out = line(a);
      contribute(p, k, {&sa, &sb, &sy, &seed}, out, true);
      const Numbers after = elements(out);
      for (std::size_t i = 0; i < 67; ++i) CHECK_MESSAGE((after[i] == a[i] || a[i] != a[i]), p.name);
    }
  }
}

TEST_CASE("strided and broadcast arrays give what their elements give") {
  Random random(14);
  for (const Primitive& p : rule::table()) {
    for (int round = 0; round < 20; ++round) {
      Shape shape = random_shape(random, 4, 5),
            narrow(std::span(shape.begin() + whole(random, 0, shape.count()), shape.end()));
      for (std::int64_t& n : narrow) n = whole(random, 0, 2) ? n : 1;
      const Value a(random_view(random, Dtype::float64, shape)), b(random_view(random, Dtype::float64, narrow));
      const bool two = p.arity == 2;
      const Numbers x = elements(a), y = elements(b.storage(), shape);
      const Value z = evaluate(p, a, two ? &b : nullptr);
      CHECK(z.shape() == shape);
      CHECK_MESSAGE(differing(elements(z), [&](std::size_t i) { return p.number(x[i], two ? y[i] : x[i]); }) == "",
                    p.name);
    }
  }
}

TEST_CASE("float32 is float64 rounded, within the primitive's own error") {
  Random random(15);
  for (const Primitive& p : rule::table()) {
    double worst = 0;
    for (int round = 0; round < 20; ++round) {
      const Storage a = random_array(random, {61}, p.domain.lo, p.domain.hi, Dtype::float32);
      const Storage b = random_array(random, {61}, p.domain.lo, p.domain.hi, Dtype::float32);
      const Value x(a), y(b), wide_x(strided(x, Dtype::float64)), wide_y(strided(y, Dtype::float64));
      const bool two = p.arity == 2;
      const Value single = evaluate(p, x, two ? &y : nullptr), twice = evaluate(p, wide_x, two ? &wide_y : nullptr);
      CHECK(single.dtype() == (p.types == rule::compare ? Dtype::boolean : Dtype::float32));
      const Numbers have = elements(single), want = elements(twice);
      for (std::size_t i = 0; i < have.size(); ++i) {
        const double ulp = std::abs(std::nextafter(static_cast<float>(want[i]), 1e30f) - static_cast<float>(want[i]));
        worst = std::max(worst, std::abs(have[i] - want[i]) / ulp);
      }
    }
    CHECK_MESSAGE(worst <= p.domain.allowed, p.name);
  }
}
