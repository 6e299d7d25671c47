// Runs a function apart from the tape, and remembers what it took from there; runs it again with that given anew.
#include "capture.hpp"

#include <pybind11/stl.h>

#include "wengert/base/error.hpp"

namespace wengert::bind {

thread_local constinit Capture* capture = nullptr;

namespace {

/// The state outside of a capture, for as long as something is looked up there.
class Outside {
 public:
  explicit Outside(Capture& c) : inside_(std::exchange(capture, c.before)), around_(c.outside) {}
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;
  ~Outside() { capture = inside_; }

 private:
  Capture* inside_;
  Activation around_;
};

bool concerns(const Capture* c, const ArrayObject* a) {
  if (!c || active() != c->recording) return false;
  if (!a->var.recorded()) return a->var.lanes != 0 && a->var.value.is_array() && (!c->open || a->born <= c->births);
  return !c->recording || a->serial != c->recording->serial() || !c->open;
}

Capture::Key key_of(const ArrayObject* a) {
  if (a->var.recorded()) return {a->serial, a->var.node, nullptr, a->var.lanes};
  return {0, NodeId::none, a->var.value.block(), a->var.lanes};
}

}  // namespace

const Var* captured(ArrayObject* a) {
  if (!concerns(capture, a)) return nullptr;
  Capture& c = *capture;
  if (c.open) {
    const Outside look(c);
    read(a);  // a view of what was written meanwhile is read again; what is out of reach is refused
  }
  const Capture::Key key = key_of(a);
  const auto found = c.inside.find(key);
  if (found != c.inside.end()) return &found->second;
  if (!c.open) return nullptr;
  const Outside look(c);
  const Var seen = read(a);
  leave_guard(seen, Guard::Kind::values);
  c.keys.push_back(key);
  c.outer.push_back(seen);
  return &(c.inside[key] = constant_of(seen));
}

void refuse_captured(const ArrayObject* a) {
  if (!concerns(capture, a) || !a->var.recorded() || a->serial == capture->recording->serial()) return;
  throw TapeError(
      "assignment: into a recorded array from outside of the function that runs apart from the tape (checkpoint, "
      "custom_vjp, custom_jvp): the derivative would be lost; return the new array instead");
}

namespace {

/// `with Capture() as c: f(...)`: nothing is recorded; c.outer is what f closed over.
class Apart {
 public:
  void enter() {
    own_ = spare_recording();
    c_.outside = active();
    c_.recording = own_.get();
    c_.births = births;
    c_.before = std::exchange(capture, &c_);
    activation_ = std::make_unique<Activation>(own_.get());
  }
  void exit() {
    activation_.reset();
    capture = c_.before;
    own_.reset();
  }
  const std::vector<Var>& outer() const { return c_.outer; }
  const std::vector<Capture::Key>& keys() const { return c_.keys; }

 private:
  Capture c_;
  std::shared_ptr<Recording> own_;
  std::unique_ptr<Activation> activation_;
};

/// `with Rebound(c, arrays): f(...)`: what f closed over is `arrays` now.
class Rebound {
 public:
  Rebound(const Apart& first, std::vector<py::object> arrays) : keys_(first.keys()), arrays_(std::move(arrays)) {}
  void enter() {
    c_.open = false;
    c_.recording = c_.outside = active();
    for (std::size_t k = 0; k < keys_.size(); ++k) c_.inside[keys_[k]] = require(arrays_[k].ptr(), "checkpoint");
    c_.before = std::exchange(capture, &c_);
  }
  void exit() { capture = c_.before; }

 private:
  Capture c_;
  std::vector<Capture::Key> keys_;
  std::vector<py::object> arrays_;
};

template <class T>
void add_context(py::class_<T>& type) {
  type.def("__enter__", [](T& self) -> T& {
    self.enter();
    return self;
  });
  type.def("__exit__", [](T& self, const py::args&) { self.exit(); });
}

}  // namespace

void add_capture(py::module_& m) {
  py::class_<Apart> apart(m, "Capture", "Runs code apart from the tape and notes what it takes from there.");
  apart.def(py::init<>()).def_property_readonly("outer", &Apart::outer);
  add_context(apart);
  py::class_<Rebound> rebound(m, "Rebound", "Runs code again with what it took from the tape given anew.");
  rebound.def(py::init<const Apart&, std::vector<py::object>>());
  add_context(rebound);
}

}  // namespace wengert::bind
