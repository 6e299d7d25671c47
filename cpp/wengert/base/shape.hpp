// Sizes of an array along its axes, and the arithmetic of axes and broadcasting.
#pragma once
#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace wengert {

/// A short list of integers held in place: shapes, strides, axes.
class Dims {
 public:
  static constexpr int capacity = 32;  // NumPy 1's limit; copying costs only what is used

  Dims() = default;
  Dims(std::initializer_list<std::int64_t> list) : Dims(std::span(list.begin(), list.size())) {}
  explicit Dims(std::span<const std::int64_t> list);
  Dims(const Dims& other) : count_(other.count_) { std::copy_n(other.list_, count_, list_); }
  Dims& operator=(const Dims& other) {
    count_ = other.count_;
    std::copy_n(other.list_, count_, list_);
    return *this;
  }

  int count() const { return count_; }
  std::size_t size() const { return static_cast<std::size_t>(count_); }
  std::int64_t& operator[](int k) { return list_[k]; }
  std::int64_t operator[](int k) const { return list_[k]; }
  const std::int64_t* begin() const { return list_; }
  const std::int64_t* end() const { return list_ + count_; }
  std::int64_t* begin() { return list_; }
  std::int64_t* end() { return list_ + count_; }
  void push_back(std::int64_t n);
  void resize(int count, std::int64_t fill);
  bool operator==(const Dims& other) const { return std::equal(begin(), end(), other.begin(), other.end()); }
  bool contains(std::int64_t n) const { return std::find(begin(), end(), n) != end(); }

 private:
  std::int64_t list_[capacity];
  int count_ = 0;
};
using Shape = Dims;

/// Number of elements; throws ShapeError for a negative size, MemoryError where it does not fit 58 bits.
std::int64_t element_count(std::span<const std::int64_t> shape);
/// Strides, in elements, of a row-major array.
Dims row_major(const Shape& shape);
std::string text(std::span<const std::int64_t> shape);

/// The shape both broadcast to; throws ShapeError naming the operation and both shapes.
Shape broadcast(std::string_view operation, const Shape& a, const Shape& b);
bool broadcasts_to(const Shape& from, const Shape& to);
/// Axis counted from the front; throws ShapeError where there is none.
int normal_axis(std::string_view operation, std::int64_t axis, int ndim);
/// Axes counted from the front, sorted, each once.
Dims normal_axes(std::string_view operation, std::span<const std::int64_t> axes, int ndim);
/// Shape with the given (normal) axes gone, or of size 1 where they are kept.
Shape without(const Shape& shape, const Dims& axes, bool keep);

}  // namespace wengert
