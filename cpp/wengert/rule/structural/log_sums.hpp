// log(sum(exp(x))) of many lines at once: exponentials by the kernel of exp, on blocks that stay in the fastest cache.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>

#include "wengert/rule/elementwise.hpp"
#include "wengert/rule/structural/order.hpp"
#include "wengert/rule/structural/reduce.hpp"

namespace wengert::structural {

/// Lines side by side and lines one behind another take the same sums in the same order: the same bits.
template <class T>
struct LogSums {
  /// Terms whose exponentials are added up apart; lines at once; numbers in the buffer.
  static constexpr std::int64_t terms = 64, columns = 32, room = terms * columns;

  rule::ValueLoop exp = rule::primitive(Op::exp).value[static_cast<std::size_t>(dtype_of<T>)];
  rule::ValueLoop log = rule::primitive(Op::log).value[static_cast<std::size_t>(dtype_of<T>)];

  void operator()(const T* from, Run each, std::int64_t length, std::int64_t step, T* to) const {
    const bool beside = each.step_a == 1;
    const std::int64_t most =
        beside ? columns : std::clamp<std::int64_t>(room / std::max<std::int64_t>(length, 1), 1, columns);
    T high[columns], sum[columns];
    for (std::int64_t k = 0; k < each.count; k += most) {
      const Run few{std::min(most, each.count - k), each.step_a, 1};
      if (beside) columns_of(from + k, few.count, length, step, high, sum);
      else rows_of(from + k * each.step_a, few, length, step, high, sum);
      log(sum, nullptr, sum, few.count);
      for (std::int64_t c = 0; c < few.count; ++c) {
        to[(k + c) * each.step_b] = std::isfinite(high[c]) ? high[c] + sum[c] : high[c];
      }
    }
  }

 private:
  static void raise(T& high, T x) { high = x > high || is_nan(x) ? x : high; }

  void columns_of(const T* from, std::int64_t n, std::int64_t length, std::int64_t step, T* high, T* sum) const {
    T e[room], part[columns];
    std::fill_n(high, n, -std::numeric_limits<T>::infinity());
    std::fill_n(sum, n, T{});
    for (std::int64_t i = 0; i < length; ++i) {
      for (std::int64_t c = 0; c < n; ++c) raise(high[c], from[i * step + c]);
    }
    for (std::int64_t first = 0; first < length; first += terms) {
      const std::int64_t rows = std::min(terms, length - first);
      for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t c = 0; c < n; ++c) e[i * n + c] = from[(first + i) * step + c] - high[c];
      }
      exp(e, nullptr, e, rows * n);
      column_sums(e, rows, n, n, part);
      for (std::int64_t c = 0; c < n; ++c) sum[c] += part[c];
    }
  }

  void rows_of(const T* from, Run few, std::int64_t length, std::int64_t step, T* high, T* sum) const {
    T e[room];
    for (std::int64_t k = 0; k < few.count; ++k) {
      sum[k] = 0;
      high[k] = -std::numeric_limits<T>::infinity();
      for (std::int64_t i = 0; i < length; ++i) raise(high[k], from[k * few.step_a + i * step]);
    }
    // Short lines together; a long one, which is alone, in pieces.
    const std::int64_t piece = few.count > 1 ? std::max<std::int64_t>(length, 1) : room;
    for (std::int64_t first = 0; first < length; first += piece) {
      const std::int64_t n = std::min(piece, length - first);
      for (std::int64_t k = 0; k < few.count; ++k) {
        const T* const line = from + k * few.step_a + first * step;
        for (std::int64_t i = 0; i < n; ++i) e[k * n + i] = line[i * step] - high[k];
      }
      exp(e, nullptr, e, few.count * n);
      for (std::int64_t k = 0; k < few.count; ++k) {
        for (std::int64_t i = 0; i < n; i += terms) sum[k] += pairwise_sum(e + k * n + i, std::min(terms, n - i), 1);
      }
    }
  }
};

}  // namespace wengert::structural
