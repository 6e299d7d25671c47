// sum(exp(-x^2) sin x + log1p(x^2) tanh x), and its gradient, in one pass that stores nothing else.
#pragma once

#include <cstddef>
#include <span>

#include "simd.hpp"

namespace hand {

/// One batch of terms, and of their derivatives.
struct Term {
  Batch value, slope;
};

inline Batch fused_value(Batch x) {
  const Batch s = x * x;
  return xsimd::exp(-s) * xsimd::sin(x) + xsimd::log1p(s) * xsimd::tanh(x);
}

inline Term fused_term(Batch x) {
  const Batch s = x * x, e = xsimd::exp(-s), l = xsimd::log1p(s), t = xsimd::tanh(x);
  const auto [sine, cosine] = xsimd::sincos(x);
  const Batch slope = e * (cosine - 2.0 * x * sine) + 2.0 * x / (1.0 + s) * t + l * (1.0 - t * t);
  return {e * sine + l * t, slope};
}

inline double fused(std::span<const double> x) {
  Batch sum(0.0);
  double rest = 0.0;
  for_each_batch(
      x.size(), [&](std::size_t i) { sum += fused_value(Batch::load_unaligned(&x[i])); },
      [&](std::size_t i) { rest += fused_value(Batch(x[i])).get(0); });
  return xsimd::reduce_add(sum) + rest;
}

inline double fused(std::span<const double> x, std::span<double> gradient) {
  Batch sum(0.0);
  double rest = 0.0;
  const auto block = [&](std::size_t i) {
    const Term term = fused_term(Batch::load_unaligned(&x[i]));
    term.slope.store_unaligned(&gradient[i]);
    sum += term.value;
  };
  const auto one = [&](std::size_t i) {
    const Term term = fused_term(Batch(x[i]));
    gradient[i] = term.slope.get(0);
    rest += term.value.get(0);
  };
  for_each_batch(x.size(), block, one);
  return xsimd::reduce_add(sum) + rest;
}

}  // namespace hand
