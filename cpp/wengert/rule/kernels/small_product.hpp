// Products of a matrix and a vector that are too small for a library's blocks and panels: all of it is in the fastest cache,
// and what is to be saved is the work around the arithmetic. Results leave in whole registers where there is room for them:
// who reads them next by registers would have to wait for the pieces.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>

#include "wengert/rule/kernels/lanes.hpp"

namespace wengert::rule {

/// Where a product lies: rows `outer` apart. `padded`: whole registers may be read and written behind the last element.
struct SmallMatrix {
  std::int64_t rows, columns, outer;
};

/// As in the lanes: fused where the processor is.
template <class T>
inline T fused(T a, T b, T c) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return std::fma(a, b, c);
#else
  return a * b + c;
#endif
}

template <bool adds, class T>
inline void put_sum(T* y, T sum) {
  *y = adds ? *y + sum : sum;
}
/// The first `count` of a register.
template <bool adds, bool padded, class T>
[[gnu::always_inline]] inline void put_sums(T* y, typename Lanes<T>::Batch sums, std::int64_t count) {
  if (padded || count >= Lanes<T>::width) {
    if constexpr (adds) sums += Lanes<T>::Batch::load_unaligned(y);
    return sums.store_unaligned(y);
  }
  alignas(64) T each[Lanes<T>::width];
  sums.store_aligned(each);
  for (std::int64_t k = 0; k < count; ++k) put_sum<adds>(y + k, each[k]);
}

/// 0, 1, 2, ... in a register.
template <class T>
struct Places {
  alignas(64) static constexpr auto of = [] {
    std::array<T, Lanes<T>::width> list{};
    for (std::size_t k = 0; k < list.size(); ++k) list[k] = static_cast<T>(k);
    return list;
  }();
};

/// Sums of the elements of `width` registers, in one.
template <class T>
[[gnu::always_inline]] inline typename Lanes<T>::Batch sums_of(typename Lanes<T>::Batch (&all)[Lanes<T>::width]) {
  xsimd::transpose(all, all + Lanes<T>::width);
  for (std::int64_t half = Lanes<T>::width / 2; half; half /= 2) {
    for (std::int64_t k = 0; k < half; ++k) all[k] += all[k + half];
  }
  return all[0];
}

/// Of as many rows as a register has elements; of fewer, where the last stands in for those that are missing.
template <class T>
[[gnu::always_inline]] inline typename Lanes<T>::Batch some_rows(const T* a, const SmallMatrix& m, std::int64_t rows,
                                                                 const T* x) {
  using B = typename Lanes<T>::Batch;
  constexpr std::int64_t width = Lanes<T>::width;
  constexpr std::int64_t sums = width <= 4 ? 2 : 1;  // a row, side by side, as registers allow
  const T* row[width];
  B all[sums][width];
  for (std::int64_t r = 0; r < width; ++r) {
    row[r] = a + std::min(r, rows - 1) * m.outer;
    for (std::int64_t s = 0; s < sums; ++s) all[s][r] = B(T(0));
  }
  std::int64_t k = 0;
  for (; k + sums * width <= m.columns; k += sums * width) {
    for (std::int64_t s = 0; s < sums; ++s) {
      const std::int64_t at = k + s * width;
      const B right = B::load_unaligned(x + at);
      for (std::int64_t r = 0; r < width; ++r) all[s][r] = xsimd::fma(B::load_unaligned(row[r] + at), right, all[s][r]);
    }
  }
  if (sums > 1 && k + width <= m.columns) {
    const B right = B::load_unaligned(x + k);
    for (std::int64_t r = 0; r < width; ++r) all[0][r] = xsimd::fma(B::load_unaligned(row[r] + k), right, all[0][r]);
    k += width;
  }
  if (k < m.columns) {  // the last register, without what was in the one before
    const std::int64_t at = m.columns - width;
    const auto rest = B::load_aligned(Places<T>::of.data()) >= B(static_cast<T>(k - at));
    const B zero(T(0)), right = xsimd::select(rest, B::load_unaligned(x + at), zero);
    for (std::int64_t r = 0; r < width; ++r) {
      const B left = xsimd::select(rest, B::load_unaligned(row[r] + at), zero);
      all[sums - 1][r] = xsimd::fma(left, right, all[sums - 1][r]);
    }
  }
  if constexpr (sums > 1) {
    for (std::int64_t r = 0; r < width; ++r) all[0][r] += all[1][r];
  }
  return sums_of<T>(all[0]);
}

template <std::int64_t terms, bool adds, class T>
[[gnu::always_inline]] inline void short_rows(const T* a, const T* x, T* __restrict y, std::int64_t rows) {
  for (std::int64_t i = 0; i < rows; ++i) {
    T sum = 0;
    for (std::int64_t k = 0; k < terms; ++k) sum += a[i * terms + k] * x[k];
    put_sum<adds>(y + i, sum);
  }
}

/// y_i = sum over k of a[i, k] x[k], or y_i += that.
template <bool adds, bool padded, class T>
void rows_times(const T* a, const SmallMatrix& m, const T* x, T* y) {
  constexpr std::int64_t width = Lanes<T>::width;
  if (m.columns == m.outer && m.columns == 2) return short_rows<2, adds>(a, x, y, m.rows);
  if (m.columns == m.outer && m.columns == 3) return short_rows<3, adds>(a, x, y, m.rows);
  if (m.columns < width) {
    for (std::int64_t i = 0; i < m.rows; ++i, a += m.outer) {
      T sum = 0;
      for (std::int64_t k = 0; k < m.columns; ++k) sum += a[k] * x[k];
      put_sum<adds>(y + i, sum);
    }
    return;
  }
  for (std::int64_t i = 0; i < m.rows; i += width, a += width * m.outer) {
    put_sums<adds, padded>(y + i, some_rows(a, m, m.rows - i, x), m.rows - i);
  }
}

/// So many registers of y_j = sum over k of a[k, j] x[k].
template <int registers, bool adds, class T>
[[gnu::always_inline]] inline void some_columns(const T* a, const SmallMatrix& m, const T* x, T* y) {
  using B = typename Lanes<T>::Batch;
  constexpr std::int64_t width = Lanes<T>::width;
  B even[registers], odd[registers];
  for (int r = 0; r < registers; ++r) even[r] = odd[r] = B(T(0));
  std::int64_t k = 0;
  for (; k + 2 <= m.rows; k += 2, a += 2 * m.outer) {
    const B left(x[k]), right(x[k + 1]);
    for (int r = 0; r < registers; ++r) {
      even[r] = xsimd::fma(B::load_unaligned(a + r * width), left, even[r]);
      odd[r] = xsimd::fma(B::load_unaligned(a + m.outer + r * width), right, odd[r]);
    }
  }
  for (int r = 0; r < registers; ++r) {
    if (k < m.rows) even[r] = xsimd::fma(B::load_unaligned(a + r * width), B(x[k]), even[r]);
    put_sums<adds, true>(y + r * width, even[r] + odd[r], width);
  }
}

/// One of them, with the same bits.
template <class T>
T one_column(const T* a, const SmallMatrix& m, const T* x) {
  T even = 0, odd = 0;
  std::int64_t k = 0;
  for (; k + 2 <= m.rows; k += 2) {
    even = fused(a[k * m.outer], x[k], even);
    odd = fused(a[(k + 1) * m.outer], x[k + 1], odd);
  }
  if (k < m.rows) even = fused(a[k * m.outer], x[k], even);
  return even + odd;
}

/// y_j = sum over k of a[k, j] x[k], or y_j += that.
template <bool adds, bool padded, class T>
void columns_times(const T* a, const SmallMatrix& m, const T* x, T* y) {
  constexpr std::int64_t width = Lanes<T>::width;
  const std::int64_t columns = padded ? (m.columns + width - 1) / width * width : m.columns;
  std::int64_t j = 0;
  for (; j + 4 * width <= columns; j += 4 * width) some_columns<4, adds>(a + j, m, x, y + j);
  if (j + 3 * width <= columns) some_columns<3, adds>(a + j, m, x, y + j), j += 3 * width;
  if (j + 2 * width <= columns) some_columns<2, adds>(a + j, m, x, y + j), j += 2 * width;
  if (j + width <= columns) some_columns<1, adds>(a + j, m, x, y + j), j += width;
  for (; j < columns; ++j) put_sum<adds>(y + j, one_column(a + j, m, x));
}

}  // namespace wengert::rule
