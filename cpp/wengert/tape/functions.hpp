// The functions of Var: every primitive by its name, and what the formulas of the structural ones are written in.
#pragma once
#include <vector>

#include "wengert/tape/var.hpp"

namespace wengert {

#define WG_FUNCTION(NAME, ...) \
  inline Var NAME(const Var& x) { return apply(Op::NAME, x); }
#define WG_UNARY(NAME, ...) WG_FUNCTION(NAME)
#define WG_FUNCTION2(NAME, ...) \
  inline Var NAME(const Var& a, const Var& b) { return apply(Op::NAME, a, b); }
#define WG_BINARY(NAME, ...) WG_FUNCTION2(NAME)
#include "wengert/rule/ops.def"

inline Var operator-(const Var& x) { return negative(x); }
inline Var operator+(const Var& a, const Var& b) { return add(a, b); }
inline Var operator-(const Var& a, const Var& b) { return subtract(a, b); }
inline Var operator*(const Var& a, const Var& b) { return multiply(a, b); }
inline Var operator/(const Var& a, const Var& b) { return divide(a, b); }
inline Var operator<(const Var& a, const Var& b) { return less(a, b); }
inline Var operator<=(const Var& a, const Var& b) { return less_equal(a, b); }
inline Var operator>(const Var& a, const Var& b) { return greater(a, b); }
inline Var operator>=(const Var& a, const Var& b) { return greater_equal(a, b); }
inline Var operator==(const Var& a, const Var& b) { return equal(a, b); }
inline Var operator!=(const Var& a, const Var& b) { return not_equal(a, b); }
inline Var operator&&(const Var& a, const Var& b) { return logical_and(a, b); }

/// The length of (x, 1), continued to complex numbers.
inline Var length_beside_one(const Var& x) { return is_complex(x.dtype()) ? sqrt(x * x + 1.0) : hypot(x, 1.0); }

// Parts of complex numbers; real ones are their own real part and conjugate
Var conjugated(const Var& x);
Var real_part_of(const Var& x);
Var imaginary_part_of(const Var& x);
/// Broadcasts.
Var complex_number(const Var& re, const Var& im);

// Constants
Var zero(Dtype d);
Var filled(const Shape& shape, Dtype d, double value);
/// Rows [start, stop) of the identity of size n: unit directions.
Var identity_rows(std::int64_t n, std::int64_t start, std::int64_t stop, Dtype d);
Var zeros_like(const Var& x);
Var ones_like(const Var& x);
/// 0, 1, 2, ... in the shape of x, int64.
Var count_like(const Var& x);

// Another look at the same elements
Var converted(const Var& x, Dtype d);
Var reshaped(const Var& x, const Shape& shape);
/// x.reshape(x.shape + (1,) * n) for a last axis of size 1 that is given back: (..., 1) -> (..., 1, 1).
Var reshape_with(const Var& x, int extra);
Var broadcasted(const Var& x, const Shape& shape);
Var transposed(const Var& x, const Dims& axes);
Var matrix_transposed(const Var& x);
/// Attributes as the slice primitive has them.
Var sliced(const Var& x, Attributes at);
Var section(const Var& x, int axis, std::int64_t start, std::int64_t stop);
Var rows(const Var& x, std::int64_t start, std::int64_t stop);
Var flip(const Var& x, std::int64_t axis);
/// x moved by `step` along an axis (forward where positive), `fill` coming in.
Var shifted(const Var& x, std::int64_t axis, std::int64_t step, double fill);
Var placed(const Var& x, const Shape& whole, Attributes slice);
Var slice_assigned(const Var& x, const Var& v, Attributes slice);
Var concatenated(std::span<const Var> parts, std::int64_t axis);
/// Two or three arrays, one behind the other.
inline Var joined(const Var& a, const Var& b, std::int64_t axis) {
  const Var parts[] = {a, b};
  return concatenated(parts, axis);
}
inline Var joined(const Var& a, const Var& b, const Var& c, std::int64_t axis) {
  const Var parts[] = {a, b, c};
  return concatenated(parts, axis);
}

// Positions
Var gathered(const Var& x, const Var& positions);
Var scatter_added(const Var& x, const Var& positions, const Var& v);
Var scatter_assigned(const Var& x, const Var& positions, const Var& v);
/// A set of positions for each lane, in an array of `size` elements a lane, as positions in the array of all lanes: counted
/// from the front and checked, for no lane may reach another's elements. `arrays` is `lanes` with 1 where lanes share one.
Var lane_positions(const Var& positions, std::int64_t size, const Shape& arrays, const Shape& lanes);
/// Both values brought to one type; the condition to bool.
Var select_of(const Var& condition, const Var& x, const Var& y);
inline Var select(const Var& condition, const Var& x, const Var& y) { return select_of(condition, x, y); }
Var clipped(const Var& x, const Var& low, const Var& high);

/// A member of special::Family, differentiated so often by each operand.
Var family_of(std::int64_t family, std::span<const Var> in, const Dims& orders);

// Reductions; axes are normal (counted from the front, sorted)
Var summed(const Var& x, const Dims& axes, bool keep);
/// The sum over all that broadcasting added: the transpose of broadcasting.
Var sum_to(const Var& x, const Shape& shape);
/// Largest element, as a constant: no derivative.
Var largest(const Var& x, const Dims& axes, bool keep);
Var reduction(CallId id, const Var& x, const Dims& axes, bool keep);
Var cumulated(const Var& x, std::int64_t axis);
Var cumulative_product(const Var& x, std::int64_t axis);
Var sorted(const Var& x, int axis);
Var sorting(const Var& x, int axis);

// Matrices
/// Sizes of the last two axes.
std::int64_t height(const Var& a);
std::int64_t width(const Var& a);
Var product(const Var& a, const Var& b, bool transpose_a, bool transpose_b);
/// Is x the identity matrix, and no variable? IEEE's products with it would have NaNs beside infinities, a derivative has
/// none: where the thread asks for IEEE's, no is the answer.
bool are_unit_directions(const Var& x);
/// NumPy's `a @ b` for every rank.
Var matmul(const Var& a, const Var& b);
Var inverse(const Var& a);
Var solved(const Var& a, const Var& b, bool transpose_a);
Var triangular_solved(const Var& a, const Var& b, bool lower, bool transpose_a, bool unit);
Var cholesky_factor(const Var& a);
Var sign_and_log_determinant(const Var& a);
/// Results side by side as the primitives have them: eigenvalues over eigenvectors; singular values over both sides'
/// vectors; q^T beside r.
Var decomposed(const Var& a, bool vectors);
Var hermitian_decomposed(const Var& a, bool vectors);
Var singular_decomposed(const Var& a, bool vectors);
Var orthogonal_decomposed(const Var& a);
Var orthogonal_complement(const Var& a);
/// Sign is that of the exponent.
Var fourier_transformed(const Var& x, std::int64_t axis, std::int64_t sign);
Var lower_part(const Var& a, std::int64_t k);
Var upper_part(const Var& a, std::int64_t k);

}  // namespace wengert
