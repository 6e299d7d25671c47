#include "wengert/webgpu/text.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include "wengert/notation/expression.hpp"

namespace wengert::webgpu {
namespace {

// What is left open in a text: the operands, the letters of a type, a number between two marks.
constexpr char operand_a = 1, operand_b = 2, suffix = 3, number_from = 4, number_to = 5;

using notation::Binding;
using notation::Noted;

/// A noted expression as WGSL, with these for the letters a and b.
class Writer {
 public:
  Writer(std::string a, std::string b) : a_(std::move(a)), b_(std::move(b)) {}

  std::string operator()(std::uint32_t place) const {
    const Noted& e = notation::formulas().list[place];
    if (!e.word) return number(e.number);
    if (e.operands == 0) return *e.word == 'a' ? a_ : b_;
    if (e.binding == Binding::choice) {
      return cat("select(", (*this)(e.in[2]), ", ", (*this)(e.in[1]), ", ", (*this)(e.in[0]), ")");
    }
    if (e.binding == Binding::sign) return called("minus", e);
    return e.binding == Binding::whole ? function(e) : between(e);
  }

 private:
  static std::string number(double x) {
    char digits[40];
    std::snprintf(digits, sizeof digits, "%.17g", x);
    return std::string(1, number_from) + digits + number_to;
  }
  std::string called(std::string_view name, const Noted& e) const {
    const char mark = suffix;
    const std::string first = cat("w_", name, std::string_view(&mark, 1), "(", (*this)(e.in[0]));
    return e.operands == 2 ? cat(first, ", ", (*this)(e.in[1]), ")") : first + ")";
  }
  /// A function of the prelude; a formula in a formula is written out.
  std::string function(const Noted& e) const {
    const auto& all = notation::formulas();
    const auto* f = all.find(e.word);
    if (!f || !f->stated(all.list)) return called(e.word, e);
    return Writer((*this)(e.in[0]), (*this)(e.in[f->arity - 1]))(f->value);
  }
  /// What is compared with or differs from itself is found by its bits: compilers may think that there are no NaNs. Of two
  /// numbers one of which is a NaN, compilers of shaders have been seen to find that they are not unequal.
  std::string between(const Noted& e) const {
    const std::string_view sign = e.word;
    if (e.in[0] == e.in[1]) {
      const Noted self{Binding::whole, 1, "", {e.in[0]}, 0};
      if (sign == "-") return called("self_difference", self);
      if (sign == "==") return called("is_number", self);
      if (sign == "!=") return called("is_nan", self);
    }
    const std::string left = (*this)(e.in[0]), right = (*this)(e.in[1]);
    if (sign == "!=") return cat("(!(", left, " == ", right, "))");
    return cat("(", left, " ", e.binding > Binding::both ? sign : sign.substr(1), " ", right, ")");
  }

  std::string a_, b_;
};

struct Entry {
  std::string_view name;
  bool asks;
  std::string formula;
};
std::array<Entry, static_cast<std::size_t>(Op::count)> make() {
  std::array<Entry, static_cast<std::size_t>(Op::count)> all;
  const Writer written(std::string(1, operand_a), std::string(1, operand_b));
  std::size_t op = 0;
  for (const auto& f : notation::formulas().of) all[op++] = {f.name, f.asks, written(f.value)};
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
