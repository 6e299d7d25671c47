#include "wengert/program/split.hpp"

#include <algorithm>

#include "wengert/program/excerpt.hpp"
#include "wengert/program/layout.hpp"

namespace wengert::program {
namespace {

class Splitting {
 public:
  Splitting(const Listing& adjoint, std::size_t inputs, const Keep& keep)
      : p_(adjoint),
        keep_(keep),
        inputs_(inputs),
        results_(adjoint.outputs.size() - inputs),
        node_of_input_(nodes_of_inputs(adjoint)),
        late_(adjoint.size()),
        wanted_(adjoint.size()),
        forward_(adjoint),
        reverse_(adjoint) {
    mark();
  }

  Split made() {
    const std::vector<std::size_t> kept = keep_.what == Keep::What::all ? choose() : choose_few();
    take(forward_, 0, inputs_);
    for (std::size_t i = 0; i < p_.size(); ++i) {
      if (!late_[i] && p_.nodes[i].code != code::input) forward_.compute(i);
    }
    forward_.guards();
    for (std::size_t k = 0; k < results_; ++k) forward_.output(p_.outputs[k]);
    for (const std::size_t i : kept) forward_.output(static_cast<NodeId>(i));
    return {forward_.finish(), back(kept)};
  }

 private:
  void take(Excerpt& into, std::size_t from, std::size_t to) const {
    for (std::size_t k = from; k < to; ++k) into.input(p_.inputs[k], node_of_input_[k]);
  }
  bool is_seed(std::size_t i) const { return index(p_.nodes[i].a) >= inputs_; }
  std::span<const NodeId> adjoints() const { return std::span(p_.outputs).subspan(results_); }

  /// What depends on a seed comes late; what late nodes and adjoints are computed from is wanted.
  void mark() {
    for (std::size_t i = 0; i < p_.size(); ++i) {
      if (p_.nodes[i].code == code::input) late_[i] = is_seed(i);
      p_.each_operand(i, [&](NodeId id) { late_[i] = late_[i] || late_[index(id)]; });
      if (late_[i]) p_.each_operand(i, [&](NodeId id) { wanted_[index(id)] = true; });
    }
    for (const NodeId id : adjoints()) wanted_[index(id)] = true;
  }

  bool is_there(NodeId id) const {
    const std::uint16_t c = p_.nodes[index(id)].code;
    return c == code::input || c == code::constant;
  }
  /// Done again it costs about as much as to be written and read.
  bool is_cheap(std::size_t i) const {
    const Node& n = p_.nodes[i];
    if (n.code == code::call) {
      return is<structural::reshape, structural::transpose, structural::broadcast_to, structural::slice>(p_, i);
    }
    if (n.code >= code::elementwise_end) return true;
    switch (static_cast<Op>(n.code)) {
      case Op::add:
      case Op::subtract:
      case Op::multiply:
      case Op::negative:
      case Op::square: return true;
      default: return p_.type(i).dtype == Dtype::boolean;
    }
  }
  /// The one node, of no more elements, that i is computed from beside constants and inputs; none where there are two.
  NodeId only_operand(std::size_t i) const {
    NodeId found = NodeId::none;
    bool one = true;
    p_.each_operand(i, [&](NodeId id) {
      if (is_there(id) || id == found) return;
      one = one && found == NodeId::none;
      found = id;
    });
    if (!one || found == NodeId::none) return NodeId::none;
    const std::int64_t more = element_count(p_.type(index(found)).shape);
    return more <= element_count(p_.type(i).shape) ? found : NodeId::none;
  }

  /// The early nodes that the reverse is given, in their order; those that it computes again are noted.
  std::vector<std::size_t> choose() {
    again_.assign(p_.size(), false);
    for (std::size_t i = p_.size(); i-- > 0;) {  // what one other node leads to is computed from that
      if (late_[i] || !wanted_[i] || is_there(static_cast<NodeId>(i)) || !is_cheap(i)) continue;
      const NodeId from = only_operand(i);
      if (from == NodeId::none) continue;
      again_[i] = wanted_[index(from)] = true;
    }
    std::vector<std::size_t> kept;
    for (std::size_t i = 0; i < p_.size(); ++i) {
      if (late_[i] || !wanted_[i] || again_[i] || is_there(static_cast<NodeId>(i))) continue;
      bool near = is_cheap(i);
      p_.each_operand(i, [&](NodeId id) { near = near && (is_there(id) || wanted_[index(id)]); });
      if (near) again_[i] = true;
      else kept.push_back(i);
    }
    return kept;
  }

  /// Results of products and decompositions: much arithmetic for their size.
  bool is_product(std::size_t i) const {
    using namespace structural;
    return is<matmul, inv, solve, triangular_solve, cholesky, eigh, svd, qr, eig, fourier>(p_, i);
  }
  /// The same where only some nodes may be kept: the others are computed again, down to what is there.
  std::vector<std::size_t> choose_few() {
    std::vector<bool> named(p_.size());
    for (const Mark& m : p_.marks) named[index(m.node)] = std::ranges::count(keep_.names, m.name) != 0;
    again_.assign(p_.size(), false);
    std::vector<std::size_t> kept;
    for (std::size_t i = p_.size(); i-- > 0;) {
      if (late_[i] || !wanted_[i] || is_there(static_cast<NodeId>(i))) continue;
      if (keep_.what == Keep::What::products ? is_product(i) : keep_.what == Keep::What::named && named[i]) {
        kept.push_back(i);
      } else {
        again_[i] = true;
        p_.each_operand(i, [&](NodeId id) { wanted_[index(id)] = true; });
      }
    }
    std::ranges::reverse(kept);
    return kept;
  }

  Built back(const std::vector<std::size_t>& kept) {
    take(reverse_, 0, inputs_);
    for (const std::size_t i : kept) reverse_.input(i);
    take(reverse_, inputs_, p_.inputs.size());
    for (std::size_t i = 0; i < p_.size(); ++i) {
      const bool late = late_[i] && p_.nodes[i].code != code::input;
      if (late || again_[i] || p_.nodes[i].code == code::constant) reverse_.compute(i);
    }
    for (const NodeId id : adjoints()) reverse_.output(id);
    return reverse_.finish();
  }

  const Listing& p_;
  const Keep& keep_;
  std::size_t inputs_, results_;
  std::vector<NodeId> node_of_input_;
  std::vector<bool> late_, wanted_, again_;
  Excerpt forward_, reverse_;
};

}  // namespace

Built bound(const Listing& p, std::size_t first, std::span<const Value> values) {
  Excerpt e(p);
  const std::vector<NodeId> nodes = nodes_of_inputs(p);
  for (std::size_t k = 0; k < p.inputs.size(); ++k) {
    if (k < first || k >= first + values.size()) e.input(p.inputs[k], nodes[k]);
    else e.constant(nodes[k], values[k - first]);
  }
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p.nodes[i].code != code::input) e.compute(i);
  }
  e.guards();
  for (const NodeId id : p.outputs) e.output(id);
  return e.finish();
}

Split split(const Listing& adjoint, std::size_t inputs, const Keep& keep) {
  return Splitting(adjoint, inputs, keep).made();
}

}  // namespace wengert::program
