#include "wengert/rule/structural/types.hpp"

#include <algorithm>
#include <array>

#include "wengert/base/error.hpp"

namespace wengert::structural {
namespace {

std::string named(Dtype d) { return std::string(text(d)); }

[[noreturn]] void refuse_shapes(Given in) {
  std::string all;
  for (const Type& t : in) all += (all.empty() ? "" : ", ") + text(t.shape);
  throw ShapeError("shapes: no meaning for " + all);
}
void require_axis(std::int64_t axis, const Shape& shape) {
  if (axis < 0 || axis >= shape.count()) {
    throw ShapeError("axis: out of range: axis is " + std::to_string(axis) + ", the array is " + text(shape));
  }
}
/// Each of the axes, and none twice.
void require_axes(Attributes axes, const Shape& shape) {
  Dims seen;
  for (const std::int64_t axis : axes) {
    require_axis(axis, shape);
    if (seen.contains(axis)) throw ShapeError("axis: given twice: the axes are " + text(axes));
    seen.push_back(axis);
  }
}
/// A shape that attributes ask for.
Shape asked_for(Attributes at) {
  for (const std::int64_t n : at) {
    if (n < 0) throw ShapeError("shape: a size is negative: the shape asked for is " + text(at));
  }
  return Shape(at);
}
void require_broadcast(const Shape& from, const Shape& to) {
  if (!broadcasts_to(from, to)) throw ShapeError("shapes: " + text(from) + " does not broadcast to " + text(to));
}
void require_whole(Dtype d) {
  if (!is_integer(d)) throw DtypeError("element type: positions are integers: given " + named(d));
}
/// The sizes of a slice, or of the part of a whole that it shows.
Shape slice_sizes(Attributes slice) {
  Shape sizes;
  for (std::size_t k = 0; k + 2 < slice.size(); k += 3) sizes.push_back(slice[k + 2]);
  return sizes;
}

std::int64_t height(const Shape& s) { return s[s.count() - 2]; }
std::int64_t width(const Shape& s) { return s[s.count() - 1]; }
void require_matrices(Given in) {
  if (in[0].shape.count() < 2) refuse_shapes(in);
}
void require_squares(Given in) {
  require_matrices(in);
  if (height(in[0].shape) != width(in[0].shape)) refuse_shapes(in);
}
Shape in_stack(Shape stack, std::int64_t rows, std::int64_t columns) {
  stack[stack.count() - 2] = rows;
  stack[stack.count() - 1] = columns;
  return stack;
}

}  // namespace

Dtype real_only(Dtype d) {
  if (is_complex(d)) throw DtypeError("element type: complex numbers have no order: given " + named(d));
  return real(d);
}

void require_counts(Given in, std::size_t operands, Attributes at, std::size_t attributes) {
  if (in.size() != operands) {
    throw ShapeError("operands: another number: given " + std::to_string(in.size()) + ", expected " +
                     std::to_string(operands));
  }
  if (at.size() != attributes) {
    throw ShapeError("attributes: another number: given " + std::to_string(at.size()) + ", expected " +
                     std::to_string(attributes));
  }
}

void require_alike(Given in) {
  for (const Type& t : in) {
    if (t.dtype != in[0].dtype) {
      throw DtypeError("element types: differ: given " + named(in[0].dtype) + " and " + named(t.dtype));
    }
  }
}

void require_inside(std::span<const std::int64_t> shape, Attributes at) {
  bool inside = at.size() == 3 * shape.size();
  for (std::size_t k = 0; inside && k < shape.size(); ++k) {
    const std::int64_t start = at[3 * k], step = at[3 * k + 1], count = at[3 * k + 2], n = shape[k];
    std::int64_t last = 0;
    inside = count >= 0 && (count == 0 || (!__builtin_mul_overflow(count - 1, step, &last) &&
                                           !__builtin_add_overflow(last, start, &last) && start >= 0 && start < n &&
                                           last >= 0 && last < n));
  }
  if (!inside) throw IndexError("slice: out of range: the array is " + text(shape) + ", the slice is " + text(at));
}

Shape broadcast_shape(Given in) {
  Shape shape = in[0].shape;
  for (const Type& t : in.subspan(1)) shape = broadcast("shapes", shape, t.shape);
  return shape;
}

Type only(Given in, Attributes at) {
  require_counts(in, 1, at, 0);
  return in[0];
}

Type reduced_type(Given in, Attributes at, Turn turn) {
  require_counts(in, 1, at.first(0), 0);
  if (at.empty()) require_counts(in, 1, at, 1);
  require_axes(at.subspan(1), in[0].shape);
  return {turn(in[0].dtype), without(in[0].shape, Dims(at.subspan(1)), at[0] != 0)};
}

Type axis_type(Given in, Attributes at, Turn turn) {
  require_counts(in, 1, at, 1);
  require_axis(at[0], in[0].shape);
  return {turn(in[0].dtype), in[0].shape};
}

Type reshaped_type(Given in, Attributes at) {
  require_counts(in, 1, at, at.size());
  const Shape shape = asked_for(at);
  if (element_count(shape) != element_count(in[0].shape)) {
    throw ShapeError("reshape: sizes differ: the array is " + text(in[0].shape) + ", the shape asked for is " +
                     text(shape));
  }
  return {in[0].dtype, shape};
}

Type broadcast_type(Given in, Attributes at) {
  require_counts(in, 1, at, at.size());
  const Shape shape = asked_for(at);
  require_broadcast(in[0].shape, shape);
  return {in[0].dtype, shape};
}

Type transposed_type(Given in, Attributes at) {
  require_counts(in, 1, at, in.empty() ? 0 : in[0].shape.size());
  require_axes(at, in[0].shape);
  Shape shape;
  for (const std::int64_t axis : at) shape.push_back(in[0].shape[static_cast<int>(axis)]);
  return {in[0].dtype, shape};
}

Type converted_type(Given in, Attributes at) {
  require_counts(in, 1, at, 1);
  if (at[0] < 0 || at[0] >= static_cast<std::int64_t>(dtype_count)) {
    throw DtypeError("element type: unknown: number " + std::to_string(at[0]));
  }
  return {static_cast<Dtype>(at[0]), in[0].shape};
}

Type sliced_type(Given in, Attributes at) {
  require_counts(in, 1, at, at.size());
  require_inside(in[0].shape, at);
  return {in[0].dtype, slice_sizes(at)};
}

Type padded_type(Given in, Attributes at) {
  require_counts(in, 1, at, in.empty() ? 0 : 4 * in[0].shape.size());
  const std::size_t slice = 3 * in[0].shape.size();
  const Shape shape = asked_for(at.subspan(slice));
  require_inside(shape, at.first(slice));
  require_broadcast(in[0].shape, slice_sizes(at.first(slice)));
  return {in[0].dtype, shape};
}

Type slice_set_type(Given in, Attributes at) {
  require_counts(in, 2, at, at.size());
  require_alike(in);
  require_inside(in[0].shape, at);
  require_broadcast(in[1].shape, slice_sizes(at));
  return in[0];
}

Type gathered_type(Given in, Attributes at) {
  require_counts(in, 2, at, 0);
  require_whole(in[1].dtype);
  return {in[0].dtype, in[1].shape};
}

Type scattered_type(Given in, Attributes at) {
  require_counts(in, 3, at, 0);
  require_whole(in[1].dtype);
  require_alike(std::array{in[0], in[2]});
  require_broadcast(in[2].shape, in[1].shape);
  return in[0];
}

Type joined_type(Given in, Attributes at) {
  require_counts(in, std::max<std::size_t>(in.size(), 1), at, 1);
  require_alike(in);
  Shape shape = in[0].shape;
  require_axis(at[0], shape);
  const int axis = static_cast<int>(at[0]);
  std::int64_t size = 0;
  for (const Type& t : in) {
    Shape rest = t.shape;
    if (rest.count() != shape.count() || __builtin_add_overflow(size, rest[axis], &size)) refuse_shapes(in);
    rest[axis] = shape[axis];
    if (!(rest == shape)) refuse_shapes(in);
  }
  shape[axis] = size;
  return {in[0].dtype, shape};
}

Type selected_type(Given in, Attributes at) {
  require_counts(in, 3, at, 0);
  require_alike(in.subspan(1));
  if (in[0].dtype != Dtype::boolean) throw DtypeError("element type: a condition is bool: given " + named(in[0].dtype));
  return {in[1].dtype, broadcast_shape(in)};
}

Type clipped_type(Given in, Attributes at) {
  require_counts(in, 3, at, 0);
  require_alike(in);
  real_only(in[0].dtype);
  return {in[0].dtype, broadcast_shape(in)};
}

Type product_type(Given in, Attributes at) {
  require_counts(in, 2, at, 2);
  require_alike(in);
  const Shape &a = in[0].shape, &b = in[1].shape;
  if (in[0].dtype == Dtype::boolean || a.count() == 0 || b.count() == 0) refuse_shapes(in);
  const bool row = a.count() == 1, column = b.count() == 1;
  const std::int64_t inner_a = row || at[0] == 0 ? width(a) : height(a);
  const std::int64_t inner_b = column ? b[0] : at[1] == 0 ? height(b) : width(b);
  if (inner_a != inner_b) refuse_shapes(in);
  const auto stack = [](const Shape& s) { return Shape(std::span(s.begin(), s.size() < 2 ? 0 : s.size() - 2)); };
  Shape shape = broadcast("shapes", stack(a), stack(b));
  if (!row) shape.push_back(at[0] == 0 ? height(a) : width(a));
  if (!column) shape.push_back(at[1] == 0 ? width(b) : height(b));
  return {in[0].dtype, shape};
}

Type square_type(Given in, Attributes at) {
  require_counts(in, 1, at, 0);
  require_squares(in);
  return {real(in[0].dtype), in[0].shape};
}

Type solution_type(Given in, Attributes at, std::size_t attributes) {
  require_counts(in, 2, at, attributes);
  require_squares(in);
  const Shape &a = in[0].shape, &b = in[1].shape;
  if (a.count() != b.count() || !std::equal(a.begin(), a.end() - 1, b.begin())) refuse_shapes(in);
  return {promote(real(in[0].dtype), real(in[1].dtype)), b};
}

Type determinant_type(Given in, Attributes at) {
  Type t = square_type(in, at);
  Shape shape(std::span(t.shape.begin(), t.shape.size() - 2));
  shape.push_back(2);
  return {t.dtype, shape};
}

Type eigen_type(Given in, Attributes at, Turn values, Turn vectors) {
  require_counts(in, 1, at, 1);
  require_squares(in);
  const std::int64_t n = width(in[0].shape);
  const Dtype d = real(in[0].dtype);
  return {at[0] ? vectors(d) : values(d), in_stack(in[0].shape, at[0] ? n + 1 : 1, n)};
}

Type singular_type(Given in, Attributes at) {
  require_counts(in, 1, at, 1);
  require_matrices(in);
  const std::int64_t m = height(in[0].shape), n = width(in[0].shape), k = std::min(m, n);
  const Dtype d = real(in[0].dtype);
  return {at[0] ? d : part_of(d), in_stack(in[0].shape, at[0] ? 1 + m + n : 1, k)};
}

Type orthogonal_type(Given in, Attributes at) {
  require_counts(in, 1, at, 0);
  require_matrices(in);
  const std::int64_t m = height(in[0].shape), n = width(in[0].shape);
  if (m < n) refuse_shapes(in);
  return {real(in[0].dtype), in_stack(in[0].shape, n, m + n)};
}

Type complement_type(Given in, Attributes at) {
  const Type t = orthogonal_type(in, at);
  const std::int64_t m = height(in[0].shape), n = width(in[0].shape);
  return {t.dtype, in_stack(in[0].shape, m, m - n)};
}

Type complex_type_of(Given in, Attributes at, Turn turn) {
  require_counts(in, 1, at, 0);
  if (!is_complex(in[0].dtype)) {
    throw DtypeError("element type: complex numbers expected: given " + named(in[0].dtype));
  }
  return {turn(in[0].dtype), in[0].shape};
}

Type pair_type(Given in, Attributes at) {
  require_counts(in, 2, at, 0);
  require_alike(in);
  if (!is_float(in[0].dtype) || is_complex(in[0].dtype) || !(in[0].shape == in[1].shape)) refuse_shapes(in);
  return {complex_type(in[0].dtype), in[0].shape};
}

Type fourier_type(Given in, Attributes at) {
  require_counts(in, 1, at, 2);
  require_axis(at[1], in[0].shape);
  return complex_type_of(in, at.first(0), itself);
}

}  // namespace wengert::structural
