#include "wengert/tape/var.hpp"

#include "wengert/base/error.hpp"
#include "wengert/base/few.hpp"
#include "wengert/rule/elementwise.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/tape/debugger.hpp"
#include "wengert/tape/functions.hpp"
#include "wengert/tape/lanes.hpp"

namespace wengert {
namespace detail {
thread_local constinit Recording* active_recording = nullptr;
}

Activation::Activation(Recording* recording) : before_(std::exchange(detail::active_recording, recording)) {
  if (debugger() && recording) recording->watch(true);
}

namespace {

Recording& recording() {
  if (!active()) throw TapeError("tape: no recording is active on this thread");
  return *active();
}

Value evaluated(const rule::Primitive& p, const Value& a, const Value* b) {
  Value y = rule::evaluate(p, a, b);
  if (debugger()) [[unlikely]] {
    const Value in[] = {a, b ? *b : Value()};
    debugger()->value(p.op, std::span(in, b ? 2 : 1), y);
  }
  return y;
}

/// Node of an operand, a constant's made where it has none.
NodeId node_of(Recording& r, const Var& x, Dtype d) {
  if (x.recorded()) return x.node;
  return r.constant(x.value.is_weak() || x.dtype() != d ? settle(strided(x.value, d)) : x.value);
}

/// An operand that a rule converts on the way would lose its derivative: convert it as an operation of its own.
inline const Var& in_type(const Var& x, Dtype d, Var& keep) {
  if (!x.recorded() || x.dtype() == d) [[likely]]
    return x;
  return keep = converted(x, d);
}

/// An order is a whole number: there is no derivative by it.
[[noreturn]] void refuse_order(const rule::Primitive& p) {
  throw DomainError(
      std::string(p.name) +
      ": no derivative by the first operand, a whole number: given a recorded array; use wengert.stop_gradient");
}

/// Truth values and integers carry no derivative: they are constants wherever they are used, but in a recording of everything.
Var push(Recording& r, Op op, NodeId a, NodeId b, Value value) {
  if (!is_float(value.dtype()) && !r.records_all()) return value;
  const NodeId id = value.is_array() ? r.push(op, a, b, value) : r.push(op, a, b, value.as_double());
  return {std::move(value), id};
}

Var apply_elementwise(Op op, const Var& a) {
  const rule::Primitive& p = rule::primitive(op);
  if (!a.recorded()) return evaluated(p, a.value, nullptr);
  const Dtype d = rule::common_dtype(p, a.value, nullptr);
  Var keep;
  const Var& x = in_type(a, d, keep);
  return push(recording(), op, x.node, NodeId::none, evaluated(p, x.value, nullptr));
}

/// Size and direction of a complex number are no elementwise primitives: their derivatives are not a factor on it.
[[gnu::noinline]] Var apply_complex(Op op, const Var& a) {
  if (op == Op::absolute) return call(structural::id<structural::modulus>, std::span(&a, 1), {});
  if (op == Op::sign) return call(structural::id<structural::phase>, std::span(&a, 1), {});
  return apply_elementwise(op, a);
}

}  // namespace

Var apply(Op op, const Var& a) {
  if (a.lanes) [[unlikely]]
    return with_lanes(apply(op, bare(a)), a.lanes);
  if (a.value.is_array() && is_complex(a.dtype())) [[unlikely]]
    return apply_complex(op, a);
  return apply_elementwise(op, a);
}

Var apply(Op op, const Var& a, const Var& b) {
  if (a.lanes | b.lanes) [[unlikely]]
    return apply_in_lanes(op, a, b);
  const rule::Primitive& p = rule::primitive(op);
  if (!a.recorded() && !b.recorded()) return evaluated(p, a.value, &b.value);
  if (a.recorded() && p.partials[0].refused()) refuse_order(p);
  const Dtype d = rule::common_dtype(p, a.value, &b.value);
  Var keep_a, keep_b;
  const Var &x = in_type(a, d, keep_a), &y = in_type(b, d, keep_b);
  Value value = evaluated(p, x.value, &y.value);
  Recording& r = recording();
  const NodeId left = node_of(r, x, d), right = node_of(r, y, d);
  return push(r, op, left, right, std::move(value));
}

Var call(CallId id, std::span<const Var> in, Attributes at) {
  Lanes lanes = 0;
  for (const Var& x : in) lanes |= x.lanes;
  if (lanes) [[unlikely]]
    return call_in_lanes(id, in, at, lanes);
  Few<Value> values(in.size());
  bool recorded = false;
  for (const Var& x : in) {
    values.push_back(x.value.is_weak() ? settle(strided(x.value, x.dtype())) : x.value);
    recorded |= x.recorded();
  }
  Value y = structural::info(id).value(values, at);
  if (debugger()) [[unlikely]]
    debugger()->value(id, values, y);
  if (!recorded || (!is_float(y.dtype()) && !recording().records_all())) return y;
  Recording& r = recording();
  Few<NodeId> nodes(in.size());
  for (std::size_t k = 0; k < in.size(); ++k) nodes.push_back(in[k].recorded() ? in[k].node : r.constant(values[k]));
  const NodeId node = r.push_call(id, nodes, at, y);
  if (r.records_all() && structural::info(id).may_refuse) r.pin();
  return {std::move(y), node};
}

NodeId node_of(const Var& x) { return node_of(recording(), x, x.dtype()); }

Var watch(const Var& given) {
  const Var x = spread_over(given, all_lanes());
  Value v = x.value.is_weak() ? settle(strided(x.value, x.dtype())) : x.value;
  const NodeId id = recording().push_input(x.node, v);
  return {std::move(v), id, x.lanes};
}

}  // namespace wengert
