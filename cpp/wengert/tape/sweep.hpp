// Sweeps over a range of a recording: adjoints from the outputs down, tangents from the inputs up.
#pragma once
#include <vector>

#include "wengert/tape/var.hpp"

namespace wengert {

/// A node and what its derivative starts as: of the node's shape, in as many lanes as directions are wanted at once.
struct Seed {
  NodeId node;
  Var derivative;
};

struct SweepCounts {
  std::uint64_t forward = 0, reverse = 0;
};
/// How many sweeps this thread has run.
SweepCounts& sweep_counts();

/// Whether a sweep computes numbers, or records itself so that it can be differentiated.
enum class Mode : std::uint8_t { values, record };

/// Is there a seed that differs from lane to lane?
bool in_lanes(std::span<const Seed> seeds);

/// How many of so many directions one sweep over the nodes from `first` on should carry in lanes: all that memory allows,
/// or 1 where a sweep for each is quicker.
std::int64_t directions_at_once(const Recording& r, NodeId first, std::int64_t directions);

/// Adjoints of `wanted`, seeded at outputs; only nodes from `first` on take part. Zeros where nothing arrives.
std::vector<Var> adjoint_sweep(Recording& r, NodeId first, std::span<const Seed> seeds, std::span<const NodeId> wanted,
                               Mode mode);
/// Tangents of `wanted`, seeded at inputs; only nodes from `first` on take part.
std::vector<Var> tangent_sweep(Recording& r, NodeId first, std::span<const Seed> seeds, std::span<const NodeId> wanted,
                               Mode mode);

}  // namespace wengert
