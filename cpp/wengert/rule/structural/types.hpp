// Types of results from the types of operands, what the primitives have in common: each throws where an operand, an
// attribute or a size has no meaning, so that a program that was not recorded here (it came from a file) can be judged
// before anything of it runs.
#pragma once
#include "wengert/rule/call.hpp"

namespace wengert::structural {

using Given = std::span<const Type>;
/// From an operand's element type to the result's.
using Turn = Dtype (*)(Dtype);
constexpr Dtype itself(Dtype d) { return d; }
constexpr Dtype position(Dtype) { return Dtype::int64; }
Dtype real_only(Dtype d);

void require_counts(Given in, std::size_t operands, Attributes at, std::size_t attributes);
/// One element type for all.
void require_alike(Given in);
/// A slice must lie inside of its array.
void require_inside(std::span<const std::int64_t> shape, Attributes at);
Shape broadcast_shape(Given in);

/// One operand, whose type it is.
Type only(Given in, Attributes at);
Type reduced_type(Given in, Attributes at, Turn turn);
Type axis_type(Given in, Attributes at, Turn turn);

Type reshaped_type(Given in, Attributes at);
Type broadcast_type(Given in, Attributes at);
Type transposed_type(Given in, Attributes at);
Type converted_type(Given in, Attributes at);
Type sliced_type(Given in, Attributes at);
Type padded_type(Given in, Attributes at);
Type slice_set_type(Given in, Attributes at);
Type gathered_type(Given in, Attributes at);
Type scattered_type(Given in, Attributes at);
Type joined_type(Given in, Attributes at);
Type selected_type(Given in, Attributes at);
Type clipped_type(Given in, Attributes at);

Type product_type(Given in, Attributes at);
Type square_type(Given in, Attributes at);
Type solution_type(Given in, Attributes at, std::size_t attributes);
Type determinant_type(Given in, Attributes at);
/// Values in a row, and vectors below it where the attribute says so.
Type eigen_type(Given in, Attributes at, Turn values, Turn vectors);
Type singular_type(Given in, Attributes at);
Type orthogonal_type(Given in, Attributes at);
Type complement_type(Given in, Attributes at);

/// Of one complex operand.
Type complex_type_of(Given in, Attributes at, Turn turn);
Type pair_type(Given in, Attributes at);
Type fourier_type(Given in, Attributes at);

}  // namespace wengert::structural
