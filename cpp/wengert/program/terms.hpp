// The words that programs are spoken of in, for those who do not look inside.
#pragma once
#include <cstdint>

#include "wengert/base/error.hpp"

namespace wengert {

/// What leads to what, for a program x -> y.
enum class Derivative : std::uint8_t {
  gradient,  // x -> (y, xbar), where y is one real number
  tangent,   // (x, dx) -> (y, dy)
  adjoint    // (x, ybar) -> (y, xbar)
};

/// A function was told something of its values when it was recorded (which way to go), and would be told something else now.
struct GuardError : Error {
  using Error::Error;
};

}  // namespace wengert
