#include "wengert/tape/functions.hpp"

#include <numeric>

#include "wengert/base/error.hpp"
#include "wengert/rule/elementwise.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/tape/formulas.hpp"
#include "wengert/tape/guards.hpp"
#include "wengert/tape/lanes.hpp"

namespace wengert {
namespace {

template <class P>
Var make(std::initializer_list<Var> in, Attributes at = {}) {
  return call(structural::id<P>, std::span(in.begin(), in.size()), at);
}
Attributes list(const Dims& dims) { return {dims.begin(), dims.size()}; }
Attributes list(const std::vector<std::int64_t>& numbers) { return numbers; }

/// Slice attributes that take all of every axis.
std::vector<std::int64_t> whole(const Shape& shape) {
  std::vector<std::int64_t> at;
  for (const std::int64_t n : shape) at.insert(at.end(), {0, 1, n});
  return at;
}

Var integers(const Shape& shape, auto&& f) {
  const Storage a = allocate(Dtype::int64, shape);
  for (std::int64_t i = 0; i < a->size; ++i) a.data<std::int64_t>()[i] = f(i);
  return settle(a);
}

}  // namespace

Var zero(Dtype d) { return full(d, {}, 0); }
Var filled(const Shape& shape, Dtype d, double value) { return full(d, shape, value); }
Var identity_rows(std::int64_t n, std::int64_t start, std::int64_t stop, Dtype d) {
  const Storage rows = allocate(d, Shape{stop - start, n});
  clear(rows);
  visit_float(d, [&](auto one) {
    for (std::int64_t i = start; i < stop; ++i) rows.template data<decltype(one)>()[(i - start) * n + i] = 1;
  });
  return settle(rows);
}
Var zeros_like(const Var& x) { return full(x.dtype(), x.shape(), 0); }
Var ones_like(const Var& x) { return full(x.dtype(), x.shape(), 1); }
Var count_like(const Var& x) {
  return integers(x.shape(), [](std::int64_t i) { return i; });
}

Var converted(const Var& x, Dtype d) {
  if (x.dtype() == d && !x.value.is_weak()) return x;
  const std::int64_t at[] = {static_cast<std::int64_t>(d)};
  return make<structural::astype>({x}, at);
}

Var family_of(std::int64_t family, std::span<const Var> in, const Dims& orders) {
  Dims at{family};
  for (const std::int64_t n : orders) at.push_back(n);
  return call(structural::id<structural::parametric>, in, list(at));
}

Var reshaped(const Var& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  return make<structural::reshape>({x}, list(shape));
}

Var reshape_with(const Var& x, int extra) {
  Shape shape = x.shape();
  for (int k = 0; k < extra; ++k) shape.push_back(1);
  return reshaped(x, shape);
}

Var broadcasted(const Var& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  return make<structural::broadcast_to>({x}, list(shape));
}

Var transposed(const Var& x, const Dims& axes) {
  bool same = true;
  for (int k = 0; k < axes.count(); ++k) same &= axes[k] == k;
  return same ? x : make<structural::transpose>({x}, list(axes));
}

Var matrix_transposed(const Var& x) {
  Dims axes;
  for (int k = 0; k < x.ndim(); ++k) axes.push_back(k);
  std::swap(axes[x.ndim() - 1], axes[x.ndim() - 2]);
  return transposed(x, axes);
}

Var sliced(const Var& x, Attributes at) { return make<structural::slice>({x}, at); }

Var section(const Var& x, int axis, std::int64_t start, std::int64_t stop) {
  std::vector<std::int64_t> at = whole(x.shape());
  at[3 * static_cast<std::size_t>(axis)] = start;
  at[3 * static_cast<std::size_t>(axis) + 2] = stop - start;
  return sliced(x, at);
}

Var rows(const Var& x, std::int64_t start, std::int64_t stop) { return section(x, 0, start, stop); }

Var flip(const Var& x, std::int64_t axis) {
  std::vector<std::int64_t> at = whole(x.shape());
  const auto k = 3 * static_cast<std::size_t>(axis);
  if (at[k + 2] == 0) return x;
  at[k] = at[k + 2] - 1;
  at[k + 1] = -1;
  return sliced(x, at);
}

Var shifted(const Var& x, std::int64_t axis, std::int64_t step, double fill) {
  const int k = static_cast<int>(axis);
  Shape shape = x.shape();
  const std::int64_t n = shape[k], by = std::min(n, std::abs(step));
  shape[k] = by;
  const Var edge = filled(shape, x.dtype(), fill);
  if (step > 0) return joined(edge, section(x, k, 0, n - by), axis);
  return joined(section(x, k, by, n), edge, axis);
}

Var placed(const Var& x, const Shape& shape, Attributes slice) {
  std::vector<std::int64_t> at(slice.begin(), slice.end());
  at.insert(at.end(), shape.begin(), shape.end());
  return make<structural::pad>({x}, list(at));
}

Var slice_assigned(const Var& x, const Var& v, Attributes slice) {
  return make<structural::slice_set>({x, converted(v, x.dtype())}, slice);
}

Var concatenated(std::span<const Var> parts, std::int64_t axis) {
  const std::int64_t at[] = {axis};
  return call(structural::id<structural::concatenate>, parts, at);
}

Var conjugated(const Var& x) { return is_complex(x.dtype()) ? make<structural::conjugate>({x}) : x; }
Var real_part_of(const Var& x) { return is_complex(x.dtype()) ? make<structural::real_part>({x}) : x; }
Var imaginary_part_of(const Var& x) {
  return is_complex(x.dtype()) ? make<structural::imaginary_part>({x}) : zeros_like(x);
}
Var complex_number(const Var& re, const Var& im) {
  const Dtype d = real(rule::promoted(re.value, im.value));
  if (is_complex(d))
    throw DtypeError("complex_of: element type: the parts must be real: given " + std::string(text(d)));
  const Shape shape = broadcast("complex_of", re.shape(), im.shape());
  return make<structural::complex_of>({broadcasted(converted(re, d), shape), broadcasted(converted(im, d), shape)});
}

Var gathered(const Var& x, const Var& positions) { return make<structural::gather>({x, positions}); }
Var scatter_added(const Var& x, const Var& positions, const Var& v) {
  return make<structural::scatter_add>({x, positions, converted(v, x.dtype())});
}
Var scatter_assigned(const Var& x, const Var& positions, const Var& v) {
  return make<structural::scatter_set>({x, positions, converted(v, x.dtype())});
}

Var lane_positions(const Var& positions, std::int64_t size, const Shape& arrays, const Shape& lanes) {
  leave_guard(positions, Guard::Kind::values);
  const Storage given = array_of(positions.value, Dtype::int64), moved = allocate(Dtype::int64, given.shape());
  const Dims count = row_major(lanes), step = row_major(arrays);
  const std::int64_t all = element_count(lanes), each = all ? given->size / all : 0;
  for (std::int64_t lane = 0; lane < all; ++lane) {
    std::int64_t start = 0;
    for (int k = 0; k < lanes.count(); ++k) start += arrays[k] == 1 ? 0 : lane / count[k] % lanes[k] * step[k] * size;
    for (std::int64_t i = lane * each; i < (lane + 1) * each; ++i) {
      const std::int64_t p = given.data<std::int64_t>()[i];
      if (p < -size || p >= size) {
        throw IndexError("index: out of range: position " + std::to_string(p) + " of " + std::to_string(size) +
                         " elements, in lane " + std::to_string(lane));
      }
      moved.data<std::int64_t>()[i] = start + (p < 0 ? p + size : p);
    }
  }
  return Var(settle(moved));
}

Var select_of(const Var& condition, const Var& x, const Var& y) {
  const Dtype d = rule::promoted(x.value, y.value);
  return make<structural::select>({converted(condition, Dtype::boolean), converted(x, d), converted(y, d)});
}

Var clipped(const Var& x, const Var& low, const Var& high) {
  const Dtype d = promote(rule::promoted(x.value, low.value), rule::promoted(x.value, high.value));
  return make<structural::clip>({converted(x, d), converted(low, d), converted(high, d)});
}

Var reduction(CallId id, const Var& x, const Dims& axes, bool keep) {
  Dims at{keep};
  for (const std::int64_t axis : axes) at.push_back(axis);
  const Var in[] = {x};
  return call(id, in, list(at));
}

Var largest(const Var& x, const Dims& axes, bool keep) {
  return reduction(structural::id<structural::max>, detached(x), axes, keep);
}

Var summed(const Var& x, const Dims& axes, bool keep) {
  if (axes.count() == 0 && is_float(x.dtype())) return x;
  return reduction(structural::id<structural::sum>, x, axes, keep);
}

Var sum_to(const Var& x, const Shape& shape) {
  const Shape have = x.shape();
  if (have == shape) return x;
  const int shift = have.count() - shape.count();
  Dims axes;
  for (int k = 0; k < have.count(); ++k) {
    if (k < shift || (shape[k - shift] == 1 && have[k] != 1)) axes.push_back(k);
  }
  return reshaped(summed(x, axes, true), shape);
}

Var cumulated(const Var& x, std::int64_t axis) { return make<structural::cumsum>({x}, Attributes(&axis, 1)); }
Var cumulative_product(const Var& x, std::int64_t axis) { return make<structural::cumprod>({x}, Attributes(&axis, 1)); }
Var sorting(const Var& x, int axis) {
  const std::int64_t at[] = {axis};
  return make<structural::argsort>({x}, at);
}

Var sorted(const Var& x, int axis) {
  const Shape shape = x.shape();
  const std::int64_t step = row_major(shape)[axis], n = shape[axis];
  const Var base = integers(shape, [&](std::int64_t i) { return i - i / step % n * step; });
  return gathered(x, base + sorting(x, axis) * Var(Value(step)));
}

namespace {
template <class T>
bool is_identity(const Storage& a, std::int64_t n) {
  const T* x = a.data<T>();
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j, ++x) {
      if (*x != (i == j ? T(1) : T(0))) return false;
    }
  }
  return true;
}
}  // namespace

bool are_unit_directions(const Var& x) {
  if (x.recorded() || x.lanes || detail::ieee_products || !x.value.is_array() || x.ndim() != 2) return false;
  const Storage a = x.value.storage();
  const std::int64_t n = a->dims()[0];
  if (!a->contiguous || n != a->dims()[1]) return false;
  return a->dtype == Dtype::float64 ? is_identity<double>(a, n)
                                    : a->dtype == Dtype::float32 && is_identity<float>(a, n);
}

Var product(const Var& a, const Var& b, bool transpose_a, bool transpose_b) {
  const Dtype d = rule::promoted(a.value, b.value);
  const std::int64_t at[] = {transpose_a, transpose_b};
  if (d == Dtype::boolean) {  // "or" of "and"s, as NumPy has it
    return not_equal(product(converted(a, Dtype::int64), converted(b, Dtype::int64), transpose_a, transpose_b),
                     Var(Value(0)));
  }
  return make<structural::matmul>({converted(a, d), converted(b, d)}, at);
}

Var matmul(const Var& a, const Var& b) {
  if (a.ndim() == 0 || b.ndim() == 0) {
    throw ShapeError("matmul: a number is no matrix: a is " + text(a.shape()) + ", b is " + text(b.shape()));
  }
  return product(a, b, false, false);
}

std::int64_t height(const Var& a) { return a.shape()[a.ndim() - 2]; }
std::int64_t width(const Var& a) { return a.shape()[a.ndim() - 1]; }

Var inverse(const Var& a) { return make<structural::inv>({a}); }

Var solved(const Var& a, const Var& b, bool transpose_a) {
  const std::int64_t at[] = {transpose_a};
  const Dtype d = real(rule::promoted(a.value, b.value));
  return make<structural::solve>({converted(a, d), converted(b, d)}, at);
}
Var triangular_solved(const Var& a, const Var& b, bool lower, bool transpose_a, bool unit) {
  const std::int64_t at[] = {lower, transpose_a, unit};
  const Dtype d = real(rule::promoted(a.value, b.value));
  return make<structural::triangular_solve>({converted(a, d), converted(b, d)}, at);
}
Var cholesky_factor(const Var& a) { return make<structural::cholesky>({a}); }
Var sign_and_log_determinant(const Var& a) { return make<structural::slogdet>({a}); }
Var decomposed(const Var& a, bool vectors) {
  const std::int64_t at[] = {vectors};
  return make<structural::eig>({a}, at);
}
Var hermitian_decomposed(const Var& a, bool vectors) {
  const std::int64_t at[] = {vectors};
  return make<structural::eigh>({a}, at);
}
Var singular_decomposed(const Var& a, bool vectors) {
  const std::int64_t at[] = {vectors};
  return make<structural::svd>({a}, at);
}
Var orthogonal_decomposed(const Var& a) { return make<structural::qr>({a}); }
Var orthogonal_complement(const Var& a) { return make<structural::complement>({a}); }

Var fourier_transformed(const Var& x, std::int64_t axis, std::int64_t sign) {
  const std::int64_t at[] = {sign, axis};
  return make<structural::fourier>({converted(x, complex_type(x.dtype()))}, at);
}

namespace {

/// A vector stands for a matrix whose rows it is, as in NumPy.
Var triangle(const Var& given, std::int64_t k, bool lower) {
  const Var a = given.ndim() == 1 ? broadcasted(given, {given.size(), given.size()}) : given;
  const Shape shape = a.shape();
  if (shape.count() < 2) throw ShapeError("tril, triu: a number has no triangle: the array is ()");
  const int n = shape.count();
  const std::int64_t columns = shape[n - 1];
  const Storage mask = allocate(Dtype::boolean, Shape{shape[n - 2], columns});
  for (std::int64_t i = 0; i < mask->size; ++i) {
    const std::int64_t diagonal = i % columns - i / columns;
    mask.data<bool>()[i] = lower ? diagonal <= k : diagonal >= k;
  }
  return select_of(Var(Value(mask)), a, zero(a.dtype()));
}

}  // namespace

Var lower_part(const Var& a, std::int64_t k) { return triangle(a, k, true); }
Var upper_part(const Var& a, std::int64_t k) { return triangle(a, k, false); }

}  // namespace wengert
