#include "wengert/program/listing.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/table.hpp"

namespace wengert::program {
namespace {

std::string text(const Type& t) { return std::string(wengert::text(t.dtype)) + " " + wengert::text(t.shape); }
std::string name(NodeId id) { return "v" + std::to_string(index(id)); }

std::string text(const Value& v) {
  if (v.size() != 1 || is_complex(v.dtype())) return "array";
  std::string number = std::to_string(element(v, 0));
  while (number.ends_with('0') && !number.ends_with(".0")) number.pop_back();
  return number;
}

std::string operation(const Listing& p, std::size_t i) {
  const Node& n = p.nodes[i];
  if (n.code == code::input) return "input " + std::to_string(index(n.a));
  if (n.code == code::constant) return "constant " + text(p.constants[index(n.a)]);
  std::string line, operands;
  p.each_operand(i, [&](NodeId id) { operands += (operands.empty() ? "" : ", ") + name(id); });
  if (n.code != code::call) return std::string(rule::primitive(static_cast<Op>(n.code)).name) + "(" + operands + ")";
  const Call& c = p.call(i);
  const Attributes at = p.attributes_of(c);
  if (!at.empty()) operands += "; " + wengert::text(at);
  return std::string(structural::info(c.primitive).name) + "(" + operands + ")";
}

}  // namespace

std::string text(const Listing& p, const std::function<std::string(Place)>& line_of) {
  std::vector<std::size_t> uses(p.size());
  for (std::size_t i = 0; i < p.size(); ++i) p.each_operand(i, [&](NodeId id) { ++uses[index(id)]; });
  std::string all;
  auto guard = p.guards.begin();
  for (std::size_t i = 0; i < p.size(); ++i) {
    std::string line = name(static_cast<NodeId>(i)) + " = " + operation(p, i);
    line.resize(std::max<std::size_t>(line.size() + 2, 44), ' ');
    line += text(p.type(i)) + ", used " + std::to_string(uses[i]) + (uses[i] == 1 ? " time" : " times");
    if (line_of && i < p.places.size() && p.places[i] != Place::unknown) {
      line.resize(std::max<std::size_t>(line.size() + 2, 88), ' ');
      line += line_of(p.places[i]);
    }
    all += line + "\n";
    for (; guard != p.guards.end() && index(guard->node) == i; ++guard) {
      const char* const kinds[] = {"truth", "integer", "values"};
      all += "    guard: " + std::string(kinds[static_cast<int>(guard->kind)]) + " of " + name(guard->node) + " is " +
             text(guard->outcome) + "\n";
    }
  }
  all += "return";
  for (std::size_t k = 0; k < p.outputs.size(); ++k) all += (k ? ", " : " ") + name(p.outputs[k]);
  return all;
}

}  // namespace wengert::program
