// Programs seen from Python: recorded from a call of a function, run again without it.
#include <pybind11/complex.h>
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "capture.hpp"
#include "program.hpp"

#include "wengert/base/error.hpp"
#include "wengert/base/threads.hpp"
#include "wengert/program/cut.hpp"
#include "wengert/program/program.hpp"
#include "wengert/program/require.hpp"
#include "wengert/program/save.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/tape/fresh_start.hpp"

namespace wengert::bind {
namespace {

using program::Failure;
using program::Workspace;

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
    own_->record_all(place_here);
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
    Var x = taken(o);
    const Value& v = x.value;
    x.node = own_->push_input(NodeId::none, v.is_weak() ? settle(strided(v, v.dtype())) : v);
    own_->pin();
    inputs_.push_back(x.node);
    own_->given = inputs_.size();
    return x;
  }
  /// What an earlier recording of the function closed over is given too: inputs, in their order. Others are let in still,
  /// or not.
  void recapture(const Recorder& earlier, const std::vector<py::object>& values, bool open) {
    for (std::size_t k = 0; k < values.size(); ++k) {
      const Capture::Key& key = earlier.c_.keys[k];
      c_.inside[key] = input(values[k]);
      c_.keys.push_back(key);
      c_.outer.push_back(earlier.c_.outer[k]);
    }
    c_.open = open;
  }
  /// Arrays of transforms around this one that the function closed over, as they are there.
  const std::vector<Var>& outer() const { return c_.outer; }
  /// The program that leads to these arrays.
  std::shared_ptr<Handle> finish(const std::vector<Var>& outputs) const {
    return std::make_shared<Handle>(program::build(*own_, inputs_, outputs));
  }
  /// Arrays of transforms around this one that the function closed over.
  std::size_t foreign() const { return c_.outer.size(); }

 private:
  /// An array that differs from lane to lane would be captured by a look at it; whoever gives one has looked before.
  Var taken(const py::object& o) const {
    if (!is_array(o.ptr())) return require(o.ptr(), name_.c_str());
    ArrayObject* a = as_array(o.ptr());
    return a->var.lanes ? a->var : peek(a);
  }

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
  for (const py::handle leaf : leaves) {
    PyObject* const o = leaf.ptr();
    if (is_array(o)) {
      const Var& v = peek(as_array(o));
      traced |= v.recorded();
      batched |= v.lanes != 0;
      plain = false;
      append_form(form, 'a', v.value);
    } else if (PyFloat_CheckExact(o)) {
      append_form(form, 'f', Value::number(0));
    } else if (PyComplex_CheckExact(o)) {
      append_form(form, 'c', full(Dtype::complex128, {}, 0));
    } else if (PyFloat_Check(o) || py::isinstance<py::array>(leaf) || is_numpy_number(leaf)) {
      append_form(form, 'n', borrow_value(o, "compile"));
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

py::bytes bits(const Value& v) {
  if (!v.is_array()) {
    const double x = v.as_double();
    return {reinterpret_cast<const char*>(&x), sizeof x};
  }
  const Storage a = contiguous(v.storage());
  return {reinterpret_cast<const char*>(a->data), static_cast<std::size_t>(a->size) * item_size(a->dtype)};
}

/// The program in so many bytes at a time, and what it takes; none where that is too little, and the least that can be.
static py::tuple within(const std::shared_ptr<Handle>& h, std::size_t budget) {
  const std::size_t whole = program::most_bytes(h->program());
  if (whole <= budget) return py::make_tuple(h, whole);
  program::Cut found = program::cut(h->program(), budget);
  if (found.most > budget) return py::make_tuple(py::none(), found.most);
  return py::make_tuple(std::make_shared<Handle>(program::Built{h->recorded(), std::move(found.listing)}), found.most);
}

static void add_threads(py::module_& m) {
  m.def("thread_count", threads::count);
  m.def("set_thread_count", [](int count) {
    if (count < 1) throw DomainError("set_thread_count: at least one thread, given " + std::to_string(count));
    threads::set_count(count);
  });
}

void add_program(py::module_& m) {
  py::class_<Handle, std::shared_ptr<Handle>>(m, "Program",
                                              "Operations that run again without the function they were recorded from.")
      .def("run", &Handle::run)
      .def("run_batch", &Handle::run_batch)
      .def("run_on_variables", &Handle::run_on_variables)
      .def("__str__", [](const Handle& h) { return program::text(h.listing(), line_at); })
      .def("save", [](const Handle& h,
                      const std::string& notes) { return py::bytes(program::save(h.listing(), h.recorded(), notes)); })
      .def_property_readonly("inputs", [](const Handle& h) { return h.listing().inputs.size(); })
      .def_property_readonly("outputs", [](const Handle& h) { return h.listing().outputs.size(); })
      .def_property_readonly("outcomes", &Handle::outcomes)
      .def_property_readonly("recorded", &Handle::recorded)
      .def_property_readonly("size", [](const Handle& h) { return h.listing().size(); })
      .def("statistics",
           [](const Handle& h) {
             const program::Statistics s = program::statistics(h.program());
             py::dict d;
             d["groups"] = s.groups;
             d["repeats"] = s.repeats;
             d["calls"] = s.calls;
             d["operations_on_numbers"] = s.scalars;
             d["operations_on_small_arrays"] = s.small;
             d["arena_bytes"] = s.arena_bytes;
             d["flops"] = s.flops;
             return d;
           })
      .def("within", within)
      .def("live_bytes", [](const Handle& h) { return program::live_bytes(h.program()); })
      .def_property_readonly("opaque", [](const Handle& h) { return h.listing().opaque; });
  py::class_<Recorder>(m, "Recorder", "One run of a function whose every operation is recorded.")
      .def(py::init<std::string, const py::object&>())
      .def("enter", &Recorder::enter)
      .def("exit", &Recorder::exit)
      .def("input", &Recorder::input)
      .def("finish", &Recorder::finish)
      .def("recapture", &Recorder::recapture)
      .def_property_readonly("outer", &Recorder::outer)
      .def_property_readonly("foreign", &Recorder::foreign);
  add_shortcut(m);
  m.def("load_program", [](const py::bytes& file) {
    program::Saved saved = program::load(std::as_bytes(std::span(std::string_view(file))));
    return py::make_tuple(std::make_shared<Handle>(std::move(saved.built)), py::bytes(saved.notes));
  });
  m.def("signature", signature);
  add_threads(m);
  // One of many points, the first axis.
  m.def("point", [](const py::object& points, std::int64_t k) -> py::object { return points[py::int_(k)]; });
  m.def("array_leaves", [](const py::list& leaves) {
    std::vector<bool> which;
    for (const py::handle leaf : leaves) which.push_back(is_array_leaf(leaf));
    return which;
  });
}

}  // namespace wengert::bind
