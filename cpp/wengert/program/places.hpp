// Where numbers and small arrays lie in a run: those that only steps in the plan's lists need share their places, so that
// all of them stay in the fastest cache.
#pragma once
#include "wengert/program/small_plan.hpp"

namespace wengert::program {

/// Puts slots in the place of nodes in the steps of a plan. `listed` tells of each node whether such a step computes it,
/// `step` the plan's step that does.
void assign_places(const Listing& p, Plan& plan, Residents all, const std::vector<bool>& listed,
                   const std::vector<std::uint32_t>& step);

}  // namespace wengert::program
