// The compiled table, as tests and documentation read it.
#include <pybind11/stl.h>

#include "array.hpp"

#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/table.hpp"

namespace wengert::bind {
namespace {

std::string_view kind_of(const rule::Primitive& p) {
  if (!p.differentiable()) return "none";
  const bool constant = p.partials[0].constant && p.partials[1].constant;
  if (constant && p.partials[0].number == 0 && p.partials[1].number == 0) return "none";
  return constant ? "linear" : "general";
}

std::string_view output_of(const rule::Primitive& p) {
  if (p.types == rule::compare) return "bool";
  return p.types == rule::reals ? "float" : "same";
}

py::dict elementwise(const rule::Primitive& p) {
  using namespace py::literals;
  py::list domains;
  for (int k = 0; k < p.arity; ++k) domains.append(py::make_tuple(p.domain.lo, p.domain.hi));
  return py::dict("name"_a = p.name, "doc"_a = p.doc, "arity"_a = p.arity, "elementwise"_a = true,
                  "internal"_a = p.internal, "kind"_a = kind_of(p), "domains"_a = py::tuple(domains),
                  "ulp"_a = p.domain.allowed, "output"_a = output_of(p),
                  "complex"_a = p.value[index(Dtype::complex128)] != nullptr);
}

py::dict structural_record(const rule::Structural& s) {
  using namespace py::literals;
  return py::dict("name"_a = s.name, "doc"_a = s.doc, "arity"_a = 0, "elementwise"_a = false, "internal"_a = false,
                  "kind"_a = text(s.kind), "domains"_a = py::tuple(), "ulp"_a = 0, "output"_a = "same",
                  "complex"_a = false);
}

}  // namespace

void add_table(py::module_& m) {
  m.def("primitives", [] {
    py::list out;
    for (const rule::Primitive& p : rule::table()) out.append(elementwise(p));
    for (std::size_t k = 0; k < structural::count; ++k)
      out.append(structural_record(structural::info(static_cast<CallId>(k))));
    return out;
  });
}

}  // namespace wengert::bind
