// A number-like type that rules run on: it notes what they do, to be written as JavaScript that reads as mathematics.
#pragma once
#include <string>

#include "wengert/rule/rules.hpp"

namespace wengert::js {

/// How tightly what stands outermost binds.
enum class Binding : std::uint8_t { choice, either, both, equality, order, sum, product, sign, whole };

/// An expression: its place in a list of them. Hundreds of formulas are compiled on this type, and one place is little code.
struct Text {
  std::uint32_t place;

  Text(double number);
  constexpr Text(std::uint32_t at, int) : place(at) {}
};
Text letter(const char* name);
Text made(Binding how, const char* word, Text a);
Text made(Binding how, const char* word, Text a, Text b);
Text select(Text c, Text a, Text b);

inline Text operator-(Text a) { return made(Binding::sign, "-", a); }
#define WG_OPERATOR(SIGN, BINDING) \
  inline Text operator SIGN(Text a, Text b) { return made(Binding::BINDING, #SIGN, a, b); }
WG_OPERATOR(+, sum)
WG_OPERATOR(-, sum)
WG_OPERATOR(*, product)
WG_OPERATOR(/, product)
WG_OPERATOR(<, order)
WG_OPERATOR(<=, order)
WG_OPERATOR(>, order)
WG_OPERATOR(>=, order)
WG_OPERATOR(==, equality)
WG_OPERATOR(!=, equality)
WG_OPERATOR(&&, both)
WG_OPERATOR(||, either)
#undef WG_OPERATOR

// The vocabulary: a primitive that is a formula is called by its name too, for whoever reads it.
#define WG_ONE(NAME, ...) \
  inline Text NAME(Text x) { return made(Binding::whole, #NAME, x); }
#define WG_TWO(NAME, ...) \
  inline Text NAME(Text a, Text b) { return made(Binding::whole, #NAME, a, b); }
WG_ONE(length_beside_one)
WG_ONE(has_infinity)
#define WG_FUNCTION(NAME, ...) WG_ONE(NAME)
#define WG_UNARY(NAME, ...) WG_ONE(NAME)
#define WG_FUNCTION2(NAME, ...) WG_TWO(NAME)
#define WG_BINARY(NAME, ...) WG_TWO(NAME)
#include "wengert/rule/ops.def"
#undef WG_ONE
#undef WG_TWO

/// The elementwise primitives as JSON: {name: {value, partials, masks}}, expressions in the operands a, b and the value y.
/// A partial that there is none of is null; a zero of those in `masks` lets nothing pass.
std::string formulas_json();

}  // namespace wengert::js
