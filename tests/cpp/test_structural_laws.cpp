// Laws of every structural primitive, on random operands.
#include "cases.hpp"
#include "taped.hpp"

using namespace wengert;
using namespace wengert::test;

namespace {

/// The operands of a case, some of those that can carry a derivative watched, and its value.
struct Recorded {
  Taped t;
  Case use;
  std::vector<Var> x;  // the watched ones
  std::vector<std::size_t> places;
  Var y;

  Recorded(CallId id, Random& random) : use(draw(id, random, true)) {
    for (std::size_t k = 0; k < use.in.size(); ++k) {
      if (!use.carries(k) || whole(random, 0, 3) == 0) continue;
      use.in[k] = watch(use.in[k]);
      x.push_back(use.in[k]);
      places.push_back(k);
    }
    y = use.value();
  }
  bool empty() const { return x.empty(); }
};

/// Calls f(recorded case, random) for many uses of every primitive that has derivatives.
template <class F>
void each_use(unsigned seed, int rounds, F&& f) {
  Random random(seed);
  for (std::size_t k = 0; k < structural::count; ++k) {
    const auto id = static_cast<CallId>(k);
    if (structural::info(id).kind == Kind::none) continue;
    for (int round = 0; round < rounds; ++round) {
      Recorded r(id, random);
      if (!r.empty()) f(r, random);
    }
  }
}

/// What rounding leaves of a second derivative, in the coarser type of operand and value.
double tolerance(const Recorded& r) {
  bool single = part_of(r.y.dtype()) == Dtype::float32;
  for (const Var& v : r.use.in) single = single || part_of(v.dtype()) == Dtype::float32;
  return single ? 1e-5 : 1e-9;
}

std::string named(const Recorded& r) {
  std::string s(r.use.name);
  for (const Var& v : r.use.in) s += " " + text(v.shape());
  return s + " at " + text(r.use.at);
}

}  // namespace

TEST_CASE("every structural primitive has a case, a name and a meaning") {
  Random random(51);
  for (std::size_t k = 0; k < structural::count; ++k) {
    const Case use = draw(static_cast<CallId>(k), random);
    CHECK(use.name != "");
    CHECK(structural::info(use.id).doc.ends_with("."));
  }
}

TEST_CASE("the adjoint of a structural primitive is the transpose of its tangent") {
  each_use(52, 60, [](Recorded& r, Random& random) {
    CHECK_MESSAGE(transposed_of_each_other(r.t, random, r.x, r.y), named(r));
  });
}

TEST_CASE("the tangent of a structural primitive is the central difference of its value") {
  std::size_t kinks = 0, elements_seen = 0;
  each_use(53, 40, [&](Recorded& r, Random& random) {
    std::vector<Var> dx = directions(random, r.x);
    for (Var& d : dx) d = r.use.symmetric ? d + conjugated(matrix_transposed(d)) : d;
    const Numbers dy = elements(r.t.tangent(r.x, dx, {r.y}, Mode::values)[0]);
    const double h = 1.0 / (1 << 16);  // a power of two, so that steps of eighths are exact
    const auto moved = [&](double step) {
      Case use = r.use;
      for (Var& v : use.in) v = Var(v.value);
      for (std::size_t k = 0; k < dx.size(); ++k) use.in[r.places[k]] = Var((Var(r.x[k].value) + step * dx[k]).value);
      return elements(use.value());
    };
    const Numbers ahead = moved(h), here = elements(r.y), behind = moved(-h);
    Numbers slope(dy.size());
    for (std::size_t i = 0; i < dy.size(); ++i) {
      const double right = (ahead[i] - here[i]) / h, left = (here[i] - behind[i]) / h;
      const bool kink =
          std::abs(right - left) > 1e-2 * (1 + std::abs(left));  // equal elements, of which one is the largest
      slope[i] = kink ? dy[i] : (right + left) / 2;
      kinks += kink;
    }
    elements_seen += dy.size();
    CHECK_MESSAGE(close(dy, slope, 1e-6), named(r));
  });
  CHECK(kinks * 20 < elements_seen);
}

TEST_CASE("a sweep over structural primitives that records itself gives the numbers of one that does not") {
  each_use(54, 40,
           [](Recorded& r, Random& random) { CHECK_MESSAGE(recorded_as_computed(r.t, random, r.x, r.y), named(r)); });
}

TEST_CASE("second derivatives of structural primitives do not depend on the order of modes") {
  each_use(55, 25, [](Recorded& r, Random& random) {
    CHECK_MESSAGE(second_orders_agree(r.t, random, r.x, sin(r.y), tolerance(r)), named(r));
  });
}

TEST_CASE("third derivatives of structural primitives do not depend on the order of modes") {
  each_use(56, 6, [](Recorded& r, Random& random) {
    const std::vector<Var> slope = r.t.tangent(r.x, directions(random, r.x), {sin(r.y)}, Mode::record);
    if (slope[0].recorded()) CHECK_MESSAGE(second_orders_agree(r.t, random, r.x, slope[0], tolerance(r)), named(r));
  });
}

TEST_CASE("adjoints arrive in one place from several uses of a variable") {
  each_use(57, 10, [](Recorded& r, Random& random) {
    const Var again = r.use.value(), both = r.y * again + again;
    CHECK_MESSAGE(transposed_of_each_other(r.t, random, r.x, both), named(r));
    CHECK_MESSAGE(recorded_as_computed(r.t, random, r.x, both), named(r));
  });
}
