// From a recording to a listing.
#include "wengert/program/builder.hpp"
#include "wengert/program/fill.hpp"
#include "wengert/tape/var.hpp"

namespace wengert::program {
namespace {

class Translation {
 public:
  Translation(const Recording& r, std::span<const NodeId> inputs) : r_(r), now_(r.size(), NodeId::none) {
    builder_.reserve(r.size());
    for (const NodeId id : inputs) now_[index(id)] = builder_.input(type_of(index(id)));
    for (std::size_t i = 0; i < r.size(); ++i) {
      builder_.at(r.place(i));
      if (now_[i] == NodeId::none) now_[i] = node(i);
    }
  }
  Listing finish(std::span<const Var> outputs) {
    for (const Guard& g : r_.guards()) builder_.guard(g.kind, now_[index(g.node)], g.outcome);
    for (const Mark& m : r_.marks()) builder_.mark(now_[index(m.node)], m.name);
    for (const Var& y : outputs) {
      builder_.output(y.recorded() ? now_[index(y.node)] : builder_.constant(y.value));
    }
    return builder_.finish();
  }

 private:
  Type type_of(std::size_t i) const { return {r_.dtype(i), r_.is_array(i) ? r_.value(i).shape() : Shape()}; }

  NodeId node(std::size_t i) {
    const std::uint16_t c = r_.code_of(i);
    if (c == code::constant) return builder_.constant(r_.value(i));
    if (c == code::input) {  // where an inner transform began
      return r_.a(i) == NodeId::none ? builder_.constant(r_.value(i)) : now_[index(r_.a(i))];
    }
    if (c == code::custom) {
      builder_.opaque();
      const NodeId value = r_.custom(i).value;
      // A value that came about apart from the tape is a constant: what was read there has left guards.
      return value == NodeId::none ? builder_.constant(r_.value(i)) : now_[index(value)];
    }
    if (c == code::call) {
      const Call& call = r_.call(i);
      std::vector<NodeId> in;
      for (const NodeId id : r_.operands(call)) in.push_back(now_[index(id)]);
      return builder_.call(call.primitive, in, r_.attributes(call), type_of(i));
    }
    const NodeId b = r_.b(i) == NodeId::none ? NodeId::none : now_[index(r_.b(i))];
    return builder_.elementwise(static_cast<Op>(c), now_[index(r_.a(i))], b, type_of(i));
  }

  const Recording& r_;
  Builder builder_;
  std::vector<NodeId> now_;
};

}  // namespace

Built build(const Recording& r, std::span<const NodeId> inputs, std::span<const Var> outputs) {
  Translation translation(r, inputs);
  return {r.size(), filled_at_once(translation.finish(outputs))};
}

}  // namespace wengert::program
