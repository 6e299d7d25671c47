// A program that runs again: its list, and what is known before it runs. Shared between threads; what a run changes lies in a
// workspace of its own.
#pragma once
#include <memory>
#include <optional>

#include "wengert/program/listing.hpp"

namespace wengert::program {

class Program {
 public:
  explicit Program(Built built);

  const Listing& listing() const { return listing_; }
  std::size_t recorded() const { return recorded_; }
  /// Nodes whose values are needed for the last time by node i.
  std::span<const NodeId> last_uses(std::size_t i) const {
    return {last_.data() + first_last_[i], first_last_[i + 1] - first_last_[i]};
  }

 private:
  Listing listing_;
  std::size_t recorded_;
  std::vector<NodeId> last_;
  std::vector<std::size_t> first_last_;
};

/// A guard that did not hold: which one, and what the value is now.
struct Failure {
  std::size_t guard;
  Value outcome;
};

/// The values of one run. Arrays of the program and of the caller are borrowed, so that runs on other threads and theirs
/// never count references of the same block.
class Workspace {
 public:
  explicit Workspace(const Program& p);

  /// Runs the program. Outputs are set where every guard held.
  std::optional<Failure> run(std::span<const Value> inputs, std::vector<Value>& outputs);

 private:
  void step(std::size_t i, std::span<const Value> inputs);
  Value own(const Value& v) const;

  const Program& p_;
  std::vector<Value> constants_, slots_;
};

/// The program on variables: its operations are recorded one by one where they are. Throws nothing of its own.
std::optional<Failure> replay_on_variables(const Program& p, std::span<const Var> inputs, std::vector<Var>& outputs);

}  // namespace wengert::program
