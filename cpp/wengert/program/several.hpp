// Several steps of a loop as one program: begun once, and planned as a whole.
#pragma once
#include "wengert/program/program.hpp"

namespace wengert::program {

/// What the inputs and outputs of a step are. Inputs: a number, the state, a row of each sequence, captured arrays.
/// Outputs: the state, a row of each result.
struct StepForm {
  std::size_t state = 0, sequences = 0, captured = 0, results = 0;
  std::int64_t stride = 1;  // of the number
  std::size_t inputs(std::size_t steps = 1) const { return 1 + state + steps * sequences + captured; }
};

/// So many steps, one behind the other, of which none has guards. Rows of sequences and results are those of the first
/// step, then those of the second, ...
Listing several(const Listing& step, const StepForm& form, std::size_t steps);

/// The same of a step's adjoint program (inputs, seeds -> results, adjoints of the inputs). Behind the seeds stands an
/// array for each captured one, to which what the steps add is added, the last step's first: the bits are those of one
/// step after the other.
Listing several_adjoint(const Listing& adjoint, const StepForm& form, std::size_t steps);

}  // namespace wengert::program
