// Elementwise loops over xsimd batches.
#pragma once

#include <cstddef>
#include <span>
#include <xsimd/xsimd.hpp>

namespace hand {

using Batch = xsimd::batch<double>;

/// Calls block(i) for each whole batch and rest(i) for each element after them.
template <class T = double, class Block, class Rest>
void for_each_batch(std::size_t n, Block block, Rest rest) {
  constexpr std::size_t size = xsimd::batch<T>::size;
  const std::size_t whole = n - n % size;
  for (std::size_t i = 0; i < whole; i += size) block(i);
  for (std::size_t i = whole; i < n; ++i) rest(i);
}

/// y[i] = f(x[i]), f a generic lambda; the rest goes through a padded batch.
template <class T, class F>
void map(const T* x, T* y, std::size_t n, F f) {
  using Several = xsimd::batch<T>;
  const auto one = [&](std::size_t i) { y[i] = f(Several(x[i])).get(0); };
  for_each_batch<T>(
      n, [&](std::size_t i) { f(Several::load_unaligned(x + i)).store_unaligned(y + i); }, one);
}

template <class T>
void tanh(const T* x, T* y, std::size_t n) {
  map(x, y, n, [](auto a) { return xsimd::tanh(a); });
}

}  // namespace hand
