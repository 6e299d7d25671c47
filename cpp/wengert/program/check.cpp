#include "wengert/program/check.hpp"

#include <algorithm>

#include "wengert/base/error.hpp"
#include "wengert/rule/elementwise.hpp"
#include "wengert/rule/structural/list.hpp"

namespace wengert::program {
namespace {

class Judge {
 public:
  explicit Judge(const Listing& p) : p_(p) {}

  void all() {
    if (p_.size() > Recording::most_nodes) refuse("nodes: too many");
    for (const Type& t : p_.types) require_countable(t.shape);
    for (std::size_t i = 0; i < p_.size(); ++i) node(i);
    if (inputs_ != p_.inputs.size()) refuse("inputs: not one node for each");
    for (const NodeId id : p_.outputs) require_before(id, p_.size());
    NodeId last{};
    for (const Guard& g : p_.guards) {
      guard(g);
      if (std::exchange(last, g.node) > g.node) refuse("guards: not in the order of their nodes");
    }
  }

 private:
  [[noreturn]] static void refuse(const std::string& what) { throw FormatError(what); }

  static void require_before(NodeId id, std::size_t i) {
    if (index(id) >= i) refuse("operand: not computed before: node " + std::to_string(index(id)));
  }

  void node(std::size_t i) try {
    const Node& n = p_.nodes[i];
    if (n.type >= p_.types.size()) refuse("type: there is none of this number");
    const Type& t = p_.type(i);
    if (n.code == code::input) return input(n, t);
    if (n.code == code::constant) return constant(n, t);
    const Type due = n.code == code::call ? called(i) : elementwise(i);
    if (!(due == t)) {
      refuse("type: given " + described(t) + ", the operands make it " + described(due));
    }
  } catch (const Error& e) {
    throw FormatError("node " + std::to_string(i) + name(i) + ": " + e.what());
  } catch (const MemoryError& e) {
    throw FormatError("node " + std::to_string(i) + name(i) + ": " + e.what());
  }
  static std::string described(const Type& t) { return std::string(text(t.dtype)) + " of shape " + text(t.shape); }

  std::string name(std::size_t i) const {
    const Node& n = p_.nodes[i];
    if (n.code < code::elementwise_end) return " (" + std::string(rule::primitive(static_cast<Op>(n.code)).name) + ")";
    if (n.code != code::call || index(n.a) >= p_.calls.size()) return "";
    const auto primitive = static_cast<std::size_t>(p_.call(i).primitive);
    return primitive < structural::count ? " (" + std::string(structural::info(p_.call(i).primitive).name) + ")" : "";
  }

  void input(const Node& n, const Type& t) {
    if (index(n.a) != inputs_ || inputs_ >= p_.inputs.size()) refuse("input: not in order");
    if (!(p_.inputs[inputs_++] == t)) refuse("input: its type is not the node's");
  }
  void constant(const Node& n, const Type& t) const {
    if (index(n.a) >= p_.constants.size()) refuse("constant: there is none of this number");
    const Value& v = p_.constants[index(n.a)];
    if (v.dtype() != t.dtype || !(v.shape() == t.shape)) refuse("constant: its type is not the node's");
  }
  Type elementwise(std::size_t i) const {
    const Node& n = p_.nodes[i];
    if (n.code >= code::elementwise_end) refuse("operation: no meaning in a program");
    require_before(n.a, i);
    if (n.b != NodeId::none) require_before(n.b, i);
    const Type* const b = n.b == NodeId::none ? nullptr : &p_.type(index(n.b));
    return rule::result_type(rule::primitive(static_cast<Op>(n.code)), p_.type(index(n.a)), b);
  }
  Type called(std::size_t i) {
    const Node& n = p_.nodes[i];
    if (index(n.a) >= p_.calls.size()) refuse("call: there is none of this number");
    const Call& c = p_.call(i);
    const bool inside =
        c.first_operand + c.operands <= p_.operands.size() && c.first_attribute + c.attributes <= p_.attributes.size();
    if (static_cast<std::size_t>(c.primitive) >= structural::count || !inside) refuse("call: out of range");
    given_.clear();
    for (const NodeId id : p_.operands_of(c)) {
      require_before(id, i);
      given_.push_back(p_.type(index(id)));
    }
    return structural::info(c.primitive).result(given_, p_.attributes_of(c));
  }

  void guard(const Guard& g) const {
    require_before(g.node, p_.size());
    const Type& t = p_.type(index(g.node));
    if (g.kind == Guard::Kind::values) {
      const bool straight = !g.outcome.is_array() || g.outcome.block()->contiguous;
      if (g.outcome.dtype() == t.dtype && g.outcome.shape() == t.shape && straight) return;
    } else if (g.outcome.is_number() && element_count(t.shape) > 0) {
      return;
    }
    refuse("guard: its outcome is none of node " + std::to_string(index(g.node)));
  }

  const Listing& p_;
  std::size_t inputs_ = 0;
  std::vector<Type> given_;
};

}  // namespace

void require_countable(const Shape& shape) {
  if (std::any_of(shape.begin(), shape.end(), [](std::int64_t n) { return n < 0; })) {
    throw FormatError("shape: a size is negative: " + text(shape));
  }
  Shape some = shape;
  for (std::int64_t& n : some) n = std::max<std::int64_t>(n, 1);
  try {
    element_count(some);
  } catch (const MemoryError&) {
    throw FormatError("shape: too large: " + text(shape));
  }
}

void require_sound(const Listing& p) { Judge(p).all(); }

}  // namespace wengert::program
