// Sorting on a device, stably and without atomics: what positions, and numbers along an axis, share.
#pragma once
#include "wengert/webgpu/kernels.hpp"

namespace wengert::webgpu {

/// What is sorted: `count` elements in each of some lines, by keys of so many bits. Keys are positions among `size` rows of
/// `width` elements, or, where size is 0, numbers, those of a line `inner` elements apart.
struct Sorting {
  ItemId from;
  std::int64_t count, lines, inner, size, width;
  int bits;
  std::size_t node;
};
/// Keys in order, line by line, and behind all of them the places in its line that each comes from.
ItemId sorted_by_digits(Graph& g, const Sorting& what);
/// Where elements go in the order of their keys' highest bits alone: of 2^most_digits values of these, the running counts of
/// stretches, and where each value's elements end.
struct Parted {
  ItemId along, ends;
  int shift;  // of a key, to its highest bits
};
inline constexpr int most_digits = 8;
Parted parted_by_digit(Graph& g, const Sorting& what);
/// Keys in that order, and behind all of them the places that each comes from, or what is there in `carried`.
ItemId placed_by_digit(Graph& g, const Sorting& what, const Parted& parted, ItemId carried);
/// The places alone, in the lines of this shape.
ItemId ordered_by_digits(Graph& g, const Sorting& what, const Shape& shape);

/// Of a number a whole one without a sign that has its place in the order: zeros are alike, NaNs come last.
std::string key_of(Scalar type, const std::string& x);

/// Where a thread is, if it is one of these; returns how many groups that takes.
std::int64_t declare_few(Writer& w, std::int64_t threads);
std::int64_t write_counts(Writer& w, ItemId i, const Item& head);
std::int64_t write_placed(Writer& w, ItemId i, const Item& head);
std::int64_t write_ranked(Writer& w, ItemId i, const Item& head);
std::int64_t write_starts(Writer& w, ItemId i, const Item& head);
std::int64_t write_apart(Writer& w, ItemId i, const Item& head);
std::int64_t write_owned(Writer& w, ItemId i, const Item& head);
std::int64_t write_stretches(Writer& w, ItemId i, const Item& head);

}  // namespace wengert::webgpu
