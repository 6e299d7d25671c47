// Loops whose body is a program: recorded once, and again where a guard of it fails.
#pragma once
#include <functional>
#include <optional>

#include "wengert/checkpoint/body.hpp"
#include "wengert/program/program.hpp"
#include "wengert/program/several.hpp"
#include "wengert/program/split.hpp"

namespace wengert::checkpoint {

/// A program and the memory of its runs; made when it is first asked for.
class Machine {
 public:
  /// p with its inputs from number `first` on as constants.
  void prepare(const program::Listing& p, std::size_t first, std::span<const Value> values);
  bool ready() const { return work_ != nullptr; }
  const program::Listing& listing() const { return program_->listing(); }
  std::optional<program::Failure> run(std::span<const std::byte* const> in, std::span<std::byte* const> out) {
    return work_->run(program::Frame{in, out});
  }

 private:
  std::unique_ptr<const program::Program> program_;
  std::unique_ptr<program::Workspace> work_;
};

/// Several steps run as one program: where a step is a few operations on small arrays, to begin one takes a third of the
/// time.
struct Group {
  static constexpr std::int64_t steps = 8;
  Machine step, forward, reverse;
  Layout kept{{}};
};

/// One way through the body. Inputs: the step's number, the state, a row of each sequence, the first few of the captured
/// arrays. Outputs: the state, a row of each result; of a body that says whether there is another step, at last that.
struct Way {
  std::shared_ptr<const program::Program> given;
  std::size_t captured = 0;  // how many
  Machine step, forward, reverse;
  Layout kept{{}};  // what a tape holds behind the state
  program::Listing adjoint;
  Group group;
  bool small = false;  // may steps be grouped?
};

/// What the steps of one loop share. Arrays are row-major.
struct Arrays {
  std::int64_t start = 0, stride = 1;  // of the number that a step is told
  bool backwards = false;              // rows are taken from the last to the first
  std::int64_t steps = 0;              // rows; less than 0: the body says whether there is another step
  Layout state{{}};
  std::vector<Value> sequences, captured;
  program::Keep keep = {};
};

class ProgramBody : public Body {
 public:
  explicit ProgramBody(Arrays arrays) : a_(std::move(arrays)) {}

  std::size_t state_bytes() const override { return a_.state.bytes(); }
  std::size_t tape_bytes() const override { return a_.state.bytes() + latest_->kept.bytes(); }
  std::int64_t advance(std::int64_t k, std::int64_t most, const std::byte* x, std::byte* y, bool first) override;
  Tape tape(std::int64_t k, std::int64_t most, const std::byte* x, std::byte* y, Chunks& room, bool first) override;
  void reverse(std::int64_t k, const Tape& from, const std::byte* ybar, std::byte* xbar) override;

  const Layout& layout() const { return a_.state; }
  /// Plans the first step's tape, before any step is run.
  void plan_tape(const std::byte* x0);
  /// Results of all steps, one row each; there once a step was done.
  const std::vector<Value>& results() const { return results_; }
  /// Did the last step say that there is another one?
  bool goes_on() const { return goes_on_; }
  void add_way(std::shared_ptr<const program::Program> step);
  void use(std::size_t way) { latest_ = ways_[way].get(); }
  /// One more array that the body closes over.
  void capture(Value v) { a_.captured.push_back(std::move(v)); }

  /// Before a reverse: adjoints of the results' rows, each shaped like all of them.
  void seed(std::vector<Value> of_results);
  /// After it.
  std::vector<Value> sequence_adjoints, captured_adjoints;

 protected:
  /// Carries out a plan, which counts references of arrays that others may hold: under a lock, where threads share them.
  virtual void alone(const std::function<void()>& plan) { plan(); }
  /// A guard of the way did not hold: chooses another one by `use` or `add_way`. The inputs are those of the body, with all
  /// captured arrays.
  virtual void other_way(std::size_t tried, const program::Failure& failure, std::span<const Value> inputs) = 0;

 private:
  std::int64_t row(std::int64_t k) const { return a_.backwards ? a_.steps - 1 - k : k; }
  void place_inputs(std::int64_t k, const std::byte* x, std::int64_t steps = 1);
  void place_state(const std::byte* x);
  void place_outputs(std::int64_t k, std::byte* y, bool first, std::int64_t steps = 1);
  void place_rows(std::span<const Value> of, std::int64_t k, std::int64_t steps);
  Tape placed(Way& w, const Layout& kept, std::int64_t steps, const std::byte* x, Chunks& room);
  program::StepForm form(const Way& w) const;
  std::size_t fixed(std::int64_t steps) const;
  Group* grouped(std::int64_t most, bool taped);
  void derive_group(Way& w);
  void make_results(const Way& w);
  std::vector<Value> inputs_as_values() const;
  void require_same_outputs(const program::Listing& p) const;
  void derive(Way& w);
  void derive_where_it_holds();
  void choose_another(const program::Failure& failure);

  Arrays a_;
  std::int64_t number_ = 0;
  std::vector<std::unique_ptr<Way>> ways_;
  Way* latest_ = nullptr;
  std::vector<const std::byte*> in_;
  std::vector<std::byte*> out_;
  std::vector<Value> results_, result_adjoints_;
  std::vector<Memory> captured_shares_;  // of one step
  bool goes_on_ = true;
};

}  // namespace wengert::checkpoint
