// Laws of both sweeps over the whole table of elementwise primitives.
#include "taped.hpp"
#include "wengert/rule/table.hpp"

using namespace wengert;
using namespace wengert::test;
using rule::Primitive;

namespace {

/// Operands in the primitive's domain; whole ones where there is no slope, since there may be no other (polygamma's order).
bool flat(const Primitive& p, int k) {
  return p.arity == 2 && p.partials[k].constant && (p.partials[k].number == 0 || p.partials[k].refused());
}
std::vector<Var> operands(Random& random, const Primitive& p, const Shape& a, const Shape& b) {
  std::vector<Var> out;
  for (int k = 0; k < p.arity; ++k) {
    const Var x = random_var(random, k ? b : a, p.domain.lo, p.domain.hi);
    out.push_back(flat(p, k) ? ceil(x) : x);
  }
  return out;
}
Var applied(const Primitive& p, const std::vector<Var>& x) {
  return p.arity == 2 ? apply(p.op, x[0], x[1]) : apply(p.op, x[0]);
}

/// Calls f(tape, random, inputs, output, primitive) for every differentiable primitive, in every way that shapes can meet.
template <class F>
void each_use(unsigned seed, F&& f) {
  Random random(seed);
  const Shape shapes[][2] = {{{}, {}},   {{5}, {5}},   {{}, {3}},   {{4, 1}, {3}}, {{2, 1, 3}, {2, 2, 1}},
                             {{0}, {1}}, {{67}, {67}}, {{600}, {1}}};
  for (const Primitive& p : rule::table()) {
    if (!p.differentiable()) continue;
    for (const auto& pair : shapes) {
      Taped t;
      std::vector<Var> x = operands(random, p, pair[0], pair[1]), watched;
      for (int k = 0; k < p.arity; ++k) {
        if (flat(p, k)) continue;
        watched.push_back(watch(x[static_cast<std::size_t>(k)]));
        x[static_cast<std::size_t>(k)] = watched.back();
      }
      if (!watched.empty()) f(t, random, watched, applied(p, x), p);
    }
  }
}

}  // namespace

TEST_CASE("the adjoint is the transpose of the tangent") {
  each_use(31, [](Taped& t, Random& random, const std::vector<Var>& x, const Var& y, const Primitive& p) {
    CHECK_MESSAGE(transposed_of_each_other(t, random, x, y), p.name, " of ", text(x[0].shape()));
  });
}

TEST_CASE("it is so for one variable in both places") {
  Random random(32);
  for (const Primitive& p : rule::table()) {
    if (p.arity != 2 || !p.differentiable() || flat(p, 0) || flat(p, 1)) continue;
    for (const Shape& shape : {Shape{}, Shape{7}}) {
      Taped t;
      const std::vector<Var> x = t.watched({random_var(random, shape, p.domain.lo, p.domain.hi)});
      CHECK_MESSAGE(transposed_of_each_other(t, random, x, apply(p.op, x[0], x[0])), p.name);
    }
  }
}

TEST_CASE("a slope is the central difference of the value") {
  Random random(33);
  for (const Primitive& p : rule::table()) {
    if (!p.differentiable()) continue;
    for (int round = 0; round < 20; ++round) {
      std::vector<Var> x = operands(random, p, {}, {});
      const double h = 1e-6, a = x[0].value.as_double(), b = x.back().value.as_double(), y = p.number(a, b);
      for (int k = 0; k < p.arity; ++k) {
        if (p.partials[k].constant && (p.partials[k].number == 0 || p.partials[k].refused())) continue;
        const double ahead = k ? p.number(a, b + h) : p.number(a + h, b),
                     behind = k ? p.number(a, b - h) : p.number(a - h, b);
        const double slope = p.slope[k](a, b, y);
        CHECK_MESSAGE(std::abs((ahead - behind) / (2 * h) - slope) <= 1e-6 * (1 + std::abs(slope) + std::abs(y)),
                      p.name, " at ", a, ", ", b);
      }
    }
  }
}

TEST_CASE("it is so beside constants") {
  Random random(37);
  for (const Primitive& p : rule::table()) {
    if (p.arity != 2 || !p.differentiable()) continue;
    for (std::size_t k = 0; k < 2; ++k) {
      Taped t;
      std::vector<Var> x = operands(random, p, {7}, {7});
      x[k] = watch(x[k]);
      if (p.partials[k].refused()) {
        CHECK_THROWS_AS(applied(p, x), DomainError);
        continue;
      }
      CHECK_MESSAGE(transposed_of_each_other(t, random, {x[k]}, applied(p, x)), p.name);
    }
  }
}

TEST_CASE("a sweep that records itself gives the numbers of one that does not") {
  each_use(34, [](Taped& t, Random& random, const std::vector<Var>& x, const Var& y, const Primitive& p) {
    CHECK_MESSAGE(recorded_as_computed(t, random, x, y), p.name, " of ", text(x[0].shape()));
  });
}

TEST_CASE("second derivatives do not depend on the order of modes") {
  each_use(35, [](Taped& t, Random& random, const std::vector<Var>& x, const Var& y, const Primitive& p) {
    CHECK_MESSAGE(second_orders_agree(t, random, x, y), p.name, " of ", text(x[0].shape()));
  });
}

TEST_CASE("a second derivative is the central difference of the first") {
  Random random(36);
  for (const Primitive& p : rule::table()) {
    if (!p.differentiable() || p.arity != 1) continue;
    Taped t;
    const Var x = watch(random_var(random, {50}, p.domain.lo + 0.01, p.domain.hi - 0.01)), one = ones_like(x);
    const Var slope = t.adjoint({apply(p.op, x)}, {one}, {x}, Mode::record)[0];
    const Numbers at = elements(x), y = elements(slope);
    const Numbers curvature =
        slope.recorded() ? elements(t.tangent({x}, {one}, {slope}, Mode::values)[0]) : Numbers(50, 0.0);
    for (std::size_t i = 0; i < 50; ++i) {
      const double h = 1e-6;
      const auto first = [&](double z) { return p.slope[0](z, z, p.number(z, z)); };
      const double want = (first(at[i] + h) - first(at[i] - h)) / (2 * h);
      CHECK_MESSAGE(std::abs(curvature[i] - want) <= 1e-5 * (1 + std::abs(want) + std::abs(y[i])), p.name, " at ",
                    at[i]);
    }
  }
}
