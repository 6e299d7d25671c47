#pragma once
#include "wengert/rule/structural/operation.hpp"

namespace wengert::structural {

/// Positions that put an axis in ascending order; equal elements keep theirs.
struct argsort {
  static constexpr std::string_view name = "argsort",
                                    doc = "Positions that put an axis in ascending order; equal elements keep theirs.";
  static constexpr Kind kind = Kind::none;
  static constexpr unsigned inert = 1;
  static Value value(In in, Attributes at);
};

}  // namespace wengert::structural
