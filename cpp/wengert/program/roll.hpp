// Loops that were written out: a body of steps that comes again and again, its places shifted by the same amounts each
// time, is kept once. A long program then stays in the fastest cache, however much its data move.
#pragma once
#include "wengert/program/plan.hpp"

namespace wengert::program {

/// Steps on small arrays, whose places are known, become stretches.
void roll(Plan& plan);

/// Carries out a stretch on `numbers`; `body` is memory to work in.
void run_stretch(const Plan& plan, const Stretch& s, std::vector<SmallStep>& body, double* numbers);

}  // namespace wengert::program
