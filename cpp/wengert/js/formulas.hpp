// The rule table as JavaScript that reads as mathematics.
#pragma once
#include <string>

namespace wengert::js {

/// The elementwise primitives as JSON: {name: {value, partials, masks}}, expressions in the operands a, b and the value y.
/// A partial that there is none of is null; a zero of those in `masks` lets nothing pass.
std::string formulas_json();

}  // namespace wengert::js
