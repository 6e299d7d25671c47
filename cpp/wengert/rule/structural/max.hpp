#pragma once
#include "wengert/rule/structural/extremum.hpp"

namespace wengert::structural {

/// Largest element along axes.
struct max : extremum {
  static constexpr std::string_view name = "max",
                                    doc = "Largest element along axes; the slope is shared among equal ones.";
  static Value value(In in, Attributes at);
  static Type result(Given in, Attributes at) { return reduced_type(in, at, itself); }
};

}  // namespace wengert::structural
