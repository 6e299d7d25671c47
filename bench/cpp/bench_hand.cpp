// The hand-written baselines: value and gradient of each workload, the limit for the library.

#include <benchmark/benchmark.h>

#include <array>
#include <random>
#include <vector>

#include "hand/chain.hpp"
#include "hand/fused.hpp"
#include "hand/gmm.hpp"
#include "hand/logistic.hpp"
#include "hand/mlp.hpp"
#include "hand/small_arrays.hpp"

namespace {

using Buffer = std::vector<double>;

Buffer normal(Eigen::Index n, double scale = 1.0) {
  std::mt19937_64 random(1964);
  std::normal_distribution<double> draw(0.0, scale);
  Buffer x(static_cast<std::size_t>(n));
  for (double& value : x) value = draw(random);
  return x;
}

void chain(benchmark::State& state) {
  hand::Chain chain(static_cast<std::size_t>(state.range(0)));
  std::array<double, 3> gradient;
  for (auto _ : state) benchmark::DoNotOptimize(chain(0.5, 1.0, 1e-9, gradient));
}
BENCHMARK(chain)->Arg(1'000)->Arg(100'000);

template <int N>
void small_arrays(benchmark::State& state) {
  using Small = hand::SmallArrays<N>;
  const Buffer x = normal(10), b = normal(10, 1e-6);
  const typename Small::Matrix W = Small::Matrix::Identity(10, 10);
  const typename Small::Vector x0 = Eigen::Map<const Eigen::VectorXd>(x.data(), 10);
  const typename Small::Vector b0 = Eigen::Map<const Eigen::VectorXd>(b.data(), 10);
  Small small(1'000, 10);
  typename Small::Gradient gradient;
  for (auto _ : state) benchmark::DoNotOptimize(small(W, x0, b0, gradient));
}
BENCHMARK(small_arrays<10>);
BENCHMARK(small_arrays<Eigen::Dynamic>);

void fused_value(benchmark::State& state) {
  const Buffer x = normal(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(hand::fused(x));
}
BENCHMARK(fused_value)->Arg(1'000)->Arg(100'000)->Arg(10'000'000);

void fused_gradient(benchmark::State& state) {
  const Buffer x = normal(state.range(0));
  Buffer gradient(x.size());
  for (auto _ : state) benchmark::DoNotOptimize(hand::fused(x, gradient));
}
BENCHMARK(fused_gradient)->Arg(1'000)->Arg(100'000)->Arg(10'000'000);

template <hand::MeanAdjoint rule>
void gmm(benchmark::State& state) {
  const Eigen::Index n = 1'000, d = state.range(0), components = state.range(1), packed = d * (d + 1) / 2;
  const Buffer alphas = normal(components), means = normal(components * d), x = normal(n * d);
  const Buffer icf = normal(components * packed, 0.3 / std::sqrt(static_cast<double>(d)));
  Buffer alphas_bar(alphas.size()), means_bar(means.size()), icf_bar(icf.size());
  hand::Gmm gmm(n, d, components, rule);
  for (auto _ : state)
    benchmark::DoNotOptimize(gmm({alphas.data(), components}, {means.data(), components, d},
                                 {icf.data(), components, packed}, {x.data(), n, d}, {alphas_bar.data(), components},
                                 {means_bar.data(), components, d}, {icf_bar.data(), components, packed}));
}
BENCHMARK(gmm<hand::MeanAdjoint::product>)->ArgsProduct({{10, 20, 64}, {5, 25, 50}});
BENCHMARK(gmm<hand::MeanAdjoint::sum>)->ArgsProduct({{10, 20, 64}, {5, 25, 50}});

void mlp(benchmark::State& state) {
  const std::vector<Eigen::Index> sizes{784, 256, 128, 10};
  const Eigen::Index batch = 128;
  std::vector<Buffer> parameters;
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    parameters.push_back(normal(sizes[i] * sizes[i - 1], 0.05));
    parameters.push_back(normal(sizes[i], 0.1));
  }
  std::vector<Buffer> gradient = parameters;
  std::vector<const double*> in;
  std::vector<double*> out;
  for (const Buffer& buffer : parameters) in.push_back(buffer.data());
  for (Buffer& buffer : gradient) out.push_back(buffer.data());
  const Buffer images = normal(784 * batch), labels(static_cast<std::size_t>(10 * batch), 0.1);
  hand::Mlp<double> mlp(sizes, batch);
  for (auto _ : state) benchmark::DoNotOptimize(mlp(in, images.data(), labels.data(), out));
}
BENCHMARK(mlp);

void logistic(benchmark::State& state) {
  const Eigen::Index n = 10'000, d = 100;
  const Buffer features = normal(n * d), w = normal(d, 0.1), signs(static_cast<std::size_t>(n), 1.0);
  Buffer slope(w.size());
  hand::Logistic logistic(n);
  for (auto _ : state) {
    if (state.range(0) == 1)
      benchmark::DoNotOptimize(
          logistic.gradient({w.data(), d}, {features.data(), n, d}, {signs.data(), n}, {slope.data(), d}));
    else
      benchmark::DoNotOptimize(
          logistic.hvp({w.data(), d}, {features.data(), n, d}, {signs.data(), n}, {w.data(), d}, {slope.data(), d}));
  }
}
BENCHMARK(logistic)->ArgName("order")->Arg(1)->Arg(2);

}  // namespace

BENCHMARK_MAIN();
