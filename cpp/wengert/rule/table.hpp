// The run-time table: one record a primitive, wholly derived from ops.def.
#pragma once
#include <array>

#include "wengert/base/dtype.hpp"
#include "wengert/rule/rules.hpp"

namespace wengert::rule {

inline constexpr std::size_t op_count = static_cast<std::size_t>(Op::count);

/// The operands that a partial derivative reads; pointers it does not read may be null.
struct Reading {
  const void *a, *b, *y;
};
using ValueLoop = void (*)(const void* a, const void* b, void* y, std::int64_t n);
using PartialLoop = void (*)(const Reading& r, const void* seed, void* out, std::int64_t n);

/// Where Primitive has the loops for derivatives of that type, a carrier.
constexpr std::size_t partial_column(Dtype d) { return d == Dtype::float32 ? 0 : d == Dtype::float64 ? 1 : 2; }

/// One operand's share of a primitive's derivative.
struct Partial {
  bool constant;   // the same number everywhere,
  double number;   // this one
  unsigned reads;  // else it reads these: bit 0 a, bit 1 b, bit 2 y
  double flops;    // an element

  /// Is the operand one that must not be recorded?
  bool refused() const { return number != number; }
};

struct Primitive {
  std::string_view name, doc;
  Op op;
  int arity;
  bool internal;  // without a public name: for rules and sweeps
  Types types;
  Domain domain;
  double flops;
  Partial partials[2];
  ValueLoop value[dtype_count];                      // of carriers; null where the type is not taken
  PartialLoop partial[2][3][2];                      // operand, partial_column, set or add
  double (*number)(double a, double b);              // value of one float64
  double (*slope[2])(double a, double b, double y);  // partial of one float64

  bool differentiable() const { return types != compare; }
};
using Table = std::array<Primitive, op_count>;

const Table& table();
inline const Primitive& primitive(Op op) { return table()[static_cast<std::size_t>(op)]; }

}  // namespace wengert::rule
