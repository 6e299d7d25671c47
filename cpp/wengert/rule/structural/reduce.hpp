// How a reduction walks its axes: one straight run of elements after another.
#pragma once
#include <bit>
#include "wengert/base/odometer.hpp"
#include "wengert/rule/structural/operation.hpp"

namespace wengert::structural {

inline void require_elements(std::string_view name, const Value& x, Attributes at) {
  const Shape shape = x.shape();
  for (const std::int64_t axis : axes(at)) {
    if (shape[static_cast<int>(axis)] == 0) {
      throw ShapeError(std::string(name) + ": no elements along an axis: the array is " + text(shape));
    }
  }
}

/// Sum of n elements: eight running sums over blocks of 128, blocks in pairs (as NumPy's pairwise summation).
template <class T>
using Accumulated = std::conditional_t<is_float(dtype_of<T>) || std::is_same_v<T, std::uint64_t>, T, std::int64_t>;
/// Elements that are summed in eight lanes side by side; beyond, halves are, and beyond a block pairs of blocks.
inline constexpr std::int64_t sum_lanes = 128, sum_block = 256;

/// The sum of numbers that each are the sum of a block: the greatest power of two of them, and the others.
template <class A>
A paired_sum(const A* blocks, std::int64_t n) {
  if (n <= 1) return n ? blocks[0] : A{};
  const auto half = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(n - 1)));
  return static_cast<A>(paired_sum(blocks, half) + paired_sum(blocks + half, n - half));
}

/// Where a sum of more than `sum_lanes` elements is cut in two.
inline std::int64_t first_part(std::int64_t n) {
  if (n <= sum_block) return n / 2 / 8 * 8;
  return sum_block * static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>((n - 1) / sum_block)));
}

/// Eight running sums as one.
template <class A>
A in_pairs(const A (&r)[8]) {
  return static_cast<A>(((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7])));
}

template <class T>
Accumulated<T> pairwise_sum(const T* p, std::int64_t n, std::int64_t step) {
  using A = Accumulated<T>;
  if (n > sum_lanes) {
    const std::int64_t half = first_part(n);
    return static_cast<A>(pairwise_sum(p, half, step) + pairwise_sum(p + half * step, n - half, step));
  }
  A r[8] = {};
  std::int64_t i = 0;
  if (step == 1) {
    for (; i + 8 <= n; i += 8) {
      for (int k = 0; k < 8; ++k) r[k] += static_cast<A>(p[i + k]);
    }
    for (int k = 0; i < n; ++i, ++k) r[k] += static_cast<A>(p[i]);
  }
  for (; i < n; ++i) r[i % 8] += static_cast<A>(p[i * step]);
  return in_pairs(r);
}

/// pairwise_sum of lines of at most `sum_lanes` elements, one behind another, with the same bits. Behind each but the last
/// lies the next one: whole registers are read, and what is not the line's is added as zero.
template <class T>
void line_sums(const T* p, std::int64_t lines, std::int64_t n, Accumulated<T>* y) {
  using A = Accumulated<T>;
  for (std::int64_t line = 0; line < lines; ++line, p += n) {
    if (line * n + (n + 7) / 8 * 8 > lines * n) {
      y[line] = pairwise_sum(p, n, 1);
      continue;
    }
    A r[8] = {};
    std::int64_t i = 0;
    for (; i + 8 <= n; i += 8) {
      for (int k = 0; k < 8; ++k) r[k] += static_cast<A>(p[i + k]);
    }
    for (int k = 0; i < n && k < 8; ++k) {
      const A next = static_cast<A>(p[i + k]);
      r[k] += k < n - i ? next : A{};
    }
    y[line] = in_pairs(r);
  }
}

/// Columns that are summed side by side, row by row, where a walk down each would read a line of the cache for one number.
inline constexpr std::int64_t columns_at_once = 64;

/// pairwise_sum of each column, with the same bits; rows lie `step` apart.
template <class T>
void column_sums(const T* p, std::int64_t n, std::int64_t step, std::int64_t columns, Accumulated<T>* y) {
  using A = Accumulated<T>;
  if (n > sum_lanes) {
    const std::int64_t half = first_part(n);
    A rest[columns_at_once];
    column_sums(p, half, step, columns, y);
    column_sums(p + half * step, n - half, step, columns, rest);
    for (std::int64_t k = 0; k < columns; ++k) y[k] = static_cast<A>(y[k] + rest[k]);
    return;
  }
  A r[8][columns_at_once];
  for (auto& row : r) std::fill_n(row, columns, A{});
  for (std::int64_t i = 0; i < n; ++i, p += step) {
    A* const row = r[i % 8];
    for (std::int64_t k = 0; k < columns; ++k) row[k] += static_cast<A>(p[k]);
  }
  for (std::int64_t k = 0; k < columns; ++k) {
    y[k] = static_cast<A>(((r[0][k] + r[1][k]) + (r[2][k] + r[3][k])) + ((r[4][k] + r[5][k]) + (r[6][k] + r[7][k])));
  }
}

/// A reduction, of one line or of lines side by side.
template <class F>
struct ByLines {
  F f;
  template <class T, class Y>
  void operator()(const T* from, Run each, std::int64_t length, std::int64_t step, Y* to) const {
    for (std::int64_t k = 0; k < each.count; ++k) to[k * each.step_b] = f(from + k * each.step_a, length, step);
  }
};
struct Sums {
  template <class T, class Y>
  void operator()(const T* from, Run each, std::int64_t length, std::int64_t step, Y* to) const {
    if (step == 1 && each.step_a == length && each.step_b == 1 && length <= sum_lanes) {
      return line_sums(from, each.count, length, to);
    }
    if (!std::is_floating_point_v<T> || each.step_a != 1 || each.step_b != 1 || each.count < 4 || length < 2) {
      return ByLines<decltype(&pairwise_sum<T>)>{pairwise_sum<T>}(from, each, length, step, to);
    }
    if constexpr (std::is_floating_point_v<T>) {
      for (std::int64_t k = 0; k < each.count; k += columns_at_once) {
        column_sums(from + k, length, step, std::min(columns_at_once, each.count - k), to + k);
      }
    }
  }
};

/// y = f(first elements, their run, count, step) over the reduced axes; where these do not lie in one line they are laid in
/// one first.
template <class T, class Y, class F>
Value reduced_lines(const Value& x, Attributes at, Dtype result, F&& f) {
  Storage a = x.is_array() ? x.storage() : strided(x, x.dtype());
  const Dims reduce = normal_axes("reduction", at.subspan(1), a->ndim), strides = a.strides();
  const Shape shape = a.shape();
  Shape kept_shape, line;
  Dims kept_strides, line_strides;
  for (int k = 0; k < shape.count(); ++k) {
    (reduce.contains(k) ? line : kept_shape).push_back(shape[k]);
    (reduce.contains(k) ? line_strides : kept_strides).push_back(strides[k]);
  }
  const Walk run(line, line_strides, line_strides);
  const std::int64_t length = element_count(line);
  std::int64_t step = run.a[0];
  if (length > 0 && run.shape.count() > 1) {
    Shape all = kept_shape;
    for (int k = 0; k < line.count(); ++k) all.push_back(line[k]);
    for (int k = 0; k < line.count(); ++k) kept_strides.push_back(line_strides[k]);
    a = contiguous(view(a, all, kept_strides, 0));
    kept_strides = a.strides();
    kept_strides.resize(kept_shape.count(), 0);
    step = 1;
  }
  Storage y = allocate(result, without(shape, reduce, keeps(at)));
  const T* from = a.data<T>();
  Y* to = y.data<Y>();
  each_run(kept_shape, kept_strides, row_major(kept_shape),
           [&](std::int64_t i, std::int64_t j, Run each) { f(from + i, each, length, step, to + j); });
  return settle(std::move(y));
}

/// y = f(first element, count, step) over the reduced axes.
template <class T, class Y, class F>
Value reduced(const Value& x, Attributes at, Dtype result, F&& f) {
  return reduced_lines<T, Y>(x, at, result, ByLines<F&>{f});
}

}  // namespace wengert::structural
