// Values of the primitives that only move elements: most give another look at the same memory.
#include <array>

#include "wengert/base/odometer.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/structural/shown.hpp"

namespace wengert::structural {
namespace {

Storage stored(const Value& x) { return x.is_array() ? x.storage() : strided(x, x.dtype()); }

/// No size may be negative.
void require_sizes(std::string_view name, const Shape& shape) {
  for (const std::int64_t n : shape) {
    if (n < 0) throw ShapeError(std::string(name) + ": a size is negative: the shape asked for is " + text(shape));
  }
}

/// The look at `a` that a slice's attributes describe.
Storage look(const Storage& a, Attributes at) {
  require_inside(std::span(a->dims(), a->ndim), at);
  const Shown shown(Dims(std::span(a->strides(), a->ndim)), at);
  return view(a, shown.counts, shown.strides, shown.offset);
}

template <class T>
void add_into(const Storage& from, const Storage& to) {
  const T* x = from.data<T>();
  T* y = to.data<T>();
  each_run(to.shape(), from.strides(), to.strides(), [&](std::int64_t i, std::int64_t j, Run run) {
    for (std::int64_t k = 0; k < run.count; ++k) y[j + k * run.step_b] += x[i + k * run.step_a];
  });
}

Storage fresh_copy(const Storage& a) {
  Storage out = allocate(a->dtype, a.shape());
  copy(a, out);
  return out;
}

}  // namespace

namespace {

/// Where only axes of size 1 come and go: the strides under the new shape. Else false.
bool strides_kept(const Storage& a, const Shape& shape, Dims& strides) {
  int from = 0;
  const auto skip = [&] {
    while (from < a->ndim && a->dims()[from] == 1) ++from;
  };
  for (const std::int64_t n : shape) {
    skip();
    if (n != 1 && (from == a->ndim || a->dims()[from] != n)) return false;
    strides.push_back(n == 1 ? 0 : a->strides()[from++]);
  }
  skip();
  return from == a->ndim;
}

}  // namespace

Value reshape::value(In in, Attributes at) {
  Storage a = stored(in[0]);
  const Shape shape(at);
  if (Dims strides; !a->contiguous && strides_kept(a, shape, strides)) return settle(view(a, shape, strides, 0));
  a = contiguous(a);
  require_sizes("reshape", shape);
  if (element_count(shape) != a->size) {
    throw ShapeError("reshape: sizes differ: the array is " + text(a.shape()) + ", the shape asked for is " +
                     text(shape));
  }
  return settle(view(a, shape, row_major(shape), 0));
}

Value broadcast_to::value(In in, Attributes at) {
  const Storage a = stored(in[0]);
  const Shape shape(at);
  require_sizes("broadcast_to", shape);
  if (!broadcasts_to(a.shape(), shape)) {
    throw ShapeError("broadcast_to: shapes differ: the array is " + text(a.shape()) + ", the shape asked for is " +
                     text(shape));
  }
  Dims strides;
  strides.resize(shape.count(), 0);
  const int shift = shape.count() - a->ndim;
  for (int k = 0; k < a->ndim; ++k) strides[k + shift] = a->dims()[k] == 1 ? 0 : a->strides()[k];
  return settle(view(a, shape, strides, 0));
}

Value transpose::value(In in, Attributes at) {
  const Storage a = stored(in[0]);
  if (normal_axes("transpose", at, a->ndim).count() != a->ndim) {
    throw ShapeError("transpose: an axis is missing: the axes are " + text(at) + " for " + std::to_string(a->ndim) +
                     " dimensions");
  }
  Shape shape;
  Dims strides;
  for (const std::int64_t axis : at) {
    shape.push_back(a->dims()[axis]);
    strides.push_back(a->strides()[axis]);
  }
  return settle(view(a, shape, strides, 0));
}

std::span<const std::string_view> astype::names() {
  static const auto all = [] {
    std::array<std::string_view, dtype_count> list;
    for (std::size_t k = 0; k < dtype_count; ++k) list[k] = text(static_cast<Dtype>(k));
    return list;
  }();
  return all;
}

Value astype::value(In in, Attributes at) {
  const auto d = static_cast<Dtype>(at[0]);
  return settle(strided(in[0], d));
}

/// A few elements of many are copied: a header would take as long, and they need not keep the many, nor be changed with them.
Value slice::value(In in, Attributes at) {
  constexpr std::int64_t few = 128, times = 4;
  const Storage whole = stored(in[0]), seen = look(whole, at);
  return settle(seen->size <= few && times * seen->size <= whole->size ? fresh_copy(seen) : seen);
}

bool slice::contribute(int, In, const Value& ybar, Attributes at, const Storage& xbar, bool add) {
  if (!add) clear(xbar);
  const Storage to = look(xbar, at), from = strided(ybar, xbar->dtype);
  visit_float(xbar->dtype, [&](auto t) { add_into<decltype(t)>(from, to); });
  return true;
}

namespace {

/// Zeros before and behind a look at one piece of `whole`.
void clear_around(const Storage& whole, const Storage& inside) {
  const std::size_t item = item_size(whole->dtype);
  std::byte* const end = inside->data + static_cast<std::size_t>(inside->size) * item;
  std::fill(whole->data, inside->data, std::byte{});
  std::fill(end, whole->data + static_cast<std::size_t>(whole->size) * item, std::byte{});
}

}  // namespace

Value pad::value(In in, Attributes at) {
  const Storage a = stored(in[0]);
  const std::size_t slices = 3 * a->ndim;
  const Storage out = allocate(a->dtype, Shape(at.subspan(slices))), inside = look(out, at.first(slices));
  if (inside->contiguous && inside->size) clear_around(out, inside);
  else clear(out);
  copy(a, inside);
  return settle(out);
}

Value slice_set::value(In in, Attributes at) {
  const Storage out = fresh_copy(stored(in[0]));
  copy(strided(in[1], out->dtype), look(out, at));
  return settle(out);
}

Value concatenate::value(In in, Attributes at) {
  if (in.empty()) throw ShapeError("concatenate: no arrays given");
  const int axis = normal_axis("concatenate", at[0], in[0].ndim());
  Shape shape = in[0].shape();
  shape[axis] = 0;
  for (const Value& x : in) {
    Shape rest = x.shape();
    const bool same_axes = rest.count() == shape.count();
    const std::int64_t size = same_axes ? std::exchange(rest[axis], shape[axis]) : 0;
    if (!same_axes || !(rest == shape)) {
      throw ShapeError("concatenate: shapes differ: " + text(in[0].shape()) + " and " + text(x.shape()) +
                       " along axis " + std::to_string(axis));
    }
    shape[axis] += size;
  }
  const Storage out = allocate(in[0].dtype(), shape);
  std::int64_t start = 0;
  for (const Value& x : in) {
    const Storage part = view(out, x.shape(), out.strides(), start * out->strides()[axis]);
    copy(x.storage(), part);
    start += x.shape()[axis];
  }
  return settle(out);
}

}  // namespace wengert::structural
