// A step and its reverse apart: what an adjoint program does before it needs its seeds, and what it does with them.
#pragma once
#include "wengert/program/program.hpp"

namespace wengert::program {

/// What of a step's way its tape may hold.
struct Keep {
  enum class What : std::uint8_t { all, products, named, nothing } what = What::all;
  std::vector<std::string> names = {};
};

/// forward : the inputs -> the results, then what `reverse` needs and has no cheap way to
/// reverse : the inputs, what was kept, the seeds -> the adjoints of the inputs
struct Split {
  Built forward, reverse;
};

/// keep    : where it is not `all`, everything else is computed again
/// adjoint : of a program with so many inputs, as `derived` makes it: inputs, seeds -> results, adjoints of the inputs
/// cost    : linear in its operations
/// source  : Griewank & Walther, Evaluating Derivatives (2008), ch. 5: the tape of a step, chosen when it is planned
Split split(const Listing& adjoint, std::size_t inputs, const Keep& keep = {});

/// The same program with its inputs from number `first` on as constants: these values, which have to outlive it.
Built bound(const Listing& p, std::size_t first, std::span<const Value> values);

}  // namespace wengert::program
