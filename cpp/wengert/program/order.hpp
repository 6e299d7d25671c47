// The order of steps on numbers: those of one kind together, as far as one does not wait for another. The processor foresees
// where a run of one kind goes on; where a long program jumps from kind to kind it does not.
#pragma once
#include "wengert/program/plan.hpp"

namespace wengert::program {

/// Sorts the plan's steps, which name nodes still; some of these only look at another, their root.
void put_alike_together(Plan& plan, std::span<const NodeId> root);

}  // namespace wengert::program
