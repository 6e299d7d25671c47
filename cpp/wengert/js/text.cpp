#include "wengert/js/text.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace wengert::js {
namespace {

std::string within(const Text& x, Binding least) { return x.binding < least ? "(" + x.code + ")" : x.code; }
/// What stands on the right binds tighter: sums of numbers depend on their order.
Text between(const Text& a, const char* sign, const Text& b, Binding how) {
  const auto tighter = static_cast<Binding>(static_cast<int>(how) + 1);
  return {within(a, how) + sign + within(b, tighter), how};
}

/// The fewest digits that are this number.
std::string shortest(double number) {
  char digits[40];
  for (int count = 15; count <= 17; ++count) {
    std::snprintf(digits, sizeof digits, "%.*g", count, number);
    if (std::strtod(digits, nullptr) == number) break;
  }
  return digits;
}

std::string quoted(const Text& x) { return x.code.empty() ? "null" : "\"" + x.code + "\""; }

}  // namespace

Text::Text(double number) : binding(std::signbit(number) ? Binding::sign : Binding::whole) {
  if (std::isinf(number)) code = number > 0 ? "Infinity" : "-Infinity";
  else if (number == number) code = shortest(number);
}
Text operator-(const Text& a) { return {"-" + within(a, Binding::whole), Binding::sign}; }
Text operator+(const Text& a, const Text& b) { return between(a, " + ", b, Binding::sum); }
Text operator-(const Text& a, const Text& b) { return between(a, " - ", b, Binding::sum); }
Text operator*(const Text& a, const Text& b) { return between(a, " * ", b, Binding::product); }
Text operator/(const Text& a, const Text& b) { return between(a, " / ", b, Binding::product); }
Text operator<(const Text& a, const Text& b) { return between(a, " < ", b, Binding::order); }
Text operator<=(const Text& a, const Text& b) { return between(a, " <= ", b, Binding::order); }
Text operator>(const Text& a, const Text& b) { return between(a, " > ", b, Binding::order); }
Text operator>=(const Text& a, const Text& b) { return between(a, " >= ", b, Binding::order); }
Text operator==(const Text& a, const Text& b) { return between(a, " == ", b, Binding::equality); }
Text operator!=(const Text& a, const Text& b) { return between(a, " != ", b, Binding::equality); }
Text operator&&(const Text& a, const Text& b) { return between(a, " && ", b, Binding::both); }
Text operator||(const Text& a, const Text& b) { return between(a, " || ", b, Binding::either); }
Text select(const Text& c, const Text& a, const Text& b) {
  return {within(c, Binding::either) + " ? " + within(a, Binding::either) + " : " + b.code, Binding::choice};
}
Text called(const char* name, const Text& a) { return {std::string(name) + "(" + a.code + ")", Binding::whole}; }
Text called(const char* name, const Text& a, const Text& b) {
  return {std::string(name) + "(" + a.code + ", " + b.code + ")", Binding::whole};
}

std::string formulas_json() {
  std::string all;
  const Text a("a", Binding::whole), b("b", Binding::whole), y("y", Binding::whole);
  rule::each_rule([&]<class R>() {
    all += (all.empty() ? "{\"" : ",\"") + std::string(R::name) + "\":{\"value\":" + quoted(R::value(a, b)) +
           ",\"partials\":[" + quoted(Text(R::template partial<0>(a, b, y)));
    if constexpr (R::arity == 2) all += "," + quoted(Text(R::template partial<1>(a, b, y)));
    all += std::string("],\"masks\":[") + (rule::masks(R::op, 0) ? "0" : "") +
           (rule::masks(R::op, 0) && rule::masks(R::op, 1) ? "," : "") + (rule::masks(R::op, 1) ? "1" : "") + "]}";
  });
  return all + "}";
}

}  // namespace wengert::js
