// A number-like type that rules run on: it notes what they do, to be written down in one language or another.
#pragma once
#include <vector>

#include "wengert/rule/rules.hpp"

namespace wengert::notation {

/// How tightly what stands outermost binds, in the way of C and its descendants.
enum class Binding : std::uint8_t { choice, either, both, equality, order, sum, product, sign, whole };

/// An expression: its place in a list of them. Hundreds of formulas are compiled on this type, and a place is little code.
struct Expression {
  std::uint32_t place;

  Expression(double number);
  constexpr Expression(std::uint32_t at, int) : place(at) {}
};
Expression letter(const char* name);
Expression made(Binding how, const char* word, Expression a);
Expression made(Binding how, const char* word, Expression a, Expression b);
Expression select(Expression c, Expression a, Expression b);

inline Expression operator-(Expression a) { return made(Binding::sign, "-", a); }
#define WG_OPERATOR(SIGN, BINDING) \
  inline Expression operator SIGN(Expression a, Expression b) { return made(Binding::BINDING, #SIGN, a, b); }
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

// The vocabulary: a primitive that is a formula is called by its name too.
#define WG_ONE(NAME, ...) \
  inline Expression NAME(Expression x) { return made(Binding::whole, #NAME, x); }
#define WG_TWO(NAME, ...) \
  inline Expression NAME(Expression a, Expression b) { return made(Binding::whole, #NAME, a, b); }
WG_ONE(length_beside_one)
WG_ONE(has_infinity)
#define WG_FUNCTION(NAME, ...) WG_ONE(NAME)
#define WG_UNARY(NAME, ...) WG_ONE(NAME)
#define WG_FUNCTION2(NAME, ...) WG_TWO(NAME)
#define WG_BINARY(NAME, ...) WG_TWO(NAME)
#include "wengert/rule/ops.def"
#undef WG_ONE
#undef WG_TWO

/// What was noted.
struct Noted {
  Binding binding;
  std::uint8_t operands;
  const char* word;  // a sign, a name, "?" of a choice; null: a number
  std::uint32_t in[3];
  double number;
};
/// A primitive's formulas in the letters a and b, its operands, and y, its value: places in the list.
struct Formula {
  std::string_view name;
  bool asks;     // its answer is a truth value, whatever it is asked of
  bool complex;  // of complex numbers too
  int arity;
  std::uint32_t value, partials[2];
  bool masks[2];

  /// Is its value stated in terms of others? Else it is the call of a function of its name.
  bool stated(const std::vector<Noted>& list) const {
    return list[value].binding != Binding::whole || list[value].word != name;
  }
};
struct Formulas {
  std::vector<Noted> list;
  std::vector<Formula> of;  // by Op

  /// The primitive of that name, or null.
  const Formula* find(std::string_view name) const;
};
/// The whole rule table, noted when it is first asked for.
const Formulas& formulas();

}  // namespace wengert::notation
