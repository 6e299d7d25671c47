// Products of large matrices: blocks of the right one are packed into the fastest cache, the left one is read where it
// lies. See K. Goto, R. van de Geijn, Anatomy of high-performance matrix multiplication (2008). The left matrix is packed
// only where the caches ask for it: a few rows at a time are straight lines anyway.
#pragma once
#include <array>
#include <memory>

#include "wengert/rule/kernels/narrow_product.hpp"

namespace wengert::rule {

/// Terms of a block: with the columns that registers hold, half of a first-level cache. Rows: with the terms, a part of
/// the second-level one.
inline constexpr std::int64_t product_terms = 128, product_rows = 512;

/// The operands of a product, whose elements (i, k) and (k, j) lie so far apart; y lies row by row.
template <class T>
struct BlockedProduct {
  std::int64_t rows, terms, columns;
  const T* a;
  std::int64_t a_down, a_along;
  const T* b;
  std::int64_t b_down, b_along;
  T* y;
  bool add;
};

/// Terms k ... of columns j ... side by side, zeros behind them.
template <class T>
void pack_columns(const BlockedProduct<T>& p, std::int64_t k, std::int64_t terms, std::int64_t j, T* to) {
  constexpr std::int64_t at_once = narrow_columns_at_once<T>;
  const std::int64_t columns = std::min(at_once, p.columns - j);
  const T* from = p.b + k * p.b_down + j * p.b_along;
  if (columns < at_once) std::fill_n(to, terms * at_once, T{});
  if (p.b_along == 1) {
    for (std::int64_t t = 0; t < terms; ++t) std::copy_n(from + t * p.b_down, columns, to + t * at_once);
    return;
  }
  for (std::int64_t c = 0; c < columns; ++c) {
    for (std::int64_t t = 0; t < terms; ++t) to[t * at_once + c] = from[t * p.b_down + c * p.b_along];
  }
}

/// Rows i ... of terms k ..., as columns of `strip` rows.
inline constexpr std::int64_t strip = 8;
template <class T>
void pack_rows(const BlockedProduct<T>& p, std::int64_t i, std::int64_t rows, std::int64_t k, std::int64_t terms,
               T* to) {
  for (std::int64_t r = 0; r < rows; r += strip) {
    const std::int64_t some = std::min(strip, rows - r);
    const T* from = p.a + (i + r) * p.a_down + k * p.a_along;
    if (p.a_down == 1 && some == strip) {
      for (std::int64_t t = 0; t < terms; ++t) std::copy_n(from + t * p.a_along, strip, to + t * strip);
    } else {
      for (std::int64_t c = 0; c < some; ++c) {
        for (std::int64_t t = 0; t < terms; ++t) to[t * strip + c] = from[c * p.a_down + t * p.a_along];
      }
    }
    to += terms * strip;
  }
}

template <class T>
class Blocks {
 public:
  explicit Blocks(const BlockedProduct<T>& p) : p_(p), packed_(p.a_along != 1 || in_the_same_lines(p.a_down)) {
    const std::int64_t most =
        (std::min(p.rows, product_rows) + strip - 1) / strip * strip * std::min(p.terms, product_terms);
    if (packed_) left_ = std::make_unique_for_overwrite<T[]>(static_cast<std::size_t>(most));
  }
  void multiply() {
    for (std::int64_t k = 0; k < p_.terms; k += product_terms) {
      for (std::int64_t i = 0; i < p_.rows; i += product_rows) {
        block(i, std::min(product_rows, p_.rows - i), k, std::min(product_terms, p_.terms - k));
      }
    }
  }

 private:
  static constexpr std::int64_t at_once = narrow_columns_at_once<T>;

  /// Rows that lie so far apart take each other's place in a cache.
  static bool in_the_same_lines(std::int64_t apart) { return apart * static_cast<std::int64_t>(sizeof(T)) % 4096 == 0; }

  void block(std::int64_t i, std::int64_t rows, std::int64_t k, std::int64_t terms) {
    if (packed_) pack_rows(p_, i, rows, k, terms, left_.get());
    for (std::int64_t j = last_columns<T>(p_.columns); j >= 0; j -= at_once) {
      pack_columns(p_, k, terms, j, right_.data());
      NarrowProduct<T> panel{rows,
                             terms,
                             p_.columns,
                             p_.a + i * p_.a_down + k * p_.a_along,
                             p_.a_down,
                             p_.a_along,
                             right_.data(),
                             at_once,
                             right_.data() + (terms - 1) * at_once,
                             p_.y + i * p_.columns,
                             p_.add || k > 0,
                             j};
      if (packed_) strips(panel, j);
      else narrow_panel(panel, j);
    }
  }
  void strips(NarrowProduct<T> panel, std::int64_t j) const {
    panel.a = left_.get();
    panel.down = 1;
    panel.along = strip;
    for (std::int64_t left = panel.rows; left > 0; left -= strip) {
      panel.rows = std::min(strip, left);
      narrow_panel(panel, j);
      panel.a += strip * panel.terms;
      panel.y += strip * panel.columns;
    }
  }

  const BlockedProduct<T>& p_;
  bool packed_;
  std::unique_ptr<T[]> left_;
  alignas(64) std::array<T, product_terms * at_once> right_;
};

}  // namespace wengert::rule
