// Functions whose derivatives Python states.
#include "wengert/tape/custom.hpp"

#include <pybind11/stl.h>

#include "array.hpp"

#include "wengert/base/error.hpp"

namespace wengert::bind {
namespace {

py::object handle(const Var& v) {
  PyObject* o = wrap(v);
  if (!o) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(o);
}

py::list handles(std::span<const Var> vars) {
  py::list list;
  for (const Var& v : vars) list.append(handle(v));
  return list;
}

class PythonRules final : public Custom {
 public:
  PythonRules(std::string name, py::object adjoint, py::object tangent)
      : name_(std::move(name)), adjoint_(std::move(adjoint)), tangent_(std::move(tangent)) {}

  std::vector<Var> adjoint(std::span<const Var> in, const Var& y, const Var& ybar) const override {
    pin();
    const py::sequence given = adjoint_(handles(in), handle(y), handle(ybar));
    if (given.size() != in.size()) {
      throw ShapeError(name_ + ": adjoints missing: " + std::to_string(given.size()) + " for " +
                       std::to_string(in.size()) + " operands");
    }
    std::vector<Var> bars;
    for (std::size_t k = 0; k < in.size(); ++k) bars.push_back(like(py::object(given[k]), in[k], "the adjoint"));
    return bars;
  }
  Var tangent(std::span<const Var> in, const Var& y, std::span<const Var* const> dx) const override {
    pin();
    py::list directions;
    for (std::size_t k = 0; k < in.size(); ++k) directions.append(handle(dx[k] ? *dx[k] : zeros_like(in[k])));
    return like(tangent_(handles(in), handle(y), directions), y, "the tangent");
  }

 private:
  /// A sweep that records itself holds nodes without handles: what dies in the rule must not take them along.
  static void pin() {
    if (active()) active()->pin();
  }
  Var like(const py::object& given, const Var& x, const char* what) const {
    const Var v = require(given.ptr(), name_.c_str());
    if (!(v.shape() == x.shape())) {
      throw ShapeError(name_ + ": shapes differ: " + what + " is " + text(v.shape()) + ", expected " + text(x.shape()));
    }
    if (is_complex(v.dtype()) && is_float(x.dtype()) && !is_complex(x.dtype())) {
      throw DtypeError(name_ + ": element type: " + what + " is " + std::string(text(v.dtype())) + ", expected " +
                       std::string(text(x.dtype())) + ": the derivative of a real array is real");
    }
    const Var found = is_float(x.dtype()) ? converted(v, x.dtype()) : v;
    pin();  // while its handle lives
    return found;
  }

  std::string name_;
  py::object adjoint_, tangent_;
};

}  // namespace

void add_custom(py::module_& m) {
  m.def("custom", [](std::string name, const std::vector<py::object>& operands, const Var& y, py::object adjoint,
                     py::object tangent) {
    std::vector<Var> in;
    for (const py::object& o : operands) in.push_back(require(o.ptr(), name.c_str()));
    if (y.recorded() && active()->reaches_watched(y.node)) {
      throw TapeError(name +
                      ": the function uses a recorded array that is not among its arguments: pass it as one, or its "
                      "derivative would be lost");
    }
    return custom(std::make_shared<PythonRules>(name, std::move(adjoint), std::move(tangent)), in, y);
  });
  // The same with a rule for whole arrays: inside vmap, too, it knows nothing of lanes.
  m.def("custom_whole",
        [](std::string name, const std::vector<py::object>& operands, const Var& y, py::object adjoint,
           py::object tangent) -> Var {
          std::vector<NodeId> in;
          for (const py::object& o : operands) in.push_back(node_of(require(o.ptr(), name.c_str())));
          auto rule = std::make_shared<PythonRules>(name, std::move(adjoint), std::move(tangent));
          return {y.value, active()->push_custom({std::move(rule), std::move(in)}, y.value), y.lanes};
        });
  m.def("is_recording", [] { return active() != nullptr; });
  m.def("records_all", [] { return active() && active()->records_all(); });
}

}  // namespace wengert::bind
