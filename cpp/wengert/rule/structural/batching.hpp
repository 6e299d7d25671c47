// How a structural primitive runs on many lanes at once: the hidden axes that vmap puts in front of an array are axes like
// others here, and a batching rule says what becomes of operands and attributes.
#pragma once
#include <vector>

#include "wengert/rule/structural/operation.hpp"

namespace wengert {

/// One use of a structural primitive in many lanes. V is a value with or without a node of the tape.
template <class V>
struct Batch {
  CallId id;
  /// Operands as whole arrays: one that differs from lane to lane has every hidden axis in front (of size 1 where it is
  /// alike), one that is alike in all lanes has none.
  std::span<const V> in;
  std::span<const int> ndim;  // their numbers of axes, hidden ones not counted
  Attributes at;
  Shape lanes;  // sizes of the hidden axes

  int hidden() const { return lanes.count(); }
  bool differs(std::size_t k) const { return in[k].ndim() > ndim[k]; }
  /// Sizes of the hidden axes of operand k.
  Shape front(std::size_t k) const {
    Shape sizes = in[k].shape();
    if (differs(k)) sizes.resize(hidden(), 1);
    else sizes = Shape();
    while (sizes.count() < hidden()) sizes.push_back(1);
    return sizes;
  }
  /// The shape of operand k in one lane.
  Shape shape(std::size_t k) const {
    const Shape all = in[k].shape();
    return Shape(std::span(all.begin() + (differs(k) ? hidden() : 0), all.end()));
  }
  /// Operand k with at least n axes behind the hidden ones, so that it broadcasts against one that has n.
  V padded(std::size_t k, int n) const {
    if (!differs(k) || ndim[k] >= n) return in[k];
    Shape to = front(k);
    to.resize(hidden() + n - ndim[k], 1);
    for (const std::int64_t size : shape(k)) to.push_back(size);
    return reshaped(in[k], to);
  }
  /// Operand k repeated for every lane, without a copy.
  V everywhere(std::size_t k) const {
    Shape to = lanes;
    for (const std::int64_t size : shape(k)) to.push_back(size);
    return broadcasted(in[k], to);
  }
  /// The primitive on whole arrays.
  V run(std::span<const V> operands, Attributes attributes) const { return call(id, operands, attributes); }
  V run(std::initializer_list<V> operands, Attributes attributes) const {
    return run(std::span<const V>(operands.begin(), operands.size()), attributes);
  }
};

namespace structural {

/// Attributes whose entries from `first` on are axes: these now stand behind the hidden ones.
template <class V>
std::vector<std::int64_t> axes_behind_lanes(const Batch<V>& op, std::size_t first = 0) {
  std::vector<std::int64_t> at(op.at.begin(), op.at.end());
  for (std::size_t k = first; k < at.size(); ++k) at[k] += at[k] < 0 ? 0 : op.hidden();
  return at;
}
/// Attributes that are a shape, with the lanes in front.
template <class V>
std::vector<std::int64_t> lanes_and_shape(const Batch<V>& op) {
  std::vector<std::int64_t> at(op.lanes.begin(), op.lanes.end());
  at.insert(at.end(), op.at.begin(), op.at.end());
  return at;
}
/// Attributes that begin with a slice, with all lanes in front.
template <class V>
std::vector<std::int64_t> lanes_and_slice(const Batch<V>& op) {
  std::vector<std::int64_t> at;
  for (const std::int64_t n : op.lanes) at.insert(at.end(), {0, 1, n});
  at.insert(at.end(), op.at.begin(), op.at.end());
  return at;
}

/// A reduction: [keep, axis, axis, ...].
template <class V>
V reduced_in_lanes(const Batch<V>& op) {
  return op.run(op.in, axes_behind_lanes(op, 1));
}
/// What runs along one axis: [axis].
template <class V>
V along_axis_in_lanes(const Batch<V>& op) {
  return op.run(op.in, axes_behind_lanes(op));
}
/// What works element by element on operands that broadcast.
template <class V>
V elementwise_in_lanes(const Batch<V>& op) {
  int n = 0;
  for (const int each : op.ndim) n = std::max(n, each);
  std::vector<V> in;
  for (std::size_t k = 0; k < op.in.size(); ++k) in.push_back(op.padded(k, n));
  return op.run(std::span<const V>(in), op.at);
}
/// What puts values at positions: operands x, positions, values.
template <class V>
V scattered_in_lanes(const Batch<V>& op) {
  const V positions = lane_positions(op.everywhere(1), element_count(op.shape(0)), op.lanes, op.lanes);
  return op.run({op.everywhere(0), positions, op.padded(2, op.ndim[1])}, op.at);
}
/// Linear equations: operands a, b. Where a is one matrix for all lanes it is factored once, and theirs are more columns.
template <class V>
V solved_in_lanes(const Batch<V>& op) {
  if (op.differs(0) || op.ndim[0] != 2) return op.run({op.everywhere(0), op.everywhere(1)}, op.at);
  const int rows = op.hidden();
  Dims order{rows}, back;
  for (int k = 0; k < rows; ++k) order.push_back(k);
  for (int k = 1; k <= rows; ++k) back.push_back(k);
  order.push_back(rows + 1);
  back.push_back(0);
  back.push_back(rows + 1);
  const V columns = transposed(op.in[1], order);
  const Shape moved = columns.shape();
  const V x = op.run(
      {op.in[0], reshaped(columns, {moved[0], element_count(moved) / std::max<std::int64_t>(moved[0], 1)})}, op.at);
  return transposed(reshaped(x, moved), back);
}

}  // namespace structural
}  // namespace wengert
