// The length of a vmap: one level of lanes, and arrays on their way into it and out.
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

}  // namespace

void add_batching(py::module_& m) {
  py::class_<Vmap>(m, "Vmap", "One vmap at work: a level of lanes.")
      .def(py::init<std::string, py::object>())
      .def("enter", &Vmap::enter)
      .def("exit", &Vmap::exit)
      .def("lift", &Vmap::lift)
      .def("lower", &Vmap::lower)
      .def("differs", &Vmap::differs);
}

}  // namespace wengert::bind
