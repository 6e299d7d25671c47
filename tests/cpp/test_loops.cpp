// Loops of programs under schedules: the same bits whatever is kept, other ways through the body, snapshots on disk.
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "programs.hpp"
#include "wengert/checkpoint/program_body.hpp"
#include "wengert/checkpoint/sweep.hpp"
#include "wengert/program/derive.hpp"
#include "wengert/program/split.hpp"

using namespace wengert;
using namespace wengert::test;
using namespace wengert::checkpoint;
using program::Program;
using program::Workspace;

namespace {

using Bits = std::vector<double>;
constexpr std::int64_t steps = 29;

/// Two numbers, a step of which knows its number and closes over a third one.
std::vector<Var> rising(std::span<const Var> x) {
  const Var a = x[1], b = x[2];
  return {sin(a) * x[3] + b * 0.5, a * b + cos(b) * 0.01};
}
/// A branch of the program on the state; the other one.
std::vector<Var> branching(std::span<const Var> x, bool positive) {
  const Var holds = x[1] > 0.3;
  leave_guard(holds, Guard::Kind::truth);
  return {positive ? x[1] * x[3] - 0.4 : x[1] + exp(x[2]) * 0.2, x[2] * 0.9};
}
std::vector<Var> above(std::span<const Var> x) { return branching(x, true); }
std::vector<Var> below(std::span<const Var> x) { return branching(x, false); }

Value step_number(std::int64_t k) {
  const Storage a = allocate(Dtype::int64, Shape{});
  *a.data<std::int64_t>() = k;
  return settle(a);
}

std::vector<Value> inputs_at(double a) {
  return {step_number(0), Value::number(a), Value::number(0.2), Value::number(0.8)};
}

class Numbers3 final : public ProgramBody {
 public:
  explicit Numbers3(std::int64_t count = steps)
      : ProgramBody({0, 1, false, count, Layout({{Dtype::float64, {}}, {Dtype::float64, {}}}), {}, {factor()}}) {}
  void tick(std::int64_t, bool) override {}
  std::size_t asked = 0;

 private:
  static Value factor() {
    const Storage a = allocate(Dtype::float64, Shape{});
    *a.data<double>() = 0.8;
    return Value(a);
  }
  void other_way(std::size_t tried, const program::Failure&, std::span<const Value>) override {
    ++asked;
    use(1 - tried);
  }
};

Bits swept(ProgramBody& body, const Schedule& schedule, std::int64_t block, const std::string& directory = {}) {
  Sweep sweep(body, schedule, steps, block, directory, {});
  Pair x(body), bar(body);
  const double start[2] = {0.7, 0.2}, seed[2] = {1.0, -0.5};
  std::memcpy(x.now(), start, sizeof start);
  std::memcpy(bar.now(), seed, sizeof seed);
  sweep.forward(x);
  body.seed({});
  sweep.reverse(bar);
  Bits found(4);
  std::memcpy(found.data(), x.now(), 16);
  std::memcpy(found.data() + 2, bar.now(), 16);
  found.push_back(element(body.captured_adjoints[0], 0));
  return found;
}

std::int64_t blocks_of(std::int64_t block) { return (steps + block - 1) / block; }

}  // namespace

TEST_CASE("every schedule of a loop gives the same bits") {
  Numbers3 body;
  body.add_way(recorded(rising, inputs_at(0.7)));
  const Bits all = swept(body, store_all(1), steps);
  for (std::int64_t s = 1; s <= steps; ++s) {
    for (const std::int64_t block : {1, 3, 10}) CHECK(same(swept(body, binomial(blocks_of(block), s), block), all));
    CHECK(same(swept(body, two_level(steps, s, 3), 1, std::filesystem::temp_directory_path()), all));
  }
}

TEST_CASE("a step whose guard does not hold takes another way, forward and back") {
  Numbers3 body;
  body.add_way(recorded(above, inputs_at(0.7)));
  body.add_way(recorded(below, inputs_at(0.1)));
  const Bits all = swept(body, store_all(1), steps);
  CHECK(body.asked > 2);
  for (std::int64_t s = 1; s <= steps; ++s) CHECK(same(swept(body, binomial(steps, s), 1), all));
}

TEST_CASE("of a long loop of tiny steps eight run as one program, with the bits of eight") {
  Numbers3 body(4096);
  body.add_way(recorded(rising, inputs_at(0.7)));
  const double start[2] = {0.7, 0.2}, seed[2] = {1.0, -0.5};
  Pair x(body), y(body), bar(body);
  Chunks room;
  std::memcpy(x.now(), start, sizeof start);
  const auto found = [&](const std::byte* state) {
    Bits bits(2);
    std::memcpy(bits.data(), state, 16);
    return bits;
  };
  const auto one_by_one = [&](auto&& step) {
    std::memcpy(y.now(), start, sizeof start);
    for (std::int64_t k = 0; k < 8; ++k) {
      CHECK(step(k) == 1);
      y.swap();
    }
  };
  one_by_one([&](std::int64_t k) { return body.advance(k, 7, y.now(), y.next(), true); });
  CHECK(body.advance(0, 8, x.now(), x.next(), true) == 8);
  CHECK(same(found(x.next()), found(y.now())));
  std::vector<Tape> single;
  one_by_one([&](std::int64_t k) {
    single.push_back(body.tape(k, 1, y.now(), y.next(), room, true));
    return single.back().steps;
  });
  const Tape group = body.tape(0, 100, x.now(), x.next(), room, true);
  CHECK(group.steps == 8);
  CHECK(same(found(x.next()), found(y.now())));
  std::vector<Bits> both;
  for (const bool grouped : {true, false}) {
    body.seed({});
    std::memcpy(bar.now(), seed, sizeof seed);
    if (grouped) {
      body.reverse(0, group, bar.now(), bar.next());
      bar.swap();
    }
    for (std::int64_t k = grouped ? 0 : 8; k-- > 0;) {
      body.reverse(k, single[static_cast<std::size_t>(k)], bar.now(), bar.next());
      bar.swap();
    }
    both.push_back(found(bar.now()));
    both.back().push_back(element(body.captured_adjoints[0], 0));
  }
  CHECK(same(both[0], both[1]));
}

TEST_CASE("a way that returns other types than the first one is refused") {
  Numbers3 body;
  CHECK_THROWS_AS(
      body.add_way(recorded([](std::span<const Var> x) { return std::vector<Var>{x[1] * x[3]}; }, inputs_at(0.7))),
      const TapeError&);
}

TEST_CASE("snapshots on disk are what was saved, and damage is seen") {
  const std::string directory = std::filesystem::temp_directory_path() / ("wengert-test-" + std::to_string(::getpid()));
  std::filesystem::create_directory(directory);
  {
    OnDisk disk(directory, 1000);
    std::vector<std::byte> x(1000), y(1000);
    for (std::size_t slot : {3u, 0u, 7u, 3u}) {
      std::fill(x.begin(), x.end(), static_cast<std::byte>(slot + 1));
      disk.save(slot, x.data());
      disk.load(slot, y.data());
      CHECK(x == y);
    }
    CHECK_THROWS_AS(disk.load(1, y.data()), const StorageError&);  // a hole: nothing was saved there
    CHECK_THROWS_AS(disk.load(9, y.data()), const StorageError&);  // behind the end
    CHECK(std::filesystem::is_empty(directory));
  }
  CHECK(std::filesystem::remove(directory));
  CHECK_THROWS_AS(OnDisk(directory, 8).save(0, std::vector<std::byte>(8).data()), const StorageError&);
}

TEST_CASE("a step and its reverse apart are the adjoint, bit for bit") {
  Random random(91);
  const std::vector<std::pair<Function, std::vector<Value>>> programs{{mixed, random_values(random, {{5, 4}, {4}})},
                                                                      {chained, random_values(random, {{}, {}})},
                                                                      {rising, inputs_at(0.7)}};
  for (const auto& [f, at] : programs) {
    const auto p = recorded(f, at);
    const program::Built adjoint = program::derived(*p, Derivative::adjoint, at);
    const Program whole(program::derived(*p, Derivative::adjoint, at)),
        forward(program::split(adjoint.listing, at.size()).forward),
        reverse(program::split(adjoint.listing, at.size()).reverse);
    std::vector<Value> seeds, expected, kept, bars;
    for (const Value& y : plainly(f, at)) seeds.push_back(random_var(random, y.shape(), -1, 1).value);
    std::vector<Value> in = at;
    in.insert(in.end(), seeds.begin(), seeds.end());
    REQUIRE(!Workspace(whole).run(in, expected));
    REQUIRE(!Workspace(forward).run(at, kept));
    std::vector<Value> back = at;
    back.insert(back.end(), kept.begin() + static_cast<std::ptrdiff_t>(seeds.size()), kept.end());
    back.insert(back.end(), seeds.begin(), seeds.end());
    REQUIRE(!Workspace(reverse).run(back, bars));
    kept.resize(seeds.size());
    kept.insert(kept.end(), bars.begin(), bars.end());
    check_same(kept, expected);
  }
}

TEST_CASE("a program bound to values is the program at them") {
  Random random(92);
  const std::vector<Value> at = random_values(random, {{5, 4}, {4}});
  const auto p = recorded(mixed, at);
  const Program bound(program::bound(p->listing(), 1, std::span(at).subspan(1)));
  std::vector<Value> expected, found;
  REQUIRE(!Workspace(*p).run(at, expected));
  REQUIRE(!Workspace(bound).run({at.data(), 1}, found));
  check_same(found, expected);
}
