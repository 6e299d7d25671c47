#include "wengert/js/formulas.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "wengert/notation/expression.hpp"

namespace wengert::js {
namespace {

using notation::Binding;
using notation::Formula;
using notation::Noted;

/// The fewest digits that are this number; none for no number.
std::string digits(double number) {
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  char all[40] = "";
  for (int count = 15; count <= 17 && number == number; ++count) {
    std::snprintf(all, sizeof all, "%.*g", count, number);
    if (std::strtod(all, nullptr) == number) break;
  }
  return all;
}

std::string written(std::uint32_t x);
std::string within(std::uint32_t x, Binding least) {
  return notation::formulas().list[x].binding < least ? "(" + written(x) + ")" : written(x);
}
Binding tighter(Binding how) { return static_cast<Binding>(static_cast<int>(how) + 1); }

std::string written(std::uint32_t x) {
  const Noted& e = notation::formulas().list[x];
  if (!e.word) return digits(e.number);
  if (e.binding == Binding::choice) {
    return within(e.in[0], Binding::either) + " ? " + within(e.in[1], Binding::either) + " : " + written(e.in[2]);
  }
  if (e.binding == Binding::sign) return e.word + within(e.in[0], Binding::whole);
  if (e.binding != Binding::whole) {  // what stands on the right binds tighter: sums of numbers depend on their order
    return within(e.in[0], e.binding) + " " + e.word + " " + within(e.in[1], tighter(e.binding));
  }
  if (e.operands == 0) return e.word;
  return std::string(e.word) + "(" + written(e.in[0]) + (e.operands == 2 ? ", " + written(e.in[1]) : "") + ")";
}

/// JavaScript's signs know no complex numbers: where a sign stands a function is called.
const char* function_of(const Noted& e) {
  constexpr const char* names[][2] = {{"+", "add"},         {"-", "subtract"},       {"*", "multiply"},
                                      {"/", "divide"},      {"<", "less"},           {">", "greater"},
                                      {"<=", "less_equal"}, {"==", "equal"},         {"!=", "not_equal"},
                                      {"&&", "both"},       {">=", "greater_equal"}, {"||", "either"}};
  if (e.binding == Binding::sign) return "negative";
  for (const auto& [sign, name] : names) {
    if (e.word == std::string_view(sign)) return name;
  }
  return e.word;
}

/// The same formula of complex numbers.
std::string called(std::uint32_t x) {
  const Noted& e = notation::formulas().list[x];
  if (!e.word) return digits(e.number);
  if (e.binding == Binding::choice)
    return "(" + called(e.in[0]) + " ? " + called(e.in[1]) + " : " + called(e.in[2]) + ")";
  if (e.operands == 0) return e.word;
  return "c_" + std::string(function_of(e)) + "(" + called(e.in[0]) + (e.operands == 2 ? ", " + called(e.in[1]) : "") +
         ")";
}

std::string quoted(const std::string& all) { return all.empty() ? "null" : "\"" + all + "\""; }

/// Value and partials as one of these ways of writing has them.
std::string value_and_partials(const Formula& f, std::string (*way)(std::uint32_t)) {
  std::string all = "\"value\":" + quoted(way(f.value)) + ",\"partials\":[" + quoted(way(f.partials[0]));
  if (f.arity == 2) all += "," + quoted(way(f.partials[1]));
  return all + "]";
}

std::string described(const Formula& f) {
  const char* const masks[] = {"", "0", "1", "0,1"};
  return "\"" + std::string(f.name) + "\":{" + value_and_partials(f, written) +
         ",\"complex\":" + (f.complex ? "{" + value_and_partials(f, called) + "}" : "null") + ",\"masks\":[" +
         masks[f.masks[0] + 2 * f.masks[1]] + "]}";
}

}  // namespace

std::string formulas_json() {
  std::string all;
  for (const Formula& f : notation::formulas().of) all += (all.empty() ? "{" : ",") + described(f);
  return all + "}";
}

}  // namespace wengert::js
