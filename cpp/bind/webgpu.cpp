// Plans for graphics processors, as plain data for Python.
#include <pybind11/stl.h>

#include "program.hpp"

#include "wengert/webgpu/plan.hpp"

namespace wengert::bind {
namespace {

const char* text(webgpu::Role r) {
  const char* const names[] = {"input", "constant", "temporary", "output"};
  return names[static_cast<int>(r)];
}
const char* text(webgpu::Scalar s) {
  const char* const names[] = {"float32", "int32", "bool"};
  return names[static_cast<int>(s)];
}

py::dict plan(const Handle& h, const std::string& prelude) {
  const webgpu::Plan p = webgpu::lower(h.listing(), prelude, line_at);
  py::list buffers, steps;
  for (const webgpu::Buffer& b : p.buffers) {
    buffers.append(py::make_tuple(text(b.role), text(b.type), b.elements, webgpu::buffer_bytes(b.elements), b.number));
  }
  for (const webgpu::Step& s : p.steps) {
    const bool known = s.node < h.listing().places.size();
    steps.append(py::make_tuple(s.kernel, py::make_tuple(s.grid[0], s.grid[1], s.grid[2]), s.reads, s.writes,
                                known ? line_at(h.listing().places[s.node]) : std::string()));
  }
  py::dict d;
  d["kernels"] = p.kernels;
  d["buffers"] = buffers;
  d["steps"] = steps;
  d["outputs"] = p.outputs;
  d["slots"] = p.slots;
  d["most_live"] = p.most_live;
  return d;
}

}  // namespace

void add_webgpu(py::module_& m) {
  m.def("webgpu_plan", plan);
  m.def("webgpu_constant", [](const Handle& h, std::size_t k) { return Handle::result(h.listing().constants.at(k), true); });
  // Element types and shapes of what a program takes and gives.
  m.def("program_types", [](const Handle& h) {
    const auto described = [](const Type& t) {
      return py::make_tuple(std::string(text(t.dtype)), std::vector<std::int64_t>(t.shape.begin(), t.shape.end()));
    };
    py::list in, out;
    for (const Type& t : h.listing().inputs) in.append(described(t));
    for (const NodeId id : h.listing().outputs) out.append(described(h.listing().type(index(id))));
    return py::make_tuple(in, out);
  });
}

}  // namespace wengert::bind
