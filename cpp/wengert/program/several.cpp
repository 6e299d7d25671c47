#include "wengert/program/several.hpp"

#include "wengert/program/excerpt.hpp"
#include "wengert/rule/elementwise.hpp"

namespace wengert::program {
namespace {

using Nodes = std::vector<NodeId>;

/// Copies of one step in one listing.
class Copies {
 public:
  Copies(const Listing& step, const StepForm& form, std::size_t steps)
      : p_(step), form_(form), steps_(steps), late_(step.size()), now_(steps, Nodes(step.size(), NodeId::none)) {
    const std::size_t given = form.inputs();
    for (std::size_t i = 0; i < p_.size(); ++i) {
      if (p_.nodes[i].code == code::input) late_[i] = index(p_.nodes[i].a) >= given;
      p_.each_operand(i, [&](NodeId id) { late_[i] = late_[i] || late_[index(id)]; });
    }
    inputs_ = nodes_of_inputs(p_);
  }

  NodeId input(std::size_t k) { return builder_.input(p_.inputs[k]); }
  /// Input k of a copy is this node.
  void give(std::size_t copy, std::size_t k, NodeId now) {
    if (inputs_[k] != NodeId::none) now_[copy][index(inputs_[k])] = now;
  }
  NodeId output(std::size_t copy, std::size_t k) const { return now_[copy][index(p_.outputs[k])]; }
  /// What depends on no seed, or the rest.
  void compute(std::size_t copy, bool late) {
    for (std::size_t i = 0; i < p_.size(); ++i) {
      const Node& n = p_.nodes[i];
      if (late_[i] != late || n.code == code::input) continue;
      copy_node(builder_, p_, i, now_[copy]);
    }
  }
  NodeId number(NodeId first, std::size_t copy) {
    if (copy == 0 || inputs_[0] == NodeId::none) return first;
    const Storage more = allocate(Dtype::int64, {});
    *more.data<std::int64_t>() = static_cast<std::int64_t>(copy) * form_.stride;
    return builder_.elementwise(Op::add, first, builder_.constant(settle(more)), p_.inputs[0]);
  }
  Builder& builder() { return builder_; }

  /// The steps without their seeds; inputs as StepForm says.
  void forward() {
    const std::size_t rows = 1 + form_.state, captured = rows + form_.sequences;
    const NodeId first = input(0);
    Nodes state;
    for (std::size_t j = 0; j < form_.state; ++j) state.push_back(input(1 + j));
    for (std::size_t c = 0; c < steps_; ++c) {
      for (std::size_t j = 0; j < form_.sequences; ++j) give(c, rows + j, input(rows + j));
    }
    for (std::size_t j = 0; j < form_.captured; ++j) {
      const NodeId all = input(captured + j);
      for (std::size_t c = 0; c < steps_; ++c) give(c, captured + j, all);
    }
    for (std::size_t c = 0; c < steps_; ++c) {
      give(c, 0, number(first, c));
      for (std::size_t j = 0; j < form_.state; ++j) give(c, 1 + j, state[j]);
      compute(c, false);
      for (std::size_t j = 0; j < form_.state; ++j) state[j] = output(c, j);
    }
  }
  void results() {
    for (std::size_t j = 0; j < form_.state; ++j) builder_.output(output(steps_ - 1, j));
    for (std::size_t c = 0; c < steps_; ++c) {
      for (std::size_t j = 0; j < form_.results; ++j) builder_.output(output(c, form_.state + j));
    }
  }

 private:
  const Listing& p_;
  const StepForm& form_;
  std::size_t steps_;
  std::vector<bool> late_;
  std::vector<Nodes> now_;  // of each copy
  Nodes inputs_;
  Builder builder_;
};

}  // namespace

Listing several(const Listing& step, const StepForm& form, std::size_t steps) {
  Copies all(step, form, steps);
  all.forward();
  all.results();
  return all.builder().finish();
}

Listing several_adjoint(const Listing& adjoint, const StepForm& form, std::size_t steps) {
  Copies all(adjoint, form, steps);
  all.forward();
  const std::size_t given = form.inputs(), seeds = given + form.state, bars = form.state + form.results;
  Nodes bar, sums;
  for (std::size_t j = 0; j < form.state; ++j) bar.push_back(all.input(given + j));
  for (std::size_t c = 0; c < steps; ++c) {
    for (std::size_t j = 0; j < form.results; ++j) all.give(c, seeds + j, all.input(seeds + j));
  }
  const std::size_t captured = given - form.captured;
  for (std::size_t j = 0; j < form.captured; ++j) sums.push_back(all.input(captured + j));
  for (std::size_t c = steps; c-- > 0;) {
    for (std::size_t j = 0; j < form.state; ++j) all.give(c, given + j, bar[j]);
    all.compute(c, true);
    for (std::size_t j = 0; j < form.state; ++j) bar[j] = all.output(c, bars + 1 + j);
    for (std::size_t j = 0; j < form.captured; ++j) {
      const Type& t = adjoint.inputs[captured + j];
      const NodeId share = all.output(c, bars + captured + j);
      sums[j] = is_float(t.dtype) ? all.builder().elementwise(Op::add, sums[j], share, t) : share;
    }
  }
  all.results();
  all.builder().output(all.output(0, bars));
  for (const NodeId id : bar) all.builder().output(id);
  for (std::size_t c = 0; c < steps; ++c) {
    for (std::size_t j = 0; j < form.sequences; ++j) all.builder().output(all.output(c, bars + 1 + form.state + j));
  }
  for (const NodeId id : sums) all.builder().output(id);
  return all.builder().finish();
}

}  // namespace wengert::program
