// The length of a vmap: one level of lanes, and arrays on their way into it and out.
#include <pybind11/stl.h>

#include <optional>

#include "array.hpp"

#include "wengert/base/error.hpp"

namespace wengert::bind {
namespace {

class Vmap {
 public:
  Vmap(std::string name, const py::object& function) : name_(std::move(name)), code_(code_of(function)) {}

  void enter(std::int64_t size) {
    if (level_) throw TapeError(name_ + ": entered twice");
    level_ = std::make_unique<Level>(size);
    remember_origin(level_->serial(), name_, code_);
  }
  void exit() {
    if (!level_) return;
    check();
    level_.reset();
  }
  /// x with one of its axes hidden: one element of it a lane.
  Var lift(const Var& x, std::int64_t axis) const {
    check();
    const int k = normal_axis(name_, axis, x.ndim());
    Dims order{k};
    for (int j = 0; j < x.ndim(); ++j) {
      if (j != k) order.push_back(j);
    }
    return lifted(transposed(x, order), *level_);
  }
  /// y with the lanes as the axis shown at `axis`; repeated where it is alike in all of them.
  Var lower(const Var& y, std::int64_t axis) const {
    check();
    const Var x = lowered(y, *level_);
    const int k = normal_axis(name_, axis, x.ndim());
    Dims order;
    for (int j = 1; j < x.ndim(); ++j) {
      if (order.count() == k) order.push_back(0);
      order.push_back(j);
    }
    if (order.count() < x.ndim()) order.push_back(0);
    return transposed(x, order);
  }
  bool differs(const Var& x) const {
    check();
    return (x.lanes & level_->bit()) != 0;
  }

 private:
  void check() const {
    if (!level_ || innermost_level() != level_.get())
      throw TapeError(name_ + ": used on another thread, after its end, or out of order");
  }

  std::string name_;
  py::object code_;
  std::unique_ptr<Level> level_;
};

/// `with OutOfLanes(): ...`: what is computed there is alike in all lanes; a solver works on one of them.
class OutOfLanes {
 public:
  void enter() { away_.emplace(all_lanes()); }
  void exit() { away_.reset(); }

 private:
  std::optional<Suspension> away_;
};

}  // namespace

void add_batching(py::module_& m) {
  py::class_<Vmap>(m, "Vmap", "One vmap at work: a level of lanes.")
      .def(py::init<std::string, py::object>())
      .def("enter", &Vmap::enter)
      .def("exit", &Vmap::exit)
      .def("lift", &Vmap::lift)
      .def("lower", &Vmap::lower)
      .def("differs", &Vmap::differs);
  py::class_<OutOfLanes>(m, "OutOfLanes", "For a while no vmap is at work.")
      .def(py::init<>())
      .def("__enter__", &OutOfLanes::enter)
      .def("__exit__", [](OutOfLanes& self, const py::args&) { self.exit(); });
  // Hidden axes in front, for printing.
  m.def("values_in_lanes",
        [](const py::object& o) { return py::reinterpret_steal<py::object>(to_numpy(peek(as_array(o.ptr())).value)); });
  // Rows of the identity: unit directions.
  m.def("identity_rows", [](std::int64_t start, std::int64_t stop, const Var& like) {
    return identity_rows(like.size(), start, stop, like.dtype());
  });
  // The other way round: what was computed lane by lane.
  m.def("side_by_side", [](const std::vector<Var>& each, Lanes levels, const Shape& sizes) {
    if (each.empty() || (levels & ~all_lanes()) || std::popcount(levels) != sizes.count())
      throw ShapeError("side_by_side: no such levels: the lanes are " + text(sizes));
    return side_by_side(each, levels, sizes);
  });
  m.def("one_lane", [](const Var& x, Lanes levels, const Dims& at) {
    return one_lane(x, levels, {at.begin(), at.end()});
  });
  m.def("in_vmap", [] { return innermost_level() != nullptr; });
}

}  // namespace wengert::bind
