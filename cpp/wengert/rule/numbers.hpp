// Number-like types that a rule can run on beside numbers. Each answers one question about the rule.
#pragma once
#include <limits>
#include <optional>

namespace wengert::rule {

inline constexpr double infinity = std::numeric_limits<double>::infinity();
/// The partial by an operand that a function cannot be differentiated by.
inline constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// Running a rule on Reads tells which operands it reads (bit k: operand k; bit 2: the value), or the constant it is.
struct Reads {
  unsigned bits = 0;
  std::optional<double> constant;

  constexpr Reads(double c) : constant(c) {}
  static constexpr Reads of(unsigned bits) {
    Reads r;
    r.bits = bits;
    return r;
  }
  static constexpr Reads operand(unsigned k) { return of(1u << k); }

 private:
  // Not a constant that is taken back: Clang 14 sees no constant expression in what is left of it.
  constexpr Reads() = default;
};
constexpr Reads mixed(const Reads& a, const Reads& b) { return Reads::of(a.bits | b.bits); }
constexpr Reads operator-(const Reads& a) { return a.constant ? Reads(-*a.constant) : a; }

/// Running a rule on Flops counts its work: 1 an operator, 20 a named function.
struct Flops {
  double count = 0;

  constexpr Flops(double) {}
  static constexpr Flops of(double n) {
    Flops f(0.0);
    f.count = n;
    return f;
  }
};
constexpr Flops operator-(const Flops& a) { return Flops::of(a.count + 1); }

#define WG_OPERATOR(op)                                                               \
  constexpr Reads operator op(const Reads& a, const Reads& b) { return mixed(a, b); } \
  constexpr Flops operator op(const Flops& a, const Flops& b) { return Flops::of(a.count + b.count + 1); }
WG_OPERATOR(+)
WG_OPERATOR(-)
WG_OPERATOR(*)
WG_OPERATOR(/)
WG_OPERATOR(<)
WG_OPERATOR(<=)
WG_OPERATOR(>)
WG_OPERATOR(>=)
WG_OPERATOR(==)
WG_OPERATOR(!=)
WG_OPERATOR(&&)
WG_OPERATOR(||)
#undef WG_OPERATOR

constexpr double select(bool c, double a, double b) { return c ? a : b; }
constexpr Reads select(const Reads& c, const Reads& a, const Reads& b) { return mixed(c, mixed(a, b)); }
constexpr Flops select(const Flops& c, const Flops& a, const Flops& b) {
  return Flops::of(c.count + a.count + b.count + 1);
}

// The vocabulary: every primitive's name is a function of each number-like type.
#define WG_ONE(NAME, ...)                            \
  constexpr Reads NAME(const Reads& x) { return x; } \
  constexpr Flops NAME(const Flops& x) { return Flops::of(x.count + 20); }
#define WG_TWO(NAME, ...)                                                      \
  constexpr Reads NAME(const Reads& a, const Reads& b) { return mixed(a, b); } \
  constexpr Flops NAME(const Flops& a, const Flops& b) { return Flops::of(a.count + b.count + 20); }
WG_ONE(length_beside_one)  // of the point (x, 1), continued to complex numbers
WG_ONE(has_infinity)       // in one of its parts
#define WG_FUNCTION(NAME, ...) WG_ONE(NAME)
#define WG_UNARY(NAME, ...) WG_ONE(NAME)
#define WG_FUNCTION2(NAME, ...) WG_TWO(NAME)
#define WG_BINARY(NAME, ...) WG_TWO(NAME)
#include "wengert/rule/ops.def"
#undef WG_ONE
#undef WG_TWO

}  // namespace wengert::rule
