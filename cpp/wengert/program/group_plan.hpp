// The steps of a group: which row each of its arrays takes.
#pragma once
#include "wengert/program/plan.hpp"

namespace wengert::program {

bool is_select(const Listing& p, std::size_t i);
/// One of two numbers, by one truth value.
bool selects_numbers(const Listing& p, std::size_t i);

/// Steps, loads, stores and sums of a group of these members; `stored` tells what others need.
void write_steps(const Listing& p, Group& g, std::span<const NodeId> members, const std::vector<bool>& stored);

}  // namespace wengert::program
