#include "wengert/webgpu/text.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace wengert::webgpu {
namespace {

// What is left open in a text: the operands, the letters of a type, a number between two marks.
constexpr char operand_a = 1, operand_b = 2, suffix = 3, number_from = 4, number_to = 5;

Text between(const Text& a, const char* sign, const Text& b) { return Text("(" + a.code + sign + b.code + ")", 0); }

struct Entry {
  std::string_view name;
  bool asks;
  std::string formula;
};
std::array<Entry, static_cast<std::size_t>(Op::count)> make() {
  std::array<Entry, static_cast<std::size_t>(Op::count)> all;
  const Text a(std::string(1, operand_a), 0), b(std::string(1, operand_b), 0);
  rule::each_rule([&]<class R>() {
    all[static_cast<std::size_t>(R::op)] = {R::name, R::types == rule::compare, R::value(a, b).code};
  });
  return all;
}
const Entry& entry(Op op) {
  static const auto table = make();
  return table[static_cast<std::size_t>(op)];
}

}  // namespace

std::string joined(const std::string_view* parts, std::size_t count) {
  std::string all;
  for (std::size_t k = 0; k < count; ++k) all += parts[k];
  return all;
}

Text::Text(double number) {
  char digits[40];
  std::snprintf(digits, sizeof digits, "%.17g", number);
  code = std::string(1, number_from) + digits + number_to;
}
Text operator-(const Text& a) { return called("minus", a); }
Text operator+(const Text& a, const Text& b) { return between(a, " + ", b); }
// What differs from itself is found by its bits: compilers may think that there are no NaNs.
Text operator-(const Text& a, const Text& b) {
  return a.code == b.code ? called("self_difference", a) : between(a, " - ", b);
}
Text operator*(const Text& a, const Text& b) { return between(a, " * ", b); }
Text operator/(const Text& a, const Text& b) { return between(a, " / ", b); }
Text operator<(const Text& a, const Text& b) { return between(a, " < ", b); }
Text operator<=(const Text& a, const Text& b) { return between(a, " <= ", b); }
Text operator>(const Text& a, const Text& b) { return between(a, " > ", b); }
Text operator>=(const Text& a, const Text& b) { return between(a, " >= ", b); }
Text operator==(const Text& a, const Text& b) {
  return a.code == b.code ? called("is_number", a) : between(a, " == ", b);
}
// Of two numbers one of which is a NaN, compilers of shaders have been seen to find that they are not unequal.
Text operator!=(const Text& a, const Text& b) {
  return a.code == b.code ? called("is_nan", a) : Text(cat("(!", (a == b).code, ")"), 0);
}
Text operator&&(const Text& a, const Text& b) { return between(a, " & ", b); }
Text operator||(const Text& a, const Text& b) { return between(a, " | ", b); }
Text select(const Text& c, const Text& a, const Text& b) {
  return Text("select(" + b.code + ", " + a.code + ", " + c.code + ")", 0);
}
Text called(const char* name, const Text& a) { return Text(std::string("w_") + name + suffix + "(" + a.code + ")", 0); }
Text called(const char* name, const Text& a, const Text& b) {
  return Text(std::string("w_") + name + suffix + "(" + a.code + ", " + b.code + ")", 0);
}

#define WG_ONE(NAME, VALUE) \
  Text NAME(const Text& x) { return VALUE; }
#define WG_TWO(NAME, VALUE) \
  Text NAME(const Text& a, const Text& b) { return VALUE; }
WG_ONE(length_beside_one, called("length_beside_one", x))
WG_ONE(has_infinity, called("has_infinity", x))
#define WG_FUNCTION(NAME, ...) WG_ONE(NAME, called(#NAME, x))
#define WG_FUNCTION2(NAME, ...) WG_TWO(NAME, called(#NAME, a, b))
#define WG_UNARY(NAME, ...) WG_ONE(NAME, rule::NAME##_rule::value(x, x))
#define WG_BINARY(NAME, ...) WG_TWO(NAME, rule::NAME##_rule::value(a, b))
#include "wengert/rule/ops.def"
#undef WG_ONE
#undef WG_TWO

std::string literal(double number, Scalar of) {
  char digits[48];
  if (of == Scalar::truth) return number != 0 ? "B(true)" : "B(false)";
  if (of == Scalar::whole) {
    const auto bits = static_cast<std::uint32_t>(static_cast<std::int32_t>(number));
    std::snprintf(digits, sizeof digits, "I(bitcast<i32>(%uu))", bits);
    return digits;
  }
  const auto x = static_cast<float>(number);
  if (x != x) return "F(w_nan())";
  if (std::isinf(x)) return x > 0 ? "F(w_infinity())" : "F(-w_infinity())";
  // Exact: Chrome refuses decimal digits that are a hair above the largest number.
  const float size = std::abs(x);
  std::snprintf(digits, sizeof digits, size > 1e37f || (size < 1e-30f && size > 0) ? "F(%af)" : "F(%.9gf)",
                static_cast<double>(x));
  return digits;
}

std::string_view name_of(Op op) { return entry(op).name; }
bool asks(Op op) { return entry(op).asks; }

std::string formula(Op op, Scalar of, std::string_view a, std::string_view b) {
  std::string all;
  const std::string& text = entry(op).formula;
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case operand_a: all += a; break;
      case operand_b: all += b; break;
      case suffix: all += of == Scalar::whole ? "_i" : ""; break;
      case number_from: {
        const std::size_t end = text.find(number_to, i);
        all += literal(std::stod(text.substr(i + 1, end - i - 1)), of);
        i = end;
        break;
      }
      default: all += text[i];
    }
  }
  return all;
}

}  // namespace wengert::webgpu
