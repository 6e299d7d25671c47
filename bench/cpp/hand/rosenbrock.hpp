// sum(100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2) and its gradient by hand, each element of it in one go.
#pragma once

#include <cstddef>
#include <span>

#include "simd.hpp"

namespace hand {

/// x: two numbers at least.
inline double rosenbrock(std::span<const double> x, std::span<double> gradient) {
  const std::size_t last = x.size() - 1;
  // What x[i] has from its right neighbour and itself, and from its left one.
  const auto own = [](auto a, auto right) { return -400.0 * a * (right - a * a) - 2.0 * (1.0 - a); };
  const auto other = [](auto left, auto a) { return 200.0 * (a - left * left); };
  const auto term = [](auto a, auto right) {
    const auto far = right - a * a, near = 1.0 - a;
    return 100.0 * far * far + near * near;
  };
  const auto at = [&](std::size_t i) { return Batch::load_unaligned(&x[i]); };
  gradient[0] = own(x[0], x[1]);
  gradient[last] = other(x[last - 1], x[last]);
  Batch sum(0.0);
  double rest = term(x[0], x[1]);
  const auto block = [&](std::size_t k) {
    const Batch left = at(k), a = at(k + 1), right = at(k + 2);
    (own(a, right) + other(left, a)).store_unaligned(&gradient[k + 1]);
    sum += term(a, right);
  };
  const auto one = [&](std::size_t k) {
    gradient[k + 1] = own(x[k + 1], x[k + 2]) + other(x[k], x[k + 1]);
    rest += term(x[k + 1], x[k + 2]);
  };
  for_each_batch(last - 1, block, one);
  return xsimd::reduce_add(sum) + rest;
}

}  // namespace hand
