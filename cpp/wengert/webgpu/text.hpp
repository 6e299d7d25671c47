// The rule table as WGSL.
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

std::string_view name_of(Op op);
/// Is its answer a truth value, whatever it is asked of?
bool asks(Op op);
/// The value of a primitive of real or whole numbers.
std::string formula(Op op, Scalar of, std::string_view a, std::string_view b);
/// A number of that type; what is not finite is made at run time, for WGSL has no such constants.
std::string literal(double number, Scalar of);

}  // namespace wengert::webgpu
