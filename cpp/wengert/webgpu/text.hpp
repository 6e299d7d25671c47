// A number-like type that rules run on: it writes down what they do, as WGSL.
#pragma once
#include <string>
#include <string_view>

#include "wengert/rule/rules.hpp"

namespace wengert::webgpu {

std::string joined(const std::string_view* parts, std::size_t count);
/// Pieces of text, one behind the other: in a part of the code that operators make of it.
template <class... Part>
[[gnu::always_inline]] inline std::string cat(const Part&... parts) {
  const std::string_view all[] = {parts...};
  return joined(all, sizeof...(parts));
}

/// What elements are in a kernel. Truth values lie in buffers as 0 or 1; whole numbers have 32 bits.
enum class Scalar : std::uint8_t { real, whole, truth };

/// An expression in which operands, numbers and the type of functions are left open: `filled` fills them in.
struct Text {
  std::string code;

  Text(double number);
  explicit Text(std::string text, int) : code(std::move(text)) {}
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

// The vocabulary: functions of the prelude, and formulas in formulas.
#define WG_ONE(NAME, ...) Text NAME(const Text& x);
#define WG_TWO(NAME, ...) Text NAME(const Text& a, const Text& b);
WG_ONE(length_beside_one)
WG_ONE(has_infinity)
#define WG_FUNCTION(NAME, ...) WG_ONE(NAME)
#define WG_UNARY(NAME, ...) WG_ONE(NAME)
#define WG_FUNCTION2(NAME, ...) WG_TWO(NAME)
#define WG_BINARY(NAME, ...) WG_TWO(NAME)
#include "wengert/rule/ops.def"
#undef WG_ONE
#undef WG_TWO

std::string_view name_of(Op op);
/// Is its answer a truth value, whatever it is asked of?
bool asks(Op op);
/// The value of a primitive of real or whole numbers.
std::string formula(Op op, Scalar of, std::string_view a, std::string_view b);
/// A number of that type; what is not finite is made at run time, for WGSL has no such constants.
std::string literal(double number, Scalar of);

}  // namespace wengert::webgpu
