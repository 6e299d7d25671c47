#include "wengert/base/shape.hpp"

#include <new>
#include <string_view>

#include "wengert/base/error.hpp"

namespace wengert {

Dims::Dims(std::span<const std::int64_t> list) {
  for (const std::int64_t n : list) push_back(n);
}

void Dims::push_back(std::int64_t n) {
  if (count_ == capacity) throw ShapeError("array: more than 32 dimensions");
  list_[count_++] = n;
}

void Dims::resize(int count, std::int64_t fill) {
  while (count_ < count) push_back(fill);
  count_ = count;
}

std::int64_t element_count(std::span<const std::int64_t> shape) {
  std::int64_t count = 1;
  for (const std::int64_t n : shape) {
    if (n < 0) throw ShapeError("array: negative size: the shape is " + text(shape));
    if (__builtin_mul_overflow(count, n, &count) || count > (std::int64_t{1} << 58)) {
      throw MemoryError("array: memory exhausted: the shape is " + text(shape));
    }
  }
  return count;
}

Dims row_major(const Shape& shape) {
  Dims strides = shape;
  std::int64_t step = 1;
  for (int k = shape.count() - 1; k >= 0; --k) {
    strides[k] = step;
    step *= shape[k];
  }
  return strides;
}

std::string text(std::span<const std::int64_t> shape) {
  std::string s = "(";
  for (std::size_t k = 0; k < shape.size(); ++k) s += (k ? ", " : "") + std::to_string(shape[k]);
  return s + (shape.size() == 1 ? ",)" : ")");
}

Shape broadcast(std::string_view operation, const Shape& a, const Shape& b) {
  const Shape& wide = a.count() >= b.count() ? a : b;
  const Shape& narrow = a.count() >= b.count() ? b : a;
  Shape out = wide;
  const int shift = wide.count() - narrow.count();
  for (int k = 0; k < narrow.count(); ++k) {
    const std::int64_t m = wide[k + shift], n = narrow[k];
    if (m != n && m != 1 && n != 1) {
      throw ShapeError(std::string(operation) + ": shapes differ: a is " + text(a) + ", b is " + text(b));
    }
    out[k + shift] = m == 1 ? n : m;
  }
  return out;
}

bool broadcasts_to(const Shape& from, const Shape& to) {
  const int shift = to.count() - from.count();
  if (shift < 0) return false;
  for (int k = 0; k < from.count(); ++k) {
    if (from[k] != 1 && from[k] != to[k + shift]) return false;
  }
  return true;
}

int normal_axis(std::string_view operation, std::int64_t axis, int ndim) {
  if (axis < -ndim || axis >= ndim) {
    throw AxisError(std::string(operation) + ": axis out of range: axis is " + std::to_string(axis) +
                    ", the array has " + std::to_string(ndim) + " dimensions");
  }
  return static_cast<int>(axis < 0 ? axis + ndim : axis);
}

Dims normal_axes(std::string_view operation, std::span<const std::int64_t> axes, int ndim) {
  Dims out;
  for (const std::int64_t axis : axes) {
    const int k = normal_axis(operation, axis, ndim);
    if (out.contains(k))
      throw ShapeError(std::string(operation) + ": axis given twice: axis is " + std::to_string(axis));
    out.push_back(k);
  }
  std::sort(out.begin(), out.end());
  return out;
}

Shape without(const Shape& shape, const Dims& axes, bool keep) {
  Shape out;
  for (int k = 0; k < shape.count(); ++k) {
    if (!axes.contains(k)) out.push_back(shape[k]);
    else if (keep) out.push_back(1);
  }
  return out;
}

}  // namespace wengert
