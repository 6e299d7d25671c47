// A number-like type that rules run on: it writes down what they do, as JavaScript that reads as mathematics.
#pragma once
#include <string>

#include "wengert/rule/rules.hpp"

namespace wengert::js {

/// How tightly what stands outermost binds.
enum class Binding : std::uint8_t { choice, either, both, equality, order, sum, product, sign, whole };

struct Text {
  std::string code;
  Binding binding;

  Text(double number);
  Text(std::string text, Binding how) : code(std::move(text)), binding(how) {}
};
Text operator-(const Text& a);
Text operator+(const Text& a, const Text& b);
Text operator-(const Text& a, const Text& b);
Text operator*(const Text& a, const Text& b);
Text operator/(const Text& a, const Text& b);
Text operator<(const Text& a, const Text& b);
Text operator<=(const Text& a, const Text& b);
Text operator>(const Text& a, const Text& b);
Text operator>=(const Text& a, const Text& b);
Text operator==(const Text& a, const Text& b);
Text operator!=(const Text& a, const Text& b);
Text operator&&(const Text& a, const Text& b);
Text operator||(const Text& a, const Text& b);
Text select(const Text& c, const Text& a, const Text& b);
Text called(const char* name, const Text& a);
Text called(const char* name, const Text& a, const Text& b);

// The vocabulary: a primitive that is a formula is called by its name too, for whoever reads it.
#define WG_ONE(NAME, ...) \
  inline Text NAME(const Text& x) { return called(#NAME, x); }
#define WG_TWO(NAME, ...) \
  inline Text NAME(const Text& a, const Text& b) { return called(#NAME, a, b); }
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
