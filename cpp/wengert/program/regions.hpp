// Parts of a program that do the same along the first axis of their arrays: run slice by slice, so that a slice of one
// operation's result is still in the cache when the next one reads it.
#pragma once
#include <memory>

#include "wengert/program/listing.hpp"

namespace wengert::program {

class Program;

/// A body that runs once for each slice.
struct Repeat {
  struct Source {
    NodeId node;
    bool sliced;  // else the body reads all of it each time
  };
  std::int64_t count = 0, width = 1;  // of the first axis: all, and of a slice, which divides that
  std::shared_ptr<const Program> body;
  std::vector<Source> inputs;
  std::vector<NodeId> outputs;
};

/// Which region each node is in: 1 + its number, or 0.
struct Regions {
  std::vector<std::uint32_t> of;
  std::vector<Repeat> repeats;
};
Regions find_regions(const Listing& p);

/// Slice number k, of some width, of the first axis.
Value slice_of(const Value& all, std::int64_t k, std::int64_t width);

}  // namespace wengert::program
