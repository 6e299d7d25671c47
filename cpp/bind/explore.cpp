// What a page that explains a program is told beside its operations: lines, guards, and parts of it as programs.
#include <pybind11/stl.h>

#include "program.hpp"

#include "wengert/program/excerpt.hpp"

namespace wengert::bind {
namespace {

/// The code object, line and call (see set_call) that each node comes from; None where that is not known.
py::list places(const Handle& h) {
  py::list all;
  for (std::size_t i = 0; i < h.listing().size(); ++i) {
    all.append(i < h.listing().places.size() ? source_of(h.listing().places[i]) : py::none());
  }
  return all;
}

/// What each guard looks at and what it saw: kind, node, value.
py::list guards(const Handle& h) {
  constexpr const char* kinds[] = {"truth", "integer", "values"};
  py::list all;
  for (const Guard& g : h.listing().guards) {
    all.append(py::make_tuple(kinds[static_cast<int>(g.kind)], index(g.node), Handle::result(g.outcome, true)));
  }
  return all;
}

/// The part that leads from some nodes to others, which need no more than these.
std::shared_ptr<Handle> excerpt(const Handle& h, const std::vector<std::size_t>& given,
                                const std::vector<std::size_t>& wanted) {
  const program::Listing& p = h.listing();
  program::Excerpt part(p);
  for (const std::size_t i : given) part.input(i);
  std::vector<bool> needed(p.size());
  for (const std::size_t i : wanted) needed.at(i) = true;
  for (std::size_t i = p.size(); i-- > 0;) {
    if (!needed[i] || part.has(static_cast<NodeId>(i))) continue;
    if (p.nodes[i].code == code::input) throw TapeError("explore: a part of a program that is not given its inputs");
    p.each_operand(i, [&](NodeId id) { needed[index(id)] = true; });
  }
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (needed[i]) part.compute(i);
  }
  for (const std::size_t i : wanted) part.output(static_cast<NodeId>(i));
  return std::make_shared<Handle>(part.finish());
}

}  // namespace

void add_explore(py::module_& m) {
  m.def("program_places", places);
  m.def("program_guards", guards);
  m.def("program_excerpt", excerpt);
}

}  // namespace wengert::bind
