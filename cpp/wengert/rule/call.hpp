// Structural primitives seen from outside: one record each, wholly derived from the structs in structural/.
#pragma once
#include <span>
#include <string_view>

#include "wengert/base/value.hpp"

namespace wengert {

/// What a structural primitive is told beside its operands: axes, shapes, steps; all integers, so that it can be hashed and saved.
using Attributes = std::span<const std::int64_t>;

/// What an array looks like, its elements apart.
struct Type {
  Dtype dtype;
  Shape shape;
  bool operator==(const Type&) const = default;
};

enum class Kind : std::uint8_t {
  linear,    // in all operands that carry a derivative together: its tangent is itself
  bilinear,  // in each operand alone: its tangent is the sum over the operands
  general,   // states its tangent
  none       // carries no derivative
};
constexpr std::string_view text(Kind kind) {
  constexpr std::string_view names[] = {"linear", "bilinear", "general", "none"};
  return names[static_cast<int>(kind)];
}

/// Index of a structural primitive in structural/list.hpp.
enum class CallId : std::uint16_t {};

namespace rule {

struct Structural {
  std::string_view name, doc;
  Kind kind;
  bool may_refuse;  // for some values: it is carried out, even where nobody needs the result
  unsigned inert;   // operands that carry no derivative: bit k, operand k (indices, conditions)
  Value (*value)(std::span<const Value> in, Attributes at);
  /// The type of the value, from those of the operands. Throws where the primitive has no meaning for them: what it lets
  /// pass can be run, whatever the elements are.
  Type (*result)(std::span<const Type> in, Attributes at);
  /// Where the first attribute is the number of a thing that has a name: all names. Else nothing.
  std::span<const std::string_view> names;
  /// Puts the adjoint of operand k straight into a row-major `xbar` (adds it, or writes all of it), where a primitive can
  /// do so without an array in between. False: not for operands like these, and xbar is as it was. Null: never.
  bool (*contribute)(int k, std::span<const Value> in, const Value& ybar, Attributes at, const Storage& xbar, bool add);
};

}  // namespace rule
}  // namespace wengert
