// How a program runs from memory to memory: the steps that are left when what is given, and what is constant, stays where
// it is.
#pragma once
#include "wengert/program/program.hpp"

namespace wengert::program {

class Framed {
 public:
  Framed(const Listing& p, const Plan& plan);

  /// A step, and the arrays that nobody needs after it: [first, last) of `released`.
  struct One {
    Step step;
    std::uint32_t number;  // among the plan's steps
    std::uint32_t first, last;
  };
  /// An input that only steps on numbers and small arrays read, as those do: copied among the numbers, no array at all.
  struct Taken {
    std::uint32_t input;
    std::uint32_t bytes;
    Slot to;
  };
  /// An output among the numbers.
  struct Given {
    std::uint32_t output;
    std::uint32_t bytes;
    NodeId node;
  };
  std::vector<One> steps;
  std::vector<NodeId> released, made;
  std::vector<Taken>
      taken;  // in the order in which steps of kind `take` for inputs come; each is the `first` of its step
  std::vector<Taken> numbers;  // before the first step
  std::vector<Given> given;
  std::vector<std::uint32_t> written;    // outputs that are none of these
  std::vector<Value> inputs;             // with headers that stay, wherever their elements lie this time
  std::vector<std::uint32_t> looked_at;  // inputs that are arrays to some step
  std::vector<NodeId> truths;            // inputs that are truth values

 private:
  void choose_inputs(const Listing& p, const Plan& plan);
  void choose_steps(const Listing& p, const Plan& plan);
  void choose_outputs(const Listing& p, const Plan& plan);
  std::vector<bool> direct_;  // nodes
};

}  // namespace wengert::program
