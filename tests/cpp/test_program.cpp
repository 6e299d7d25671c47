// Programs: built from a recording of everything, run again on other values, guarded.
#include "programs.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/tape/guards.hpp"

using namespace wengert;
using namespace wengert::test;
using program::Program;
using program::Workspace;

TEST_CASE("a program gives what its function gives, at other values too") {
  Random random(71);
  const auto p = recorded(mixed, random_values(random, {{37, 40}, {40}}));
  Workspace work(*p);
  for (int round = 0; round < 5; ++round) {
    const std::vector<Value> at = random_values(random, {{37, 40}, {40}});
    std::vector<Value> found;
    REQUIRE(!work.run(at, found));
    check_same(found, plainly(mixed, at));
  }
}

TEST_CASE("equal operations are one, and dead ones are gone") {
  Random random(72);
  const auto p = recorded(
      [](std::span<const Var> x) {
        (void)(cos(x[0]) + 1.0);
        const Var y = sin(x[0]);  // not an input, which may lie in any way
        return std::vector<Var>{y + sin(x[0]) * 1.0, -(-y), y / 1.0};
      },
      random_values(random, {{4}}));
  CHECK(p->listing().size() == 3);  // the input, the sine, the sum
  CHECK(p->listing().outputs[1] == p->listing().outputs[2]);
}

TEST_CASE("a number's places are used again") {
  Random random(73);
  const auto p = recorded(chained, random_values(random, {{}, {}}));
  CHECK(p->plan().slots < 20);
  Workspace work(*p);
  std::vector<Value> found;
  const std::vector<Value> at = random_values(random, {{}, {}});
  REQUIRE(!work.run(at, found));
  check_same(found, plainly(chained, at));
}

TEST_CASE("at many points a program is what it is at each") {
  Random random(74);
  constexpr std::int64_t points = 1037;
  const auto p = recorded(
      [](std::span<const Var> x) {
        return std::vector<Var>{x[0] * sin(x[1]), x[1]};
      },
      random_values(random, {{}, {}}));
  REQUIRE(p->runs_in_lanes());
  const std::vector<Value> all = random_values(random, {{points}, {points}});
  const program::BatchResult found = run_batch(*p, all, points);
  for (std::int64_t k = 0; k < points; ++k) {
    const double a = element(all[0], k), b = element(all[1], k);
    const std::vector<Value> one = plainly([](std::span<const Var> x) { return std::vector<Var>{x[0] * sin(x[1])}; },
                                           {Value::number(a), Value::number(b)});
    CHECK(element(found.outputs[0], k) == element(one[0], 0));
    CHECK(element(found.outputs[1], k) == b);
    CHECK(found.held[static_cast<std::size_t>(k)]);
  }
}

TEST_CASE("a guard that does not hold ends the run and says what it saw") {
  const auto p = recorded(
      [](std::span<const Var> x) {
        const Var positive = x[0] > 0.0;
        leave_guard(positive, Guard::Kind::truth);
        return std::vector<Var>{element(positive.value, 0) != 0 ? log(x[0]) : x[0]};
      },
      {Value::number(2.0)});
  Workspace work(*p);
  std::vector<Value> found;
  const std::vector<Value> below{Value::number(-2.0)}, above{Value::number(4.0)};
  const auto failure = work.run(below, found);
  REQUIRE(failure);
  CHECK(failure->guard == 0);
  CHECK(element(failure->outcome, 0) == 0.0);
  REQUIRE(!work.run(above, found));
  check_same(found, plainly([](std::span<const Var> x) { return std::vector<Var>{log(x[0])}; }, above));
}

TEST_CASE("what may refuse its operand is carried out though nobody needs it") {
  Random random(75);
  const auto singular = Value(full(Dtype::float64, {2, 2}, 0.0));
  const Storage unit = allocate(Dtype::float64, Shape{2, 2});
  clear(unit);
  unit.data<double>()[0] = unit.data<double>()[3] = 1.0;
  const auto p = recorded(
      [](std::span<const Var> x) {
        (void)inverse(x[0]);
        return std::vector<Var>{x[0] + 1.0};
      },
      {Value(unit)});
  Workspace work(*p);
  std::vector<Value> found;
  const std::vector<Value> in{singular}, fine{Value(unit)};
  CHECK_THROWS_AS((void)work.run(in, found), const DomainError&);
  CHECK(!work.run(fine, found));
}

TEST_CASE("what leaves a workspace is nobody else's") {
  Random random(76);
  const std::vector<Value> at = random_values(random, {{5}});
  const auto p = recorded([](std::span<const Var> x) { return std::vector<Var>{x[0], reshaped(x[0], {5, 1})}; }, at);
  Workspace work(*p);
  std::vector<Value> found;
  REQUIRE(!work.run(at, found));
  for (const Value& y : found) CHECK(y.block()->data != at[0].block()->data);
}

TEST_CASE("a program on variables records itself, and has derivatives") {
  Random random(77);
  const std::vector<Value> at = random_values(random, {{3, 4}, {4}});
  const auto p = recorded(mixed, at);
  Taped t;
  const Var x = watch(at[0]), v = watch(at[1]);
  std::vector<Var> found;
  const Var in[] = {x, v};
  REQUIRE(!replay_on_variables(*p, in, found));
  REQUIRE(found[0].recorded());
  CHECK(transposed_of_each_other(t, random, {x, v}, found[3]));
}
