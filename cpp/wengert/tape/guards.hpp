// What a recorded value told the program that records: a branch it took, a number it read. Where the recording becomes a
// program that runs again, each is a guard.
#pragma once
#include "wengert/tape/var.hpp"

namespace wengert {

/// Notes that the program was told this about x, where x belongs to a recording of everything; else nothing.
void leave_guard(const Var& x, Guard::Kind kind);

/// What a guard of this kind compares: truth as 0 or 1, a whole number as the float64 it is, or the elements themselves.
Value guarded_outcome(Guard::Kind kind, const Value& x);
/// Do they agree, bit for bit? A NaN agrees with itself. `then` is row-major.
bool same_outcome(const Value& now, const Value& then);

/// x without its derivative. In a recording of everything it stays on the record, so that a program computes it again.
Var detached(const Var& x);

}  // namespace wengert
