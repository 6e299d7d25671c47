// Loops seen from Python: their bodies are programs, which Python records where a guard asks for another one.
#include <pybind11/stl.h>

#include "program.hpp"

#include "wengert/base/error.hpp"
#include "wengert/checkpoint/program_body.hpp"
#include "wengert/checkpoint/sweep.hpp"
#include "wengert/tape/lanes.hpp"

namespace wengert::bind {
namespace {

using namespace checkpoint;

/// Row by row, with a header of its own: what the caller holds is not touched while Python's lock is free.
Value own_look(const py::object& o, std::vector<py::object>& held) {
  Value v = borrow_value(o.ptr(), "loop");
  const Storage a = contiguous(strided(v, v.dtype()));
  held.push_back(py::cast(Var(Value(a))));
  return program::borrowed(Value(a));
}

std::vector<Value> looks(const std::vector<py::object>& given, std::vector<py::object>& held) {
  std::vector<Value> all;
  for (const py::object& o : given) all.push_back(own_look(o, held));
  return all;
}

std::vector<Type> types_of(const std::vector<py::object>& given) {
  std::vector<Type> all;
  for (const py::object& o : given) {
    const Value v = borrow_value(o.ptr(), "loop");
    all.push_back({v.dtype(), v.shape()});
  }
  return all;
}

void write(const Layout& layout, const std::vector<py::object>& given, std::byte* to) {
  for (std::size_t k = 0; k < given.size(); ++k) {
    const Value v = borrow_value(given[k].ptr(), "loop");
    const Storage a = contiguous(strided(v, layout.types()[k].dtype));
    std::memcpy(to + layout.at(k), a->data, static_cast<std::size_t>(a->size) * item_size(a->dtype));
  }
}

py::list read(const Layout& layout, const std::byte* from) {
  py::list all;
  for (std::size_t k = 0; k < layout.types().size(); ++k) {
    const Type& t = layout.types()[k];
    const Storage a = allocate(t.dtype, t.shape);
    std::memcpy(a->data, from + layout.at(k), static_cast<std::size_t>(a->size) * item_size(t.dtype));
    all.append(Var(settle(a)));
  }
  return all;
}

Value copied(const Value& v) {
  const Storage mine = allocate(v.dtype(), v.shape());
  copy(v.storage(), mine);
  return Value(mine);
}

class LoopBody final : public ProgramBody {
 public:
  LoopBody(Arrays arrays, py::object other, py::object tick)
      : ProgramBody(std::move(arrays)), other_(std::move(other)), tick_(std::move(tick)) {}
  void alone(const std::function<void()>& plan) override {
    const py::gil_scoped_acquire lock;
    plan();
  }
  void tick(std::int64_t done, bool back) override {
    const py::gil_scoped_acquire lock;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    if (!tick_.is_none()) tick_(done, back);
  }

 private:
  void other_way(std::size_t tried, const program::Failure& failure, std::span<const Value> inputs) override {
    const py::gil_scoped_acquire lock;
    py::list given;
    for (const Value& v : inputs) given.append(Var(v.is_array() && v.block()->drop ? copied(v) : v));
    const py::tuple found = other_(tried, failure.guard, bits(failure.outcome), given);
    for (const py::handle captured : found[1]) capture(own_look(py::reinterpret_borrow<py::object>(captured), held_));
    if (py::isinstance<py::int_>(found[0])) return use(found[0].cast<std::size_t>());
    add_way(found[0].cast<const Handle&>().shared());
  }

  py::object other_, tick_;
  std::vector<py::object> held_;
};

/// "all", "products", "nothing", or a list of names.
program::Keep kept_by(const py::object& policy) {
  using What = program::Keep::What;
  if (!py::isinstance<py::str>(policy)) return {What::named, policy.cast<std::vector<std::string>>()};
  const auto name = policy.cast<std::string>();
  return {name == "all" ? What::all : name == "products" ? What::products : What::nothing, {}};
}

/// One loop: its body at arrays that it closes over, and what its way back needs.
class Loop {
 public:
  /// other(way, guard, outcome, inputs) -> (way or program, arrays newly closed over)
  Loop(std::int64_t start, std::int64_t stride, bool backwards, std::int64_t steps, std::vector<py::object> x0,
       const std::vector<py::object>& sequences, const std::vector<py::object>& captured, py::object other,
       py::object tick, const py::object& keep)
      : steps_(steps),
        x0_(std::move(x0)),
        body_({start, stride, backwards, steps, Layout(types_of(x0_)), looks(sequences, held_), looks(captured, held_),
               kept_by(keep)},
              std::move(other), std::move(tick)) {}
  void add_way(const Handle& h) { body_.add_way(h.shared()); }

  py::tuple run(bool goes_on) {
    return alone([&](Pair& x) { done_ = checkpoint::run(body_, x, steps_, asks(goes_on)); });
  }
  py::tuple sizes() {
    const Memory x0(body_.state_bytes());
    write(body_.layout(), x0_, x0.data());
    body_.plan_tape(x0.data());
    // Pieces of memory are an eighth larger than what is asked for, at most.
    return py::make_tuple(body_.state_bytes(), (body_.tape_bytes() + sizeof(Tape)) * 9 / 8 + 1);
  }
  py::tuple forward(std::int64_t snapshots, std::int64_t disk, std::int64_t block, std::string directory,
                    bool goes_on) {
    const bool known = steps_ >= 0;
    const Schedule schedule = known ? two_level((steps_ + block - 1) / block, snapshots, disk) : online(snapshots);
    sweep_ = std::make_unique<Sweep>(body_, schedule, known ? steps_ : 0, block, std::move(directory),
                                     known ? GoesOn() : asks(goes_on));
    return alone([&](Pair& x) { sweep_->forward(x); });
  }
  /// Adjoints of the state, the sequences and the captured arrays.
  py::list reverse(const std::vector<py::object>& of_state, const std::vector<py::object>& of_results) {
    Pair bar(body_);
    write(body_.layout(), of_state, bar.now());
    std::vector<py::object> held;
    body_.seed(looks(of_results, held));
    {
      const py::gil_scoped_release others;
      sweep_->reverse(bar);
    }
    py::list all = read(body_.layout(), bar.now());
    for (const std::vector<Value>* part : {&body_.sequence_adjoints, &body_.captured_adjoints}) {
      for (const Value& v : *part) all.append(Var(v));
    }
    return all;
  }
  bool reversible() const { return sweep_ && sweep_->reversible(); }
  py::dict work() const {
    const Work w = sweep_ ? sweep_->work() : Work{.steps = done_, .advanced = done_};
    py::dict d;
    d["steps"] = w.steps;
    d["advanced"] = w.advanced;
    d["taped"] = w.taped;
    d["snapshots"] = w.most_snapshots;
    d["snapshots_on_disk"] = w.most_on_disk;
    d["snapshot_bytes"] = w.state_bytes;
    d["tape_bytes"] = w.tape_bytes;
    return d;
  }

 private:
  GoesOn asks(bool first) {
    return [this, first](std::int64_t k) { return k == 0 ? first : body_.goes_on(); };
  }
  template <class Run>
  py::tuple alone(Run&& loop) {
    Pair x(body_);
    write(body_.layout(), x0_, x.now());
    {
      const py::gil_scoped_release others;
      loop(x);
    }
    py::list results;
    for (const Value& v : body_.results()) results.append(Var(v));
    return py::make_tuple(read(body_.layout(), x.now()), results);
  }

  std::int64_t steps_;                 // less than 0 where the body tells
  std::vector<py::object> x0_, held_;  // arrays whose memory is looked at
  LoopBody body_;
  std::unique_ptr<Sweep> sweep_;
  std::int64_t done_ = 0;
};

}  // namespace

void add_loop(py::module_& m) {
  using Objects = std::vector<py::object>;
  py::class_<Loop>(m, "Loop", "A loop whose body is a program.")
      .def(py::init<std::int64_t, std::int64_t, bool, std::int64_t, Objects, const Objects&, const Objects&, py::object,
                    py::object, const py::object&>())
      .def("add_way", &Loop::add_way)
      .def("run", &Loop::run)
      .def("sizes", &Loop::sizes)
      .def("forward", &Loop::forward)
      .def("reverse", &Loop::reverse)
      .def("work", &Loop::work)
      .def_property_readonly("reversible", &Loop::reversible);
  m.def("least_advances", least_advances);
  m.def("mark", [](const Var& x, std::string name) {
    if (active()) active()->mark(x.node, std::move(name));
    return x;
  });
  m.def("only_forward", [] { return active() && active()->only_forward(); });
  m.def("recording_size", [] { return active() ? active()->size() : 0; });
  // Whole arrays, and what a lane of vmap sees of them.
  m.def("bare", [](const py::object& o) { return bare(require(o.ptr(), "loop")); });
  m.def("shown", [](const Var& x) { return constant_of(x); });
  m.def("with_lanes", [](const Var& x, Lanes lanes) { return with_lanes(x, lanes); });
  m.def("lane_mask", [](const Var& x) { return x.lanes; });
  m.def("spread_over", [](const Var& x, Lanes lanes) { return lanes ? spread_over(x, lanes) : x; });
}

}  // namespace wengert::bind
