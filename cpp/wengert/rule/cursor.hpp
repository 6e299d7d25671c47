// Reads a strided, broadcast array in row-major order, a block at a time.
#pragma once
#include <algorithm>
#include <cstring>

#include "wengert/base/odometer.hpp"
#include "wengert/base/storage.hpp"

namespace wengert::rule {

inline constexpr std::int64_t block_size = 256;  // elements: a few rows of them fit the first-level cache

/// Next elements of an array seen in a wider shape: in place where they lie together, else packed into a buffer.
class Cursor {
 public:
  Cursor(const Storage* a, const Shape& shape) {
    if (!a) return;
    data_ = (*a)->data;
    item_ = item_size((*a)->dtype);
    const std::int64_t size = element_count(shape);
    if (size == 0 || ((*a)->contiguous && (*a)->size == size)) {
      straight_ = true;
      return;
    }
    const Dims strides = seen_as(*a, shape);
    const Walk walk(shape, strides, strides);
    shape_ = walk.shape;
    strides_ = walk.a;
    at_.resize(shape_.count(), 0);
    constant_ = shape_.count() == 1 && strides_[0] == 0;
    if (constant_) pack(std::min(block_size, size));
    const int last = shape_.count() - 1;
    repeats_ = last > 0 && strides_[last] == 1 && strides_[last - 1] == 0 && shape_[last] <= block_size / 4 &&
               item_ <= sizeof(double);
  }

  bool straight() const { return straight_ || !data_; }

  /// Leaves out the first `count` elements; before any is read.
  void skip(std::int64_t count) {
    if (straight_ && data_) data_ += count * static_cast<std::int64_t>(item_);
    if (straight_ || constant_ || !data_) return;
    for (int k = shape_.count() - 1; k >= 0; --k) {
      at_[k] = count % shape_[k];
      offset_ += at_[k] * strides_[k];
      count /= shape_[k];
    }
  }

  /// The next `count` <= block_size elements.
  const void* next(std::int64_t count) {
    if (!data_ || constant_) return data_ ? buffer_ : nullptr;
    const auto item = static_cast<std::int64_t>(item_);
    if (straight_) return std::exchange(data_, data_ + count * item);
    const int last = shape_.count() - 1;
    if (strides_[last] == 1 && count <= shape_[last] - at_[last]) {
      const std::byte* here = data_ + offset_ * item;
      advance(last, count);
      return here;
    }
    if (repeats_ && count <= shape_[last] * (shape_[last - 1] - at_[last - 1]) - at_[last]) return repeated(count);
    row_ = -1;
    pack(count);
    return buffer_;
  }

 private:
  static Dims seen_as(const Storage& a, const Shape& shape) {
    Dims strides;
    strides.resize(shape.count(), 0);
    const int shift = shape.count() - a->ndim;
    for (int k = 0; k < a->ndim; ++k) strides[k + shift] = a->dims()[k] == 1 ? 0 : a->strides()[k];
    return strides;
  }

  /// A row that comes again and again is laid out so often that a block of it begins anywhere in its first one.
  const void* repeated(std::int64_t count) {
    const int last = shape_.count() - 1;
    const std::int64_t n = shape_[last], at = at_[last], row = offset_ - at;
    const auto item = static_cast<std::int64_t>(item_);
    if (row != std::exchange(row_, row)) {
      std::memcpy(buffer_, data_ + row * item, static_cast<std::size_t>(n * item));
      for (std::int64_t have = n; have < block_size + n; have *= 2) {
        const std::int64_t more = std::min(have, block_size + n - have);
        std::memcpy(buffer_ + have * item, buffer_, static_cast<std::size_t>(more * item));
      }
    }
    const std::int64_t rows = (at + count) / n;
    offset_ += (at + count) % n - at;
    at_[last] = (at + count) % n;
    advance(last - 1, rows);
    return buffer_ + at * item;
  }

  void pack(std::int64_t count) {
    switch (item_) {
      case 1: return pack_as<std::uint8_t>(count);
      case 2: return pack_as<std::uint16_t>(count);
      case 4: return pack_as<std::uint32_t>(count);
      case 8: return pack_as<std::uint64_t>(count);
      default: return pack_as<std::complex<double>>(count);
    }
  }

  template <class Bits>
  void pack_as(std::int64_t count) {
    auto* to = reinterpret_cast<Bits*>(buffer_);
    const int inner = shape_.count() - 1;
    while (count > 0) {
      if (const std::int64_t rows = spread_rows(count)) {
        const std::int64_t n = shape_[inner], apart = strides_[inner - 1];
        const Bits* from = reinterpret_cast<const Bits*>(data_) + offset_;
        for (std::int64_t r = 0; r < rows; ++r, to += n) {
          for (std::int64_t i = 0; i < n; i += 8) std::fill_n(to + i, 8, from[r * apart]);
        }
        advance(inner - 1, rows);
        count -= rows * n;
        continue;
      }
      const std::int64_t run = std::min(count, shape_[inner] - at_[inner]), step = strides_[inner];
      const Bits* from = reinterpret_cast<const Bits*>(data_) + offset_;
      if (step == 1) std::memcpy(to, from, static_cast<std::size_t>(run) * sizeof(Bits));
      else if (step == 0) std::fill_n(to, run, *from);
      else
        for (std::int64_t i = 0; i < run; ++i) to[i] = from[i * step];
      to += run;
      count -= run;
      advance(inner, run);
    }
  }

  /// Whole rows of one number each that come next: short ones, written eight at a time, over what follows too.
  std::int64_t spread_rows(std::int64_t count) const {
    const int inner = shape_.count() - 1;
    if (inner < 1 || strides_[inner] != 0 || shape_[inner] > 32 || at_[inner] != 0 || item_ > sizeof(double)) return 0;
    return std::min(count / shape_[inner], shape_[inner - 1] - at_[inner - 1]);
  }

  /// So far along axis k, and into those before it where that is at its end.
  void advance(int k, std::int64_t by) {
    at_[k] += by;
    offset_ += by * strides_[k];
    while (k >= 0 && at_[k] == shape_[k]) {
      offset_ -= at_[k] * strides_[k];
      at_[k] = 0;
      if (--k < 0) return;
      ++at_[k];
      offset_ += strides_[k];
    }
  }

  const std::byte* data_ = nullptr;
  std::size_t item_ = 0;
  bool straight_ = false, constant_ = false, repeats_ = false;
  Shape shape_;
  Dims strides_, at_;
  std::int64_t offset_ = 0, row_ = -1;  // where the row begins that the buffer holds again and again
  alignas(64) std::byte buffer_[static_cast<std::size_t>(block_size) * sizeof(std::complex<double>)];
};

}  // namespace wengert::rule
