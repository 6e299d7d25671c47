#include "wengert/js/text.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace wengert::js {
namespace {

struct Expression {
  Binding binding;
  const char* word;  // sign, name; null: a number
  int operands;
  Text in[3];
  double number;
};
/// What was noted on this thread since `formulas_json` was called.
thread_local std::vector<Expression> list;

Text noted(const Expression& e) {
  list.push_back(e);
  return {static_cast<std::uint32_t>(list.size() - 1), 0};
}
constexpr Text nothing{0, 0};

/// The fewest digits that are this number; none for no number.
std::string digits(double number) {
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  char text[40] = "";
  for (int count = 15; count <= 17 && number == number; ++count) {
    std::snprintf(text, sizeof text, "%.*g", count, number);
    if (std::strtod(text, nullptr) == number) break;
  }
  return text;
}

std::string written(Text x);
std::string within(Text x, Binding least) {
  return list[x.place].binding < least ? "(" + written(x) + ")" : written(x);
}
Binding tighter(Binding how) { return static_cast<Binding>(static_cast<int>(how) + 1); }

std::string written(Text x) {
  const Expression& e = list[x.place];
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

std::string quoted(Text x) {
  const std::string text = written(x);
  return text.empty() ? "null" : "\"" + text + "\"";
}

struct Formulas {
  std::string_view name;
  Text value, a, b;
  bool two, masks_a, masks_b;
};

std::string described(const Formulas& f) {
  std::string text = "\"" + std::string(f.name) + "\":{\"value\":" + quoted(f.value) + ",\"partials\":[" + quoted(f.a);
  if (f.two) text += "," + quoted(f.b);
  const char* const masks[] = {"", "0", "1", "0,1"};
  return text + "],\"masks\":[" + masks[f.masks_a + 2 * f.masks_b] + "]}";
}

}  // namespace

Text::Text(double number)
    : Text(noted(
          {std::signbit(number) ? Binding::sign : Binding::whole, nullptr, 0, {nothing, nothing, nothing}, number})) {}
Text letter(const char* name) { return noted({Binding::whole, name, 0, {nothing, nothing, nothing}, 0}); }
Text made(Binding how, const char* word, Text a) { return noted({how, word, 1, {a, nothing, nothing}, 0}); }
Text made(Binding how, const char* word, Text a, Text b) { return noted({how, word, 2, {a, b, nothing}, 0}); }
Text select(Text c, Text a, Text b) { return noted({Binding::choice, "?", 3, {c, a, b}, 0}); }

std::string formulas_json() {
  list.clear();
  std::vector<Formulas> all;
  const Text a = letter("a"), b = letter("b"), y = letter("y");
  rule::each_rule([&]<class R>() {
    constexpr bool two = R::arity == 2;
    Text by_b = nothing;
    if constexpr (two) by_b = R::template partial<1>(a, b, y);
    all.push_back({R::name, R::value(a, b), R::template partial<0>(a, b, y), by_b, two, rule::masks(R::op, 0),
                   two && rule::masks(R::op, 1)});
  });
  std::string text;
  for (const Formulas& f : all) text += (text.empty() ? "{" : ",") + described(f);
  return text + "}";
}

}  // namespace wengert::js
