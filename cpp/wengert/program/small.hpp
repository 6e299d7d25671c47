// Operations on arrays of few elements, which lie among the numbers of a run: no header, no reference, no allocation, an
// operation takes about as long as its arithmetic.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "wengert/rule/rules.hpp"

namespace wengert::program {

/// Place of a number among those of a run, or of the first of an array's; places are used again.
using Slot = std::uint32_t;

struct SmallStep {
  enum class Kind : std::uint8_t {
    elementwise,  // y = op(a, b), of n[0] elements
    number,       // y = op(a, b), of one
    pair,         // y, third = both functions of a
    select,       // y = third ? a : b
    spread,       // y[i, j, k] = a[i, k], of sizes n
    sum,          // y[i, k] = sum of a[i, j, k] over j
    product,      // y = a b: n[0] rows, n[1] terms, n[2] columns
    outer,        // y[i, j] = a[i] b[j], of sizes n[0], n[1]
    add_outer,    // y[i, j] = third[i, j] + a[i] b[j]
    move,         // some elements of y = some of a: move number n[0]
    clear         // y = 0, n[0] elements
  } kind;
  bool turned_a = false, turned_b = false;  // of a product: the operand lies transposed
  Op op = Op::count;
  Slot a, b, y, third;
  std::uint32_t n[3];
};

/// Rows of elements that are copied, by offsets from the operand and the result, and steps from row to row and from
/// element to element.
struct Move {
  std::int32_t rows, columns;
  std::int32_t from, from_row, from_step, to, to_row, to_step;
};

/// Elements that a row of n takes: whole registers.
std::uint32_t padded(std::int64_t n);

/// Carries out steps on `numbers`.
void run_small(std::span<const SmallStep> steps, std::span<const Move> moves, double* numbers);

/// y[i, j, k] = a[i, k]
void spread(const double* a, double* y, const std::uint32_t (&n)[3]);

}  // namespace wengert::program
