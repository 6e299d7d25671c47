// Derivatives of programs, which are programs: the program runs on variables, a sweep over that records itself, and what it
// recorded is built. The rules are those of the tape.
#pragma once
#include <string_view>

#include "wengert/program/program.hpp"
#include "wengert/program/terms.hpp"

namespace wengert::program {

std::string_view name(Derivative kind);

/// at      : values of the inputs, at which the guards of p have to hold; they become guards of the derivative
/// returns : there is a derivative for every input and result; zeros for those that have none
/// raises  : GuardError; ShapeError where a gradient is wanted and the result is no real number; TapeError where p holds
///           functions with rules of their own
/// cost    : one run, and as much again a few times
/// source  : Griewank & Walther, Evaluating Derivatives (2008), ch. 3 and 4
Built derived(const Program& p, Derivative kind, std::span<const Value> at);

}  // namespace wengert::program
