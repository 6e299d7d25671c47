// A program at many points: in lanes where it is one of numbers, point by point where arrays are in it.
#include <cstring>

#include "wengert/program/group_run.hpp"
#include "wengert/program/program.hpp"
#include "wengert/tape/guards.hpp"

namespace wengert::program {
namespace {

/// Point k of an array of points, where it lies.
Storage place(const Value& all, std::int64_t k) {
  const Storage a = all.storage();
  const Dims dims = a.shape(), strides = a.strides();
  const Shape shape(std::span(dims.begin() + 1, dims.end()));
  return view(a, shape, Dims(std::span(strides.begin() + 1, strides.end())), k * strides[0]);
}

Shape with_points(std::int64_t points, const Shape& shape) {
  Shape all{points};
  for (const std::int64_t n : shape) all.push_back(n);
  return all;
}

/// Which points' values are the outcome of a guard.
void compare(const Guard& g, const Value& values, std::vector<bool>& held) {
  if (g.kind == Guard::Kind::truth && values.dtype() == Dtype::boolean && values.block()->contiguous) {
    const auto* now = reinterpret_cast<const bool*>(values.block()->data);
    const bool then = g.outcome.as_double() != 0;
    for (std::size_t k = 0; k < held.size(); ++k) held[k] = held[k] && now[k] == then;
    return;
  }
  for (std::size_t k = 0; k < held.size(); ++k) {
    const Value now = guarded_outcome(g.kind, settle(place(values, static_cast<std::int64_t>(k))));
    if (held[k] && !same_outcome(now, g.outcome)) held[k] = false;
  }
}

BatchResult in_lanes(const Program& p, std::span<const Value> inputs, std::int64_t points) {
  const Listing& list = p.listing();
  Group g = *p.batch();
  g.shape = {points};
  g.size = points;
  const auto source = [&](NodeId id) {
    const Node& n = list.nodes[index(id)];
    return borrowed(n.code == code::input ? inputs[index(n.a)] : list.constants[index(n.a)]);
  };
  std::vector<Value> kept(list.size());
  GroupRun run;
  run.begin(g);
  for (const Group::Place& load : g.loads) run.load(load.row, source(load.node));
  for (const Group::Place& store : g.stores) {
    kept[index(store.node)] = run.store(store.row, list.type(index(store.node)).dtype);
  }
  run.all();
  BatchResult result{{}, std::vector<bool>(static_cast<std::size_t>(points), true)};
  const auto value = [&](NodeId id) {
    const std::uint16_t c = list.nodes[index(id)].code;
    if (c != code::input && c != code::constant) return kept[index(id)];
    const Value v = source(id);
    const Storage repeated = allocate(v.dtype(), Shape{points});
    copy(v.ndim() ? v.storage() : strided(v, v.dtype()), repeated);
    return Value(repeated);
  };
  for (const Guard& guard : list.guards) compare(guard, value(guard.node), result.held);
  for (const NodeId id : list.outputs) result.outputs.push_back(value(id));
  return result;
}

BatchResult one_by_one(const Program& p, std::span<const Value> inputs, std::int64_t points) {
  const Listing& list = p.listing();
  BatchResult result{{}, std::vector<bool>(static_cast<std::size_t>(points), true)};
  for (const NodeId id : list.outputs) {
    const Type& t = list.type(index(id));
    result.outputs.push_back(Value(allocate(t.dtype, with_points(points, t.shape))));
  }
  Workspace work(p);
  std::vector<Value> here(inputs.size()), found;
  for (std::int64_t k = 0; k < points; ++k) {
    for (std::size_t j = 0; j < inputs.size(); ++j) here[j] = settle(place(inputs[j], k));
    if (work.run(here, found)) {
      result.held[static_cast<std::size_t>(k)] = false;
      continue;
    }
    for (std::size_t j = 0; j < found.size(); ++j) {
      copy(strided(found[j], found[j].dtype()), place(result.outputs[j], k));
    }
  }
  return result;
}

}  // namespace

BatchResult run_batch(const Program& p, std::span<const Value> inputs, std::int64_t points) {
  return p.batch() ? in_lanes(p, inputs, points) : one_by_one(p, inputs, points);
}

}  // namespace wengert::program
