// The tape from C++: recording, adjoint sweep and tangent sweep of scalar and of array kernels, an operation
// (scalars) or an element (arrays) at a time; the same kernels as programs that run again, and in plain C++.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "hand/chain.hpp"
#include "kernels.hpp"
#include "wengert/wengert.hpp"

namespace {

using namespace wengert;
using benchmark::State;

/// A kernel on Var with the values of its inputs.
struct Kernel {
  std::vector<Value> inputs;
  std::function<Var(std::span<const Var>)> function;
  std::size_t units;  // what its time is divided by: operations, or elements
};

Value numbers(const Shape& shape, double low, double high) {
  std::mt19937_64 random(1964);
  std::uniform_real_distribution<double> draw(low, high);
  Storage a = allocate(Dtype::float64, shape);
  for (std::int64_t i = 0; i < a->size; ++i) a.data<double>()[i] = draw(random);
  return Value(a);
}

Kernel chain(std::size_t steps) {
  const auto f = [=](std::span<const Var> in) { return kernels::chain(in[0], in[1], in[2], steps); };
  return {{Value::number(0.5), Value::number(1.0), Value::number(1e-9)}, f, 3 * steps};
}

Kernel predators(std::size_t steps) {
  const auto f = [=](std::span<const Var> in) { return kernels::predators(in[0], in[1], in[2], steps); };
  return {{Value::number(1.0), Value::number(0.5), Value::number(0.7)}, f, 9 * steps + 1};
}

Kernel oscillators(std::size_t steps) {
  const auto f = [=](std::span<const Var> in) { return kernels::oscillators(in.first(16), in[16], steps); };
  std::vector<Value> inputs;
  for (int i = 0; i < 17; ++i) inputs.push_back(Value::number(0.1 * i + 0.1));
  return {inputs, f, 16 * 7 * steps + 15};
}

Kernel lottery(std::size_t steps) {
  const auto program = std::make_shared<kernels::Lottery>(steps);
  const auto values = std::make_shared<std::vector<Var>>(kernels::Lottery::inputs + steps);
  const auto f = [=](std::span<const Var> in) {
    std::ranges::copy(in, values->begin());
    return (*program)(std::span(*values));
  };
  std::vector<Value> inputs;
  for (const double x : kernels::Lottery::start()) inputs.push_back(Value::number(x));
  return {inputs, f, program->operations()};
}

Kernel fused(std::size_t n) {
  const auto f = [](std::span<const Var> in) { return kernels::fused(in[0]); };
  return {{numbers({static_cast<std::int64_t>(n)}, -1, 3)}, f, n};
}

Kernel recurrence(std::size_t steps) {
  const auto f = [=](std::span<const Var> in) { return kernels::recurrence(in[0], in[1], in[2], steps); };
  return {{numbers({10, 10}, -0.5, 0.5), numbers({10}, -1, 1), numbers({10}, -1, 1)}, f, steps};
}

/// One recording of a kernel, kept for its sweeps.
class Taped {
 public:
  explicit Taped(const Kernel& kernel) : kernel_(kernel), on_(&recording_) {}

  void record() {
    recording_.clear();
    std::vector<Var> in;
    for (const Value& value : kernel_.inputs) in.push_back(watch(value));
    inputs_.clear();
    for (const Var& x : in) inputs_.push_back(x.node);
    output_ = kernel_.function(in).node;
  }

  auto adjoint() {
    const Seed seed{output_, Var(Value::number(1.0))};
    return adjoint_sweep(recording_, NodeId{0}, {&seed, 1}, inputs_, Mode::values);
  }

  auto tangent() {
    const Seed seed{inputs_[0], Var(kernel_.inputs[0])};
    return tangent_sweep(recording_, NodeId{0}, {&seed, 1}, {&output_, 1}, Mode::values);
  }

 private:
  const Kernel& kernel_;
  Recording recording_;
  Activation on_;
  std::vector<NodeId> inputs_;
  NodeId output_ = NodeId::none;
};

void count(State& state, std::size_t units) {
  using benchmark::Counter;
  const double all = static_cast<double>(units) * static_cast<double>(state.iterations());
  state.counters["each"] = Counter(all, Counter::kIsRate | Counter::kInvert);
}

void record(State& state, const Kernel& kernel) {
  Taped taped(kernel);
  for (auto _ : state) taped.record();
  count(state, kernel.units);
}

void adjoint(State& state, const Kernel& kernel) {
  Taped taped(kernel);
  taped.record();
  for (auto _ : state) benchmark::DoNotOptimize(taped.adjoint());
  count(state, kernel.units);
}

void tangent(State& state, const Kernel& kernel) {
  Taped taped(kernel);
  taped.record();
  for (auto _ : state) benchmark::DoNotOptimize(taped.tangent());
  count(state, kernel.units);
}

void one_shot(State& state, const Kernel& kernel) {
  Taped taped(kernel);
  for (auto _ : state) {
    taped.record();
    benchmark::DoNotOptimize(taped.adjoint());
  }
  count(state, kernel.units);
}

/// The values of a program.
void replay(State& state, const Kernel& kernel) {
  const Program program = wengert::record(kernel.function, kernel.inputs);
  Workspace work(program);
  for (auto _ : state) benchmark::DoNotOptimize(program.values(work, kernel.inputs));
  count(state, kernel.units);
}

/// Value and gradient: a program as well.
void replay_gradient(State& state, const Kernel& kernel) {
  const Program program = wengert::record(kernel.function, kernel.inputs);
  Workspace work(program);
  benchmark::DoNotOptimize(program.gradient(work, kernel.inputs));  // made at its first use
  for (auto _ : state) benchmark::DoNotOptimize(program.gradient(work, kernel.inputs));
  count(state, kernel.units);
}

/// Recording::push alone: the least that recording can cost.
void push(State& state) {
  const auto steps = static_cast<std::size_t>(state.range(0));
  Recording recording;
  for (auto _ : state) {
    recording.clear();
    NodeId x = recording.push_input(NodeId::none, Value::number(0.5));
    for (std::size_t i = 0; i < steps; ++i) x = recording.push(Op::multiply, x, x, 0.5);
    benchmark::DoNotOptimize(x);
  }
  count(state, steps);
}
BENCHMARK(push)->Arg(1'000)->Arg(100'000);

/// Value and gradient of the chain by a hand-written adjoint.
void hand_chain(State& state) {
  const auto steps = static_cast<std::size_t>(state.range(0));
  hand::Chain chain(steps);
  std::array<double, 3> gradient;
  for (auto _ : state) benchmark::DoNotOptimize(chain(0.5, 1.0, 1e-9, gradient));
  count(state, 3 * steps);
}
BENCHMARK(hand_chain)->Arg(1'000)->Arg(100'000);

/// Values alone, in plain C++, of a program that nothing predicts.
void plain_lottery(State& state) {
  const auto steps = static_cast<std::size_t>(state.range(0));
  const kernels::Lottery program(steps);
  std::vector<double> values = kernels::Lottery::start();
  values.resize(values.size() + steps);
  for (auto _ : state) benchmark::DoNotOptimize(program(std::span(values)));
  count(state, program.operations());
}
BENCHMARK(plain_lottery)->Arg(100'000);

struct Case {
  const char* name;
  Kernel (*make)(std::size_t);
  std::vector<std::size_t> sizes;
};

const bool registered = [] {
  const Case cases[] = {{"chain", chain, {1'000, 100'000}},        {"predators", predators, {100, 10'000, 1'000'000}},
                        {"oscillators", oscillators, {10, 1'000}}, {"lottery", lottery, {1'000, 100'000}},
                        {"fused", fused, {1'000, 100'000}},        {"recurrence", recurrence, {1'000}}};
  const std::pair<const char*, void (*)(State&, const Kernel&)> measures[] = {
      {"record", record},     {"adjoint", adjoint}, {"tangent", tangent},
      {"one_shot", one_shot}, {"replay", replay},   {"replay_gradient", replay_gradient}};
  for (const Case& c : cases) {
    for (const std::size_t n : c.sizes) {
      for (const auto& [name, measure] : measures) {
        if (n > 100'000 && measure == replay_gradient)
          continue;  // half a minute to make a program of 30 million operations
        const std::string title = std::string(c.name) + "/" + std::to_string(n) + "/" + name;
        benchmark::RegisterBenchmark(title.c_str(), [=, make = c.make](State& state) { measure(state, make(n)); });
      }
    }
  }
  return true;
}();

}  // namespace

BENCHMARK_MAIN();
