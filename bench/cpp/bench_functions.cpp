// Throughput of xsimd's functions, ns an element, n = 4096 (in cache).

#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "hand/functions.hpp"

namespace {

std::vector<double> uniform(std::size_t n, double low, double high) {
  std::mt19937_64 random(1964);
  std::uniform_real_distribution<double> draw(low, high);
  std::vector<double> x(n);
  for (double& value : x) value = draw(random);
  return x;
}

void run(benchmark::State& state, const hand::ArrayFunction& f) {
  const auto x = uniform(4096, f.low, f.high);
  std::vector<double> y(x.size());
  for (auto _ : state) {
    f.apply(x.data(), y.data(), x.size());
    benchmark::ClobberMemory();
  }
  const auto elements = static_cast<double>(x.size()) * static_cast<double>(state.iterations());
  state.counters["s/element"] = benchmark::Counter(elements, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

const bool registered = [] {
  for (const hand::ArrayFunction& f : hand::array_functions())
    benchmark::RegisterBenchmark(f.name, [&f](benchmark::State& state) { run(state, f); });
  return true;
}();

}  // namespace

BENCHMARK_MAIN();
