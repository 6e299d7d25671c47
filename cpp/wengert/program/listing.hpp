// A program as a list: what a recording did, without the values it did it on. Immutable once built, plain data.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "wengert/tape/var.hpp"

namespace wengert::program {

/// As in a recording: an elementwise primitive with its operands, a `call` whose number is `a`, an `input` or a `constant`
/// whose number is `a`.
struct Node {
  std::uint16_t code;
  NodeId a, b;
  std::uint32_t type;  // in the list of types
};

struct Listing {
  std::vector<Node> nodes;
  std::vector<Place> places;  // the line of each node; empty where lines were not noted
  std::vector<Type> types;
  std::vector<Value> constants;
  std::vector<Call> calls;
  std::vector<NodeId> operands;
  std::vector<std::int64_t> attributes;
  std::vector<Type> inputs;
  std::vector<NodeId> outputs;
  std::vector<Guard> guards;   // in the order of their nodes
  std::vector<Mark> marks;     // not saved
  std::vector<NodeId> stages;  // the first nodes of parts that are planned apart; not saved
  bool opaque = false;         // holds functions with rules of their own, which it knows the values of only

  std::size_t size() const { return nodes.size(); }
  /// Is node i given, and not computed?
  bool is_source(std::size_t i) const { return nodes[i].code == code::input || nodes[i].code == code::constant; }
  const Type& type(std::size_t i) const { return types[nodes[i].type]; }
  const Call& call(std::size_t i) const { return calls[index(nodes[i].a)]; }
  std::span<const NodeId> operands_of(const Call& c) const { return {operands.data() + c.first_operand, c.operands}; }
  Attributes attributes_of(const Call& c) const { return {attributes.data() + c.first_attribute, c.attributes}; }

  /// Calls f(id) for each node that node i is computed from.
  template <class F>
  void each_operand(std::size_t i, F&& f) const {
    const Node& n = nodes[i];
    if (n.code == code::call) {
      for (const NodeId id : operands_of(call(i))) f(id);
    } else if (n.code < code::elementwise_end) {
      f(n.a);
      if (n.b != NodeId::none) f(n.b);
    }
  }
};

/// Counts of what became of a recording.
struct Built {
  std::size_t recorded = 0;  // operations of the recording
  Listing listing;
};

/// The operations that lead from `inputs` to `outputs`, and to guards: common ones once, dead ones not at all. Outputs
/// without a node are constants.
Built build(const Recording& r, std::span<const NodeId> inputs, std::span<const Var> outputs);

/// One operation a line, with its type, its uses and its operands, and with the line of the program that it comes from.
std::string text(const Listing& p, const std::function<std::string(Place)>& line = {});

/// What a run costs, and how it goes.
struct Statistics {
  std::size_t groups = 0, repeats = 0, calls = 0;  // steps
  std::size_t scalars = 0, small = 0;              // operations on numbers, on small arrays
  std::size_t arena_bytes = 0;                     // arrays and numbers at a time, at most
  double flops = 0;
};
class Program;
Statistics statistics(const Program& p);
/// Bytes that are alive at each step of a run, its inputs and constants apart: arrays from the step that makes them to the
/// last that needs them, and the memory of numbers and small arrays.
std::vector<std::size_t> live_bytes(const Program& p);
/// What each node's value takes in a run: nothing, where it is in the cache only.
std::vector<std::size_t> stored_bytes(const Program& p);
std::size_t bytes_of(const Type& t);
/// The most of live_bytes.
std::size_t most_bytes(const Program& p);
/// An elementwise operation's own, of every element; two a term of a product of matrices; else one an element read.
double flops(const Listing& p, std::size_t i);

}  // namespace wengert::program
