// Less memory for more work: what is needed again late is computed again.
#pragma once
#include "wengert/program/listing.hpp"

namespace wengert::program {

struct Cut {
  Listing listing;
  std::size_t most;  // bytes at a time, beside inputs and constants
};

/// The same values, bit for bit, in at most so many bytes at a time; where that cannot be, the listing that takes least
/// of those that were tried.
///
/// A program that goes to and fro, as a gradient does, is turned where most is alive. What comes before is cut in up to
/// 128 segments, and what comes behind in the parts that need them; which segments are kept, and which are run again from
/// what some earlier one began with, is the optimum of ChainPlans.
///
/// cost : up to eight plans of the program
Cut cut(const Program& p, std::size_t budget);

}  // namespace wengert::program
