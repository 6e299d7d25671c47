// C interface of the baselines: bench/python times and checks them like any other library.
//
// Every workload is `value = hand_x(sizes, inputs, outputs)`: arrays row by row in the order in which the
// workload in bench/python/workloads names them, outputs in the order of the differentiated inputs.
// Work arrays are made in the first call and kept, as a hand-written program would: one size a process.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "bundle.hpp"
#include "chain.hpp"
#include "functions.hpp"
#include "fused.hpp"
#include "gmm.hpp"
#include "logistic.hpp"
#include "mlp.hpp"
#include "neural_ode.hpp"
#include "rosenbrock.hpp"
#include "small_arrays.hpp"

#define HAND_API extern "C" __attribute__((visibility("default")))

using Sizes = const std::int64_t*;
using Inputs = const double* const*;
using Outputs = double* const*;

HAND_API double hand_chain(Sizes sizes, Inputs in, Outputs out) {
  static hand::Chain chain(static_cast<std::size_t>(sizes[0]));
  std::array<double, 3> gradient;
  const double value = chain(*in[0], *in[1], *in[2], gradient);
  for (std::size_t i = 0; i < gradient.size(); ++i) *out[i] = gradient[i];
  return value;
}

HAND_API double hand_small(Sizes sizes, Inputs in, Outputs out) {
  using Small = hand::SmallArrays<10>;
  static Small small(sizes[0], sizes[1]);
  static Small::Gradient gradient;
  using Vector = Eigen::Map<const Small::Vector>;
  const double value = small(Eigen::Map<const Small::Matrix>(in[0]), Vector(in[1]), Vector(in[2]), gradient);
  std::ranges::copy(gradient.W.reshaped<Eigen::RowMajor>(), out[0]);
  std::ranges::copy(gradient.x, out[1]);
  std::ranges::copy(gradient.b, out[2]);
  return value;
}

HAND_API double hand_fused(Sizes sizes, Inputs in, Outputs out) {
  const auto n = static_cast<std::size_t>(sizes[0]);
  return hand::fused({in[0], n}, {out[0], n});
}

HAND_API double hand_gmm(Sizes sizes, Inputs in, Outputs out) {
  using hand::Gmm;
  const auto [n, d, components] = std::array{sizes[0], sizes[1], sizes[2]};
  const Eigen::Index packed = d * (d + 1) / 2;
  static Gmm gmm(n, d, components);
  return gmm({in[0], components}, {in[1], components, d}, {in[2], components, packed}, {in[3], n, d},
             {out[0], components}, {out[1], components, d}, {out[2], components, packed});
}

HAND_API double hand_mlp(Sizes sizes, Inputs in, Outputs out) {
  static hand::Mlp<double> mlp({sizes[0], sizes[1], sizes[2], sizes[3]}, sizes[4]);
  return mlp({in, 6}, in[6], in[7], {out, 6});
}

HAND_API double hand_mlp_float32(Sizes sizes, const float* const* in, float* const* out) {
  static hand::Mlp<float> mlp({sizes[0], sizes[1], sizes[2], sizes[3]}, sizes[4]);
  return mlp({in, 6}, in[6], in[7], {out, 6});
}

HAND_API double hand_rosenbrock(Sizes sizes, Inputs in, Outputs out) {
  const auto n = static_cast<std::size_t>(sizes[0]);
  return hand::rosenbrock({in[0], n}, {out[0], n});
}

HAND_API double hand_ode(Sizes sizes, Inputs in, Outputs out) {
  using hand::NeuralOde;
  static NeuralOde ode(static_cast<std::size_t>(sizes[0]), 1e-3);
  static NeuralOde::Weights w, wbar;
  static NeuralOde::State xbar;
  using Rows = Eigen::Matrix<double, NeuralOde::hidden, 2, Eigen::RowMajor>;
  w = {Eigen::Map<const Rows>(in[1]), Eigen::Map<const NeuralOde::Layer>(in[2]),
       Eigen::Map<const NeuralOde::Out>(in[3]), Eigen::Map<const NeuralOde::State>(in[4])};
  const double value = ode(Eigen::Map<const NeuralOde::State>(in[0]), w, xbar, wbar);
  std::ranges::copy(xbar, out[0]);
  std::ranges::copy(wbar.W1.reshaped<Eigen::RowMajor>(), out[1]);
  std::ranges::copy(wbar.b1, out[2]);
  std::ranges::copy(wbar.W2.reshaped<Eigen::RowMajor>(), out[3]);
  std::ranges::copy(wbar.b2, out[4]);
  return value;
}

HAND_API double hand_bundle(Sizes sizes, Inputs in, Outputs out) { return hand::bundle(sizes[0], in, out[0]); }

HAND_API double hand_logistic(Sizes sizes, Inputs in, Outputs out) {
  const auto [n, d] = std::array{sizes[0], sizes[1]};
  static hand::Logistic logistic(n);
  return logistic.gradient({in[0], d}, {in[1], n, d}, {in[2], n}, {out[0], d});
}

HAND_API double hand_logistic_hvp(Sizes sizes, Inputs in, Outputs out) {
  const auto [n, d] = std::array{sizes[0], sizes[1]};
  static hand::Logistic logistic(n);
  return logistic.hvp({in[0], d}, {in[1], n, d}, {in[2], n}, {in[3], d}, {out[0], d});
}

/// y[i] = f(x[i]), repeated; 0 if there is no function of that name.
HAND_API int hand_map(const char* name, const double* x, double* y, std::int64_t n, std::int64_t repeats) {
  for (const hand::ArrayFunction& f : hand::array_functions()) {
    if (std::strcmp(f.name, name) != 0) continue;
    for (std::int64_t i = 0; i < repeats; ++i) f.apply(x, y, static_cast<std::size_t>(n));
    return 1;
  }
  return 0;
}
