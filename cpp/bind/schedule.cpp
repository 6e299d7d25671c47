// Schedules as Python sees them: one iterator of plain tuples, and a count that goes through all of it in C++.
#include "wengert/checkpoint/schedule.hpp"

#include "array.hpp"

namespace wengert::bind {
namespace {

using namespace checkpoint;

/// Without a number of steps an online schedule; binomial without a disk.
Schedule make(std::int64_t steps, std::int64_t snapshots, std::int64_t disk) {
  return steps < 0 ? online(snapshots) : two_level(steps, snapshots, disk);
}

/// A tuple of integers.
template <class... Numbers>
py::object listed(Numbers... n) {
  constexpr char each[] = {((void)sizeof(Numbers), 'L')..., '\0'};
  return py::reinterpret_steal<py::object>(Py_BuildValue(each, static_cast<long long>(n)...));
}

/// Kind, state, end of an advance, slot, tier.
py::object next(Schedule& plan) {
  const Action a = plan.next();
  return listed(a.kind, a.from, a.to, a.slot, a.tier);
}

void answer(Schedule& plan, bool more) { more ? plan.more() : plan.finish(); }

void look_for_ctrl_c() {
  const py::gil_scoped_acquire locked;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

py::object counted(const Schedule& plan, std::int64_t steps) {
  Count c;
  {
    const py::gil_scoped_release unlocked;
    c = count(plan, steps, look_for_ctrl_c);
  }
  return listed(c.advanced, c.taped, c.most_snapshots, c.most_on_disk, c.writes, c.reads, c.actions);
}

}  // namespace

void add_schedule(py::module_& m) {
  m.attr("most_steps") = most_steps;
  py::class_<Schedule>(m, "Schedule", "The actions of a checkpointed loop, one after the other.")
      .def(py::init(&make))
      .def("next", &next)
      .def("answer", &answer)
      .def("count", &counted);
}

}  // namespace wengert::bind
