// Programs seen from Python: recorded from a call of a function, run again without it.
#include <pybind11/complex.h>
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "capture.hpp"

#include "wengert/base/error.hpp"
#include "wengert/program/program.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/tape/fresh_start.hpp"

namespace wengert::bind {
namespace {

using program::Failure;
using program::Workspace;

/// A program and workspaces that wait to be used again. Python's lock is held wherever these change.
class Handle {
 public:
  explicit Handle(program::Built built) : program_(std::make_shared<program::Program>(std::move(built))) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  const program::Listing& listing() const { return program_->listing(); }
  std::size_t recorded() const { return program_->recorded(); }

  py::object run(const std::vector<py::object>& given, bool plain) {
    std::vector<Value> inputs;
    for (const py::object& o : given) inputs.push_back(borrow_value(o.ptr(), "program"));
    require_types(inputs);
    std::unique_ptr<Workspace> work = take();
    std::vector<Value> outputs;
    std::optional<Failure> failure;
    {
      const py::gil_scoped_release others;
      failure = work->run(inputs, outputs);
    }
    if (spare_.size() < 4) spare_.push_back(std::move(work));
    if (failure) return told(*failure);
    py::list results;
    for (Value& y : outputs) results.append(result(std::move(y), plain));
    return results;
  }

  py::object run_on_variables(const std::vector<Var>& inputs) {
    const Uninterrupted whole;
    std::vector<Var> outputs;
    const std::optional<Failure> failure = replay_on_variables(*program_, inputs, outputs);
    return failure ? told(*failure) : py::cast(outputs);
  }

  /// What each guard saw when the program was recorded.
  std::vector<py::bytes> outcomes() const {
    std::vector<py::bytes> all;
    for (const Guard& g : listing().guards) all.push_back(bits(g.outcome));
    return all;
  }

 private:
  static py::object result(Value y, bool plain) {
    if (!plain) return py::cast(Var(std::move(y)));
    return py::reinterpret_steal<py::object>(to_numpy(y, true));
  }
  static py::bytes bits(const Value& v) {
    if (!v.is_array()) {
      const double x = v.as_double();
      return {reinterpret_cast<const char*>(&x), sizeof x};
    }
    const Storage a = contiguous(v.storage());
    return {reinterpret_cast<const char*>(a->data), static_cast<std::size_t>(a->size) * item_size(a->dtype)};
  }
  static py::object told(const Failure& f) { return py::make_tuple(f.guard, bits(f.outcome)); }

  void require_types(std::span<const Value> inputs) const {
    const auto& wanted = listing().inputs;
    if (inputs.size() != wanted.size()) {
      throw ShapeError("program: another number of arrays: given " + std::to_string(inputs.size()) +
                       ", recorded with " + std::to_string(wanted.size()));
    }
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      if (inputs[k].dtype() == wanted[k].dtype && inputs[k].shape() == wanted[k].shape) continue;
      throw ShapeError("program: array " + std::to_string(k) + " differs: given " +
                       std::string(text(inputs[k].dtype())) + " of shape " + text(inputs[k].shape()) +
                       ", recorded with " + std::string(text(wanted[k].dtype)) + " of shape " + text(wanted[k].shape));
    }
  }
  std::unique_ptr<Workspace> take() {
    if (spare_.empty()) return std::make_unique<Workspace>(*program_);
    std::unique_ptr<Workspace> work = std::move(spare_.back());
    spare_.pop_back();
    return work;
  }

  std::shared_ptr<const program::Program> program_;
  std::vector<std::unique_ptr<Workspace>> spare_;
};

/// One run of a function whose every operation is recorded: on a recording of its own, apart from those around it.
class Recorder {
 public:
  Recorder(std::string name, const py::object& function) : name_(std::move(name)), code_(code_of(function)) {}
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  ~Recorder() {
    if (activation_ && active() == own_.get()) exit();
  }

  void enter() {
    own_ = spare_recording();
    c_.outside = active();
    c_.recording = own_.get();
    c_.births = births;
    c_.before = std::exchange(capture, &c_);
    activation_ = std::make_unique<Activation>(own_.get());
    own_->record_all();
    ++own_->holders;
    remember_origin(own_->enter_scope(), name_, code_);
  }
  void exit() {
    if (!activation_) return;
    activation_.reset();
    capture = c_.before;
    outputs_.clear();
    own_.reset();
  }
  Var input(const py::object& o) {
    Value v = is_array(o.ptr()) ? peek(as_array(o.ptr())).value : require(o.ptr(), name_.c_str()).value;
    const NodeId id = own_->push_input(NodeId::none, v.is_weak() ? settle(strided(v, v.dtype())) : v);
    own_->pin();
    inputs_.push_back(id);
    own_->given = inputs_.size();
    return {std::move(v), id};
  }
  /// The program that leads to these arrays.
  std::unique_ptr<Handle> finish(const std::vector<Var>& outputs) const {
    return std::make_unique<Handle>(program::build(*own_, inputs_, outputs));
  }
  /// Arrays of transforms around this one that the function closed over.
  std::size_t foreign() const { return c_.outer.size(); }

 private:
  std::string name_;
  py::object code_;
  Capture c_;
  std::shared_ptr<Recording> own_;
  std::unique_ptr<Activation> activation_;
  std::vector<NodeId> inputs_;
  std::vector<Var> outputs_;
};

bool is_numpy_number(py::handle o) {
  static PyObject* const generic = py::object(py::module_::import("numpy").attr("number")).release().ptr();
  static PyObject* const truth = py::object(py::module_::import("numpy").attr("bool_")).release().ptr();
  return PyObject_IsInstance(o.ptr(), generic) == 1 || PyObject_IsInstance(o.ptr(), truth) == 1;
}

bool is_array_leaf(py::handle o) {
  return is_array(o.ptr()) || PyFloat_Check(o.ptr()) || PyComplex_CheckExact(o.ptr()) || py::isinstance<py::array>(o) ||
         is_numpy_number(o);
}

/// Which leaves of a call are arrays, and of which form: equal calls have equal signatures. Other leaves belong to it as
/// they are.
py::tuple signature(const py::list& leaves) {
  std::string form;
  py::list arrays, others;
  bool traced = false, batched = false, plain = true;
  const auto put = [&](char kind, Dtype d, std::span<const std::int64_t> shape) {
    form += kind;
    form += static_cast<char>(d);
    form += static_cast<char>(shape.size());
    form.append(reinterpret_cast<const char*>(shape.data()), shape.size_bytes());
  };
  for (const py::handle leaf : leaves) {
    PyObject* const o = leaf.ptr();
    if (is_array(o)) {
      const Var& v = peek(as_array(o));
      traced |= v.recorded();
      batched |= v.lanes != 0;
      plain = false;
      const Shape shape = v.shape();
      put('a', v.dtype(), std::span(shape.begin(), shape.end()));
    } else if (PyFloat_CheckExact(o)) {
      put('f', Dtype::float64, {});
    } else if (PyComplex_CheckExact(o)) {
      put('c', Dtype::complex128, {});
    } else if (PyFloat_Check(o) || py::isinstance<py::array>(leaf) || is_numpy_number(leaf)) {
      const Value v = borrow_value(o, "compile");
      const Shape shape = v.shape();
      put('n', v.dtype(), std::span(shape.begin(), shape.end()));
    } else {
      form += 's';
      others.append(py::make_tuple(py::type::of(leaf), leaf));
      continue;
    }
    arrays.append(leaf);
  }
  return py::make_tuple(py::bytes(form), py::tuple(others), arrays, traced, batched, plain);
}

}  // namespace

void add_program(py::module_& m) {
  py::class_<Handle>(m, "Program", "Operations that run again without the function they were recorded from.")
      .def("run", &Handle::run)
      .def("run_on_variables", &Handle::run_on_variables)
      .def("__str__", [](const Handle& h) { return program::text(h.listing()); })
      .def_property_readonly("outcomes", &Handle::outcomes)
      .def_property_readonly("recorded", &Handle::recorded)
      .def_property_readonly("size", [](const Handle& h) { return h.listing().size(); })
      .def_property_readonly("opaque", [](const Handle& h) { return h.listing().opaque; });
  py::class_<Recorder>(m, "Recorder", "One run of a function whose every operation is recorded.")
      .def(py::init<std::string, const py::object&>())
      .def("enter", &Recorder::enter)
      .def("exit", &Recorder::exit)
      .def("input", &Recorder::input)
      .def("finish", &Recorder::finish)
      .def_property_readonly("foreign", &Recorder::foreign);
  m.def("signature", signature);
  m.def("array_leaves", [](const py::list& leaves) {
    std::vector<bool> which;
    for (const py::handle leaf : leaves) which.push_back(is_array_leaf(leaf));
    return which;
  });
}

}  // namespace wengert::bind
