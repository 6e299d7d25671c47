// The order of steps on numbers: those of one kind together, as far as one does not wait for another. The processor foresees
// where a run of one kind goes on; where a long program jumps from kind to kind it does not.
#pragma once
#include "wengert/program/plan.hpp"

namespace wengert::program {

/// Sorts steps, which name nodes still.
void put_alike_together(std::span<ScalarStep> steps);

}  // namespace wengert::program
