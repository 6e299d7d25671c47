// A program that runs again: its list, and the plan to run it by. Shared between threads; what a run changes lies in a
// workspace of its own.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "wengert/program/plan.hpp"

namespace wengert::program {

class Program {
 public:
  explicit Program(Built built)
      : listing_(std::move(built.listing)), plan_(make_plan(listing_)), recorded_(built.recorded) {}
  /// The body of another one's repeat.
  struct Nested {};
  Program(Built built, Nested)
      : listing_(std::move(built.listing)),
        plan_(make_plan(listing_, true)),
        recorded_(built.recorded),
        nested_(true) {}

  const Listing& listing() const { return listing_; }
  const Plan& plan() const { return plan_; }
  /// For inputs that do not lie row by row.
  const Plan& plan_for_any_inputs() const {
    std::call_once(planned_again_, [this] { any_ = make_plan(listing_, nested_, Inputs::any_way); });
    return any_;
  }
  /// Operations of the recording that it was made of.
  std::size_t recorded() const { return recorded_; }
  /// Does it run at many points at once?
  bool runs_in_lanes() const {
    std::call_once(asked_, [this] { in_lanes_ = is_scalar_program(listing_); });
    return in_lanes_;
  }

 private:
  Listing listing_;
  Plan plan_;
  std::size_t recorded_;
  bool nested_ = false;
  mutable std::once_flag asked_, planned_again_;
  mutable bool in_lanes_ = false;  // these are made when they are asked for
  mutable Plan any_;
};

/// The same memory behind a header of its own; the references to v are not counted.
Value borrowed(const Value& v);

/// A guard that did not hold: which one, and what the value is now.
struct Failure {
  std::size_t guard;
  Value outcome;
};

/// Where a run finds its inputs, and where it puts its outputs: row by row, aligned as their numbers are; an output that
/// nobody wants is null.
struct Frame {
  std::span<const std::byte* const> in;
  std::span<std::byte* const> out;
};

class GroupRun;
class Framed;

/// Numbers in aligned memory, 0 at first.
class Arena {
 public:
  explicit Arena(std::size_t count);
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();
  double* data() const { return first_; }

 private:
  std::size_t bytes_;
  double* first_;
};

/// The values of one run. Arrays of the program and of the caller are borrowed, so that runs on other threads and theirs
/// never count references of the same block.
class Workspace {
 public:
  explicit Workspace(const Program& p) : Workspace(p, p.plan()) {}
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace();

  /// Runs the program. Outputs are set where every guard held. `look_up` is called some 50 times a second, between steps; it
  /// may throw.
  std::optional<Failure> run(std::span<const Value> inputs, std::vector<Value>& outputs,
                             const std::function<void()>& look_up = {});
  /// The same between places in memory. Inputs are read until the last output is written.
  std::optional<Failure> run(const Frame& frame);

 private:
  Workspace(const Program& p, const Plan& plan);
  void preset(const Preset& s);
  bool lie_row_by_row(std::span<const Value> inputs) const;
  void begin(const Frame& frame);
  std::optional<Failure> framed_steps(const Frame& frame);
  void write(NodeId id, std::byte* to) const;
  void step(const Step& s, std::span<const Value> inputs);
  void take(NodeId id, Slot to);
  void group(const GroupUse& use);
  void repeat(std::uint32_t number);
  void call(std::size_t i);
  Value get(NodeId id) const;
  double& number(NodeId id) const { return numbers_.data()[plan_.slot_of[index(id)]]; }
  const Value& array(NodeId id) const { return arrays_[plan_.slot_of[index(id)]]; }
  Value& array(NodeId id) { return arrays_[plan_.slot_of[index(id)]]; }
  void put(NodeId id, const Value& v);
  std::optional<Failure> failed_guard(std::size_t& next, std::size_t step) const;

  const Program& p_;
  const Plan& plan_;
  std::vector<Value> constants_;
  Arena numbers_;                   // scalars and small arrays, in their slots
  std::vector<Value> arrays_;       // the others
  std::unique_ptr<Workspace> any_;  // for inputs that do not lie row by row
  std::vector<SmallStep> body_;     // of a stretch, at its places
  std::unique_ptr<Framed> framed_;  // for runs from memory to memory
  std::unique_ptr<GroupRun> run_;
  std::vector<std::vector<std::unique_ptr<Workspace>>> bodies_;  // of each repeat, for each thread
};

/// The program at many points: inputs and outputs have one axis more in front, for the points. Where a guard does not hold,
/// the outputs say nothing.
struct BatchResult {
  std::vector<Value> outputs;
  std::vector<bool> held;  // for each point
};
BatchResult run_batch(const Program& p, std::span<const Value> inputs, std::int64_t points);

/// The program on variables: its operations are recorded one by one where they are.
std::optional<Failure> replay_on_variables(const Program& p, std::span<const Var> inputs, std::vector<Var>& outputs);

}  // namespace wengert::program
