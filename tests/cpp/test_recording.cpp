#include "taped.hpp"
#include "wengert/rule/structural/list.hpp"

using namespace wengert;
using namespace wengert::test;

namespace {

constexpr double a_third = 1.0 / 3;

}  // namespace

TEST_CASE("when the topmost live node dies, what only it needed goes too") {
  Taped t;
  const Var x = t.held(watch(Var(2.0))), y = t.held(sin(x));
  const std::size_t before = t.r.size();
  const Var z = t.held(exp(cos(y) * 3.0 + x));
  CHECK(t.r.size() > before);
  t.r.mark_dead(z.node);
  CHECK(t.r.size() == before);
  t.r.mark_dead(x.node);  // y still needs it
  CHECK(t.r.size() == before);
  t.r.mark_dead(y.node);
  CHECK(t.r.size() == 0);
}

TEST_CASE("the tape ends at its topmost live node, whatever the order in which handles die") {
  Random random(21);
  for (int round = 0; round < 20; ++round) {
    Taped t;
    std::vector<Var> live{t.held(watch(Var(1.5)))};
    for (int step = 0; step < 400; ++step) {
      const auto pick = static_cast<std::size_t>(whole(random, 0, static_cast<std::int64_t>(live.size()) - 1));
      if (whole(random, 0, 2) || live.size() == 1) {
        live.push_back(t.held(sin(live[pick] * real_in(random, 0, 1))));
        continue;
      }
      t.r.mark_dead(live[pick].node);
      const bool topmost = pick + 1 == live.size();
      live.erase(live.begin() + static_cast<std::ptrdiff_t>(pick));
      if (topmost) CHECK(t.r.size() == index(live.back().node) + 1);
    }
    for (const Var& v : live) CHECK(same(t.r.number(index(v.node)), v.value.as_double()));
  }
}

TEST_CASE("a truncated tape lets go of its arrays") {
  Taped t;
  Random random(22);
  const Storage a = random_array(random, {5});
  {
    const Var x = t.held(watch(Var(Value(a)))), y = t.held(x * Var(Value(a)));
    CHECK(a->refs > 2);
    t.r.mark_dead(y.node);
    t.r.mark_dead(x.node);
  }
  CHECK(t.r.size() == 0);
  CHECK(a->refs == 1);
}

TEST_CASE("a constant seen lately is found again, by its bits") {
  Taped t;
  const Var x = t.held(watch(Var(2.0)));
  const Var y = x * a_third;
  const std::size_t before = t.r.size();
  const Var z = y * a_third;
  CHECK(t.r.size() == before + 1);
  CHECK(t.r.b(index(y.node)) == t.r.b(index(z.node)));
  CHECK(t.r.constant(Value::number(0.0)) != t.r.constant(Value::number(-0.0)));
  const double nan = std::nan("");
  CHECK(t.r.constant(Value::number(nan)) == t.r.constant(Value::number(nan)));
  Random random(23);
  const Value a(random_array(random, {3})), b(random_array(random, {3}));
  CHECK(t.r.constant(a) == t.r.constant(a));
  CHECK(t.r.constant(a) != t.r.constant(b));
}

TEST_CASE("a constant that was cut off is not found, and its place holds what came there since") {
  Taped t;
  const Var x = t.held(watch(Var(2.0)));
  const Var y = t.held(x * a_third);
  t.r.mark_dead(y.node);
  const Var z = x * 0.25;  // where the third was
  const Var w = z * a_third;
  CHECK(t.r.number(index(t.r.b(index(z.node)))) == 0.25);
  CHECK(t.r.number(index(t.r.b(index(w.node)))) == a_third);
}

TEST_CASE("operands and attributes of calls are cut back with their nodes") {
  Taped t;
  Random random(24);
  const Var x = t.held(watch(random_var(random, {2, 3})));
  const Var y = t.held(transposed(x, {1, 0}));
  const std::size_t before = t.r.bytes();
  for (int round = 0; round < 50; ++round) {
    const Var z = t.held(summed(joined(y, y, y, 1), {0}, false));
    t.r.mark_dead(z.node);
    CHECK(t.r.bytes() == before);
  }
  const Var z = joined(y, y * 2.0, 0);
  const Call& first = t.r.call(index(y.node));
  const Call& second = t.r.call(index(z.node));
  CHECK(first.primitive == structural::id<structural::transpose>);
  CHECK(Dims(t.r.attributes(first)) == Dims{1, 0});
  CHECK(t.r.operands(first)[0] == x.node);
  CHECK(second.primitive == structural::id<structural::concatenate>);
  CHECK(t.r.operands(second).size() == 2);
  CHECK(t.r.operands(second)[0] == y.node);
}

TEST_CASE("each use of a recording has a serial of its own, never 0") {
  Recording a, b;
  std::vector<std::uint32_t> seen{0, a.serial(), b.serial()};
  for (int k = 0; k < 10; ++k) {
    a.clear();
    CHECK(std::count(seen.begin(), seen.end(), a.serial()) == 0);
    seen.push_back(a.serial());
  }
}

TEST_CASE("cleared, a recording is empty and forgets who was live") {
  Taped t;
  for (int round = 0; round < 3; ++round) {
    std::vector<Var> live;
    for (int k = 0; k < 200; ++k) live.push_back(t.held(watch(Var(1.0 * k))));
    CHECK(t.r.size() == 200);
    t.r.clear();
    CHECK(t.r.size() == 0);
    CHECK(t.r.bytes() == 0);
  }
  const Var x = t.held(watch(Var(1.0))), y = t.held(exp(x));
  t.r.mark_dead(y.node);
  CHECK(t.r.size() == 1);
}

TEST_CASE("a node lives as long as the last of its handles") {
  Taped t;
  const Var x = t.held(watch(Var(1.0))), y = t.held(t.held(exp(x)));
  t.r.mark_dead(y.node);
  CHECK(t.r.size() == 2);
  t.r.mark_dead(y.node);
  CHECK(t.r.size() == 1);
}

TEST_CASE("a node with more handles than can be counted stays until all is cleared") {
  Taped t;
  const Var x = watch(Var(1.0));
  for (int k = 0; k < 1000; ++k) t.held(x);
  for (int k = 0; k < 1000; ++k) t.r.mark_dead(x.node);
  CHECK(t.r.size() == 1);
  t.r.clear();
  const Var y = t.held(watch(Var(1.0)));
  t.r.mark_dead(y.node);
  CHECK(t.r.size() == 0);
}

TEST_CASE("a million nodes take 19 bytes each, and are swept") {
  Taped t;
  const Var x = t.held(watch(Var(1.0)));
  Var y = x;
  for (int k = 0; k < 1000000; ++k) y = y * 1.000001;
  CHECK(t.r.size() == 1000002);  // the input, one constant, the products
  CHECK(t.r.bytes() == t.r.size() * 19);
  const Seed seeds[] = {{y.node, Var(1.0)}};
  const NodeId wanted[] = {x.node};
  const Var slope = adjoint_sweep(t.r, x.node, seeds, wanted, Mode::values)[0];
  CHECK(slope.value.as_double() == doctest::Approx(y.value.as_double()).epsilon(1e-9));
}

TEST_CASE("operations on what was not recorded record nothing, and need no tape") {
  const Var x(Value::number(2.0));
  CHECK_FALSE((x * x + 1.0).recorded());
  Taped t;
  CHECK_FALSE((x * x + 1.0).recorded());
  CHECK(t.r.size() == 0);
}

TEST_CASE("without an active recording there is nothing to watch on") {
  CHECK_THROWS_AS(watch(Var(1.0)), TapeError);
  {
    const Taped t;
    CHECK(active() == &t.r);
    {
      const Activation none(nullptr);
      CHECK_THROWS_AS(watch(Var(1.0)), TapeError);
    }
    CHECK(active() == &t.r);
  }
  CHECK(active() == nullptr);
}
