// Products of matrices with few columns: the rows of the right one are read where they lie, once for several rows of
// the left one, and nothing is packed. Eigen packs the longer operand, which takes as long as the product where the other one is
// narrow.
#pragma once
#include <algorithm>
#include <cstring>

#include "wengert/rule/kernels/lanes.hpp"

// Sums stay in registers where their loops are written out, whatever the rest is compiled for.
#ifdef __clang__
#define WENGERT_UNROLLED _Pragma("unroll")
#else
#define WENGERT_UNROLLED _Pragma("GCC unroll 16")
#endif

namespace wengert::rule {

/// A sum takes one register a row, of as many as there are.
template <class T>
inline constexpr std::int64_t narrow_columns_at_once = 3 * Lanes<T>::width;

/// y = a b, or y += a b; y lies row by row. Elements (i, k) of a lie `down` and `along` apart, rows of b `outer`; behind the
/// last row of b is nothing, so it comes again at `last`, with room for a register behind it. There are at least half as
/// many columns as a register has elements: from a row before the last one it then reaches into the next one only.
template <class T>
struct NarrowProduct {
  std::int64_t rows, terms, columns;
  const T* a;
  std::int64_t down, along;
  const T* b;
  std::int64_t outer;
  const T* last;
  T* y;
  bool add;
  std::int64_t first = 0;  // the column that b begins with
};

/// Whole registers where these reach no farther than into what comes later.
template <class T>
[[gnu::always_inline]] inline void narrow_store(const NarrowProduct<T>& p, typename Lanes<T>::Batch sum, std::int64_t i,
                                                std::int64_t j) {
  constexpr std::int64_t width = Lanes<T>::width;
  T* const y = p.y + i * p.columns + j;
  const bool inside = j + width <= p.columns;
  if (inside && p.add) sum += Lanes<T>::Batch::load_unaligned(y);
  if (inside || (!p.add && i * p.columns + j + width <= p.rows * p.columns)) return sum.store_unaligned(y);
  alignas(64) T each[width];
  sum.store_aligned(each);
  for (std::int64_t c = 0; c < std::min(width, p.columns - j); ++c) y[c] = p.add ? y[c] + each[c] : each[c];
}

/// So many rows of so many registers of the result: each a sum in the order of the terms.
template <int rows, int registers, class T>
[[gnu::always_inline]] inline void narrow_block(const NarrowProduct<T>& p, std::int64_t i, std::int64_t j) {
  using B = typename Lanes<T>::Batch;
  constexpr std::int64_t width = Lanes<T>::width;
  B sum[rows][registers];
  WENGERT_UNROLLED for (int r = 0; r < rows; ++r) {
    WENGERT_UNROLLED for (int v = 0; v < registers; ++v) sum[r][v] = B(T(0));
  }
  const T *a = p.a + i * p.down, *b = p.b + (j - p.first);
  const auto term = [&](const T* right, const T* left) {
    B column[registers];
    WENGERT_UNROLLED for (int v = 0; v < registers; ++v) column[v] = B::load_unaligned(right + v * width);
    WENGERT_UNROLLED for (int r = 0; r < rows; ++r) {
      const B each(left[r * p.down]);
      WENGERT_UNROLLED for (int v = 0; v < registers; ++v) sum[r][v] = xsimd::fma(each, column[v], sum[r][v]);
    }
  };
  // Of many rows those after these, line by line: the processor foresees one line of memory being read in a page, not eight.
  const T* const ahead = p.a + (i + rows) * p.down;
  const bool foresees = p.along == 1 && p.rows > 64;
  for (std::int64_t k = 0; k + 1 < p.terms; ++k, a += p.along, b += p.outer) {
    if (foresees) __builtin_prefetch(ahead + k % rows * p.down + k / rows * rows);
    term(b, a);
  }
  term(p.last + (j - p.first), a);
  WENGERT_UNROLLED for (int r = 0; r < rows; ++r) {
    WENGERT_UNROLLED for (int v = 0; v < registers; ++v) narrow_store(p, sum[r][v], i + r, j + v * width);
  }
}

/// Rows of so many registers of columns, as many at a time as there are registers for.
template <int registers, class T>
void narrow_columns(const NarrowProduct<T>& p, std::int64_t j) {
  constexpr int most = Lanes<T>::width * sizeof(T) == 64 ? 8 : 4;
  std::int64_t i = 0;
  for (; i + most <= p.rows; i += most) narrow_block<most, registers>(p, i, j);
  if constexpr (most > 4) {
    for (; i + 4 <= p.rows; i += 4) narrow_block<4, registers>(p, i, j);
  }
  for (; i + 2 <= p.rows; i += 2) narrow_block<2, registers>(p, i, j);
  for (; i < p.rows; ++i) narrow_block<1, registers>(p, i, j);
}

/// The columns that three registers hold stay in the cache for all rows. The last ones come first, as a register may reach
/// into the row behind.
template <class T>
std::int64_t last_columns(std::int64_t columns) {
  return (columns - 1) / narrow_columns_at_once<T> * narrow_columns_at_once<T>;
}
template <class T>
void narrow_panel(const NarrowProduct<T>& p, std::int64_t j) {
  const std::int64_t registers = (p.columns - j + Lanes<T>::width - 1) / Lanes<T>::width;
  if (registers >= 3) narrow_columns<3>(p, j);
  else if (registers == 2) narrow_columns<2>(p, j);
  else narrow_columns<1>(p, j);
}
template <class T>
void narrow_product(const NarrowProduct<T>& p) {
  for (std::int64_t j = last_columns<T>(p.columns); j >= 0; j -= narrow_columns_at_once<T>) narrow_panel(p, j);
}

}  // namespace wengert::rule

#undef WENGERT_UNROLLED
