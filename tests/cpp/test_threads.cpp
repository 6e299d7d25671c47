// One program, many threads: each with a workspace of its own, all at once.
#include <latch>
#include <thread>

#include "programs.hpp"
#include "wengert/base/threads.hpp"

using namespace wengert;
using namespace wengert::test;
using program::Program;
using program::Workspace;

namespace {

constexpr std::size_t callers = 8, rounds = 20;

/// What a thread's runs give; nothing where a guard failed.
std::vector<std::vector<Value>> runs(const Program& p, const std::vector<Value>& at) {
  Workspace work(p);
  std::vector<std::vector<Value>> found(rounds);
  for (std::vector<Value>& one : found) {
    if (work.run(at, one)) one.clear();
  }
  return found;
}

/// f(k) on thread k; they begin together.
template <class F>
void on_all_threads(F f) {
  std::latch together(callers);
  std::vector<std::jthread> all;
  for (std::size_t k = 0; k < callers; ++k) {
    all.emplace_back([&, k] {
      together.arrive_and_wait();
      f(k);
    });
  }
}

/// As many threads for one computation, whatever the machine has.
struct Workers {
  explicit Workers(int n) { threads::set_count(n); }
  ~Workers() { threads::set_count(before); }
  int before = threads::count();
};

/// The program that ran.
std::unique_ptr<Program> check_on_all_threads(Function f, std::initializer_list<Shape> shapes) {
  Random random(81);
  auto p = recorded(f, random_values(random, shapes));
  std::vector<std::vector<Value>> at(callers);
  for (auto& each : at) each = random_values(random, shapes);
  std::vector<std::vector<std::vector<Value>>> found(callers);
  on_all_threads([&](std::size_t k) { found[k] = runs(*p, at[k]); });
  for (std::size_t k = 0; k < callers; ++k) {
    const std::vector<Value> alone = plainly(f, at[k]);
    for (const auto& one : found[k]) check_same(one, alone);
  }
  return p;
}

}  // namespace

TEST_CASE("threads run one program of arrays at once, and each gets what it would get alone") {
  (void)check_on_all_threads(mixed, {{37, 40}, {40}});
}

TEST_CASE("threads that want workers for one program at once get them or do without") {
  const Workers workers(3);
  const Function wide = [](std::span<const Var> x) {
    const Var y = sin(x[0]) * x[0] + exp(-(x[0] * x[0])) * tanh(x[0]);
    return std::vector<Var>{y, summed(y * y, {0}, false)};
  };
  CHECK(!check_on_all_threads(wide, {{100'000}})->plan().groups.empty());
}

TEST_CASE("threads run one program slice by slice at once, and each gets what it would get alone") {
  const Workers workers(3);
  const Function stacked = [](std::span<const Var> x) {
    const Var y = matmul(x[0], x[1]);
    return std::vector<Var>{summed(y * y * sin(y), {1, 2}, false)};
  };
  CHECK(!check_on_all_threads(stacked, {{8, 70, 70}, {8, 70, 70}})->plan().repeats.empty());
}

TEST_CASE("threads run one program of numbers at once, and each gets what it would get alone") {
  (void)check_on_all_threads(chained, {{}, {}});
}

TEST_CASE("threads that ask for the plan for many points at once get one plan") {
  Random random(82);
  constexpr std::int64_t points = 300;
  const auto p = recorded(
      [](std::span<const Var> x) {
        return std::vector<Var>{x[0] * sin(x[1]), exp(x[0])};
      },
      random_values(random, {{}, {}}));
  const std::vector<Value> at = random_values(random, {{points}, {points}});
  std::vector<std::vector<Value>> found(callers);
  on_all_threads([&](std::size_t k) {
    // References to a value are counted by one thread: the others borrow it.
    const std::vector<Value> mine{program::borrowed(at[0]), program::borrowed(at[1])};
    if (p->runs_in_lanes()) found[k] = run_batch(*p, mine, points).outputs;
  });
  const program::BatchResult alone = run_batch(*p, at, points);
  for (const auto& each : found) check_same(each, alone.outputs);
}

TEST_CASE("threads record, differentiate and make programs of their own at once") {
  Random random(83);
  const std::vector<Value> at = random_values(random, {{6, 5}, {5}});
  const std::vector<Value> expected = plainly(mixed, at);
  std::vector<std::vector<Value>> found(callers);
  on_all_threads([&](std::size_t k) {
    const std::vector<Value> mine{program::borrowed(at[0]), program::borrowed(at[1])};
    const auto p = recorded(mixed, mine);
    Workspace work(*p);
    if (work.run(mine, found[k])) found[k].clear();
  });
  for (const auto& each : found) check_same(each, expected);
}
