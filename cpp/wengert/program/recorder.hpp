// One run of a function whose every operation is recorded, to become a program.
#pragma once
#include <vector>

#include "wengert/program/listing.hpp"

namespace wengert::program {

/// A recording of everything, the active one for as long as this is.
class Recorder {
 public:
  Recorder() : scope_(&r_) { r_.record_all(); }

  Recording& recording() { return r_; }
  /// A variable that the program is given; all of them come first.
  Var input(const Value& given) {
    Value v = given.is_weak() ? settle(strided(given, given.dtype())) : given;
    inputs_.push_back(r_.push_input(NodeId::none, v));
    r_.given = inputs_.size();
    return {std::move(v), inputs_.back()};
  }
  Built finish(std::span<const Var> outputs) const { return build(r_, inputs_, outputs); }

 private:
  Recording r_;
  Activation scope_;
  std::vector<NodeId> inputs_;
};

}  // namespace wengert::program
