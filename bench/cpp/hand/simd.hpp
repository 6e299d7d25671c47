// Elementwise loops over xsimd batches.
#pragma once

#include <cstddef>
#include <span>
#include <xsimd/xsimd.hpp>

namespace hand {

using Batch = xsimd::batch<double>;

/// Calls block(i) for each whole batch and rest(i) for each element after them.
template <class Block, class Rest>
void for_each_batch(std::size_t n, Block block, Rest rest) {
  const std::size_t whole = n - n % Batch::size;
  for (std::size_t i = 0; i < whole; i += Batch::size) block(i);
  for (std::size_t i = whole; i < n; ++i) rest(i);
}

/// y[i] = f(x[i]), f a generic lambda; the rest goes through a padded batch.
template <class F>
void map(const double* x, double* y, std::size_t n, F f) {
  const auto one = [&](std::size_t i) { y[i] = f(Batch(x[i])).get(0); };
  for_each_batch(
      n, [&](std::size_t i) { f(Batch::load_unaligned(x + i)).store_unaligned(y + i); }, one);
}

inline void tanh(const double* x, double* y, std::size_t n) {
  map(x, y, n, [](Batch a) { return xsimd::tanh(a); });
}

}  // namespace hand
