// The length of a transform: who watches what, on which recording, and the sweeps over its range.
#include <pybind11/stl.h>

#include <deque>

#include "array.hpp"

#include "wengert/base/error.hpp"
#include "wengert/tape/fresh_start.hpp"
#include "wengert/tape/lanes.hpp"
#include "wengert/tape/sweep.hpp"

namespace wengert::bind {
namespace {

using Handle = py::object;

/// Recordings that wait to be used again: their memory has its pages.
class Spare {
 public:
  std::shared_ptr<Recording> take() {
    Recording* r = nullptr;
    if (list_.empty()) r = new Recording();
    else {
      r = list_.back().release();
      list_.pop_back();
    }
    ++out_;
    return {r, [](Recording* done) { spare().give(done); }};
  }
  /// How many are in use.
  std::size_t out() const { return out_; }
  static Spare& spare() {
    static Spare* one = new Spare();  // never destroyed: recordings may outlive the interpreter's end
    return *one;
  }

 private:
  void give(Recording* r) {
    --out_;
    const bool again = !r->trimmed();
    r->clear();
    if (again && list_.size() < 4) list_.emplace_back(r);
    else delete r;
  }
  std::vector<std::unique_ptr<Recording>> list_;
  std::size_t out_ = 0;
};

struct Origin {
  std::uint32_t serial;
  std::string name;
  py::object code;
};
/// Who made the last recordings: kept for the message of an array that leaked out of one.
std::deque<Origin>& origins() {
  static auto* list = new std::deque<Origin>();
  return *list;
}

class Scope {
 public:
  Scope(std::string name, const py::object& function) : name_(std::move(name)), code_(code_of(function)) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() {
    let_go();
    if (!activation_ || active() == recording_) return;
    // The last reference went on another thread, while ours still points to the recording: it has to stay.
    own_->abandoned = true;
    new std::shared_ptr<Recording>(own_);
    (void)activation_.release();
  }

  void enter() {
    if (entered_) throw TapeError(name_ + ": entered twice");
    entered_ = true;
    if (active() && active()->abandoned) detail::active_recording = nullptr;
    if (!active()) {
      own_ = Spare::spare().take();
      activation_ = std::make_unique<Activation>(own_.get());
    }
    recording_ = active();
    ++recording_->holders;
    serial_ = recording_->serial();
    parent_ = recording_->scope();
    // What a tape inside a transform records stays that transform's when the tape is closed.
    const bool shares = !own_ && name_ == "Tape";
    scope_ = shares ? parent_ : recording_->enter_scope();
    if (!shares) remember_origin(scope_, name_, code_);
    first_ = static_cast<NodeId>(recording_->size());
    base_ = all_lanes();
    level_ = base_ ? innermost_level()->serial() : 0;
  }
  /// The recording stops; what it holds stays as long as this scope does.
  void exit() {
    leave();
    // A map from adjoints to adjoints may live long: many of them must not use up the address space.
    constexpr std::size_t many = 32;
    const bool scarce = own_ && (Spare::spare().out() > many || !own_->reserved_in_full());
    if (scarce && !own_->trimmed()) own_->trim();
  }
  /// Forgets what was recorded.
  void close() {
    leave();
    let_go();
    if (!own_) return;
    recording_ = nullptr;
    own_.reset();
  }

  Handle watch(const Handle& x) {
    check();
    const Var v = require(x.ptr(), name_.c_str());
    if (!is_float(v.dtype())) {
      throw DtypeError(name_ + ": element type: derivatives are of real and complex numbers, the argument is " +
                       std::string(text(v.dtype())) + " of shape " + text(v.shape()) + "; make it float64");
    }
    Var watched = wengert::watch(v);
    watched_.push_back(watched.node);
    return py::reinterpret_steal<Handle>(checked(wrap(std::move(watched))));
  }

  std::vector<Handle> adjoint(const std::vector<Handle>& outputs, const std::vector<Handle>& seeds,
                              const std::vector<Handle>& wanted) {
    return sweep(outputs, seeds, wanted, [&](auto&&... args) { return adjoint_sweep(args...); });
  }
  /// Only a forward sweep from these inputs is wanted: the recording need not remember all that happens.
  void forward_only(const std::vector<Handle>& inputs, const std::vector<Handle>& seeds) {
    check();
    if (!own_ || base_) return;
    const auto [start, record] = starts(inputs, seeds, inputs);
    if (!record) fresh_ = std::make_unique<FreshStarts>(*recording_, first_, start);
  }
  std::vector<Handle> tangent(const std::vector<Handle>& inputs, const std::vector<Handle>& seeds,
                              const std::vector<Handle>& wanted) {
    return sweep(inputs, seeds, wanted,
                 [&](Recording& r, NodeId first, const std::vector<Seed>& start, auto&&... rest) {
                   return tangent_sweep(r, first, fresh_ ? fresh_->seeds() : start, rest...);
                 });
  }

  /// Recorded on this scope's tape, from its beginning on?
  bool holds(const Handle& x) const {
    if (!is_array(x.ptr())) return false;
    if (fresh_) follow_moves(x);
    const ArrayObject* a = as_array(x.ptr());
    return a->var.recorded() && a->serial == serial() && a->var.node >= first_;
  }
  bool outermost() const { return own_ != nullptr; }
  std::size_t size() const { return alive() ? recording_->size() - index(first_) : 0; }
  std::size_t bytes() const { return alive() ? recording_->bytes() : 0; }

  /// x as it is to be seen from outside: without a node where the recording has ended; else by a handle of its own.
  Handle outside(const Handle& x) const {
    if (!is_array(x.ptr())) return x;
    if (fresh_) follow_moves(x);
    const ArrayObject* a = as_array(x.ptr());
    if (!own_) return outward(a->var.recorded() && a->serial == serial_ ? a->var : read(as_array(x.ptr())));
    if (!a->var.recorded() || a->serial != serial()) return x;
    return py::reinterpret_steal<Handle>(checked(wrap(constant_of(a->var))));
  }
  /// How many of so many directions a sweep should carry at once; 1 where one at a time is quicker.
  std::int64_t lanes_for(std::int64_t directions) const {
    return alive() ? directions_at_once(*recording_, first_, directions) : 1;
  }

 private:
  /// A recording of one's own may have started afresh.
  std::uint32_t serial() const { return own_ && recording_ ? recording_->serial() : serial_; }
  void let_go() {
    fresh_.reset();
    if (entered_ && !std::exchange(let_go_, true) && (own_ || alive())) --recording_->holders;
  }
  void leave() {
    if (!entered_ || left_) return;
    if (activation_ && active() != recording_) throw TapeError(name_ + ": left on another thread, or out of order");
    left_ = true;
    if (!own_ && alive() && scope_ != parent_) recording_->leave_scope(scope_);
    activation_.reset();
  }
  /// A handle that belongs to the transform around this one; a plain value where nothing of that went into it.
  Handle outward(Var v) const {
    const bool inner = v.recorded() && !own_ && scope_ != parent_;
    if (inner && !recording_->depends_beyond(v.node, index(first_), watched_)) v.node = NodeId::none;
    Handle o = py::reinterpret_steal<Handle>(checked(wrap(std::move(v))));
    ArrayObject* a = as_array(o.ptr());
    if (a->var.recorded() && !left_ && a->scope == scope_) a->scope = parent_;
    return o;
  }
  static PyObject* checked(PyObject* o) {
    if (!o) throw py::error_already_set();
    return o;
  }
  bool alive() const { return recording_ && (own_ || (active() == recording_ && recording_->serial() == serial_)); }
  void check() const {
    if (!alive()) throw TapeError(name_ + ": its recording has ended");
    const Level* level = innermost_of(base_);
    if (base_ && (!level || level->serial() != level_))
      throw TapeError(name_ + ": used outside of " + origin_of(level_) + ", inside which it began");
  }
  /// The handle of a node of this range, whose hidden axes are those of levels around it.
  const Var& inside(const Handle& x) const {
    const Var& v = as_array(x.ptr())->var;
    if (v.lanes & ~base_) {
      throw TapeError(name_ +
                      ": a derivative of or by an array that differs from lane to lane of a vmap inside of it: "
                      "the array has shape " +
                      text(v.shape()) + "; let the vmap end first, or begin inside of it");
    }
    return v;
  }

  /// Seeds as the sweep wants them, and whether one of them is recorded.
  std::pair<std::vector<Seed>, bool> starts(const std::vector<Handle>& seeded, const std::vector<Handle>& seeds,
                                            const std::vector<Handle>& wanted) const {
    std::vector<Seed> start;
    bool record = !own_;
    for (std::size_t k = 0; k < seeded.size(); ++k) {
      const Var derivative = require(seeds[k].ptr(), name_.c_str());
      refuse_foreign(seeded[k]);
      const Var& node = holds(seeded[k]) ? inside(seeded[k]) : as_array(seeded[k].ptr())->var;
      if (!(derivative.shape() == node.shape())) {
        throw ShapeError(name_ + ": shapes differ: the derivative is " + text(derivative.shape()) + ", its array is " +
                         text(node.shape()));
      }
      if (is_complex(derivative.dtype()) && !is_complex(node.dtype())) {
        throw DtypeError(name_ + ": element type: the derivative is " + std::string(text(derivative.dtype())) +
                         ", its array is " + std::string(text(node.dtype())) + ": a real array has real derivatives");
      }
      record |= derivative.recorded();
      if (!holds(seeded[k]) || beside(derivative, node, wanted)) continue;
      start.push_back({node.node, rebased(spread_over(converted(derivative, node.dtype()), node.lanes), base_)});
    }
    return {std::move(start), record};
  }

  template <class Sweep>
  std::vector<Handle> sweep(const std::vector<Handle>& seeded, const std::vector<Handle>& seeds,
                            const std::vector<Handle>& wanted, Sweep&& run) {
    check();
    const Uninterrupted whole;
    const auto [start, record] = starts(seeded, seeds, wanted);
    std::vector<NodeId> ids;
    for (const Handle& x : wanted) {
      refuse_foreign(x);
      if (holds(x)) ids.push_back(inside(x).node);
    }
    const Suspension inside_out(base_);
    std::vector<Var> found = run(*recording_, first_, start, ids, record ? Mode::record : Mode::values);
    return handles(wanted, std::move(found));
  }

  /// A transform may return what it did not make; a tape that is asked about it knows nothing.
  void refuse_foreign(const Handle& x) const {
    if (name_ != "Tape" || holds(x) || !is_array(x.ptr()) || !as_array(x.ptr())->var.recorded()) return;
    throw TapeError("Tape: an array of another tape: of shape " + text(as_array(x.ptr())->var.shape()) +
                    ", recorded before this tape was opened or elsewhere; ask the tape that watched it");
  }

  /// A derivative that differs from lane to lane, of an array that does not: none of the watched arrays, which do, is
  /// behind it. True where it need not be looked at.
  bool beside(const Var& derivative, const Var& node, const std::vector<Handle>& wanted) const {
    if (!(derivative.lanes & base_ & ~node.lanes)) return false;
    for (const Handle& x : wanted) {
      if (!holds(x) || inside(x).lanes == base_) continue;
      throw TapeError(name_ + ": a derivative differs from lane to lane of vmap, its array of shape " +
                      text(node.shape()) + " does not");
    }
    return true;
  }

  std::vector<Handle> handles(const std::vector<Handle>& wanted, std::vector<Var> found) const {
    std::vector<Handle> out;
    std::size_t next = 0;
    for (const Handle& x : wanted) {
      const Var& like = as_array(x.ptr())->var;
      out.push_back(
          outward(holds(x) ? restored(found[next++], like.lanes) : with_lanes(zeros_like(bare(like)), like.lanes)));
    }
    return out;
  }

  std::string name_;
  py::object code_;
  std::shared_ptr<Recording> own_;  // null where a recording was active before
  std::unique_ptr<Activation> activation_;
  Recording* recording_ = nullptr;
  std::uint32_t serial_ = 0, scope_ = 0, parent_ = 0;
  NodeId first_{};
  std::vector<NodeId> watched_;
  Lanes base_ = 0;           // levels of vmap at work when it began
  std::uint32_t level_ = 0;  // the innermost of them
  std::unique_ptr<FreshStarts> fresh_;
  bool entered_ = false, left_ = false, let_go_ = false;
};

}  // namespace

std::shared_ptr<Recording> spare_recording() { return Spare::spare().take(); }

py::object code_of(const py::object& function) {
  py::object f = function;
  for (const char* inner : {"__wrapped__", "func", "__func__"}) f = py::getattr(f, inner, f);
  const py::object code = py::getattr(f, "__code__", py::none());
  return code.is_none() ? py::object(py::type::of(function).attr("__name__")) : code;
}

void remember_origin(std::uint32_t serial, std::string name, const py::object& code) {
  origins().push_back({serial, std::move(name), code});
  if (origins().size() > 64) origins().pop_front();
}

std::string origin_of(std::uint32_t serial) {
  for (const Origin& o : origins()) {
    if (o.serial != serial) continue;
    if (py::isinstance<py::str>(o.code)) return o.name + " of " + std::string(py::str(o.code));
    return o.name + " of " + std::string(py::str(o.code.attr("co_name"))) + " (" +
           std::string(py::str(o.code.attr("co_filename"))) + ":" +
           std::string(py::str(o.code.attr("co_firstlineno"))) + ")";
  }
  return "an earlier transform";
}

void add_scope(py::module_& m) {
  py::class_<Scope>(m, "Scope", "One transform at work on a recording.")
      .def(py::init<std::string, const py::object&>())
      .def("enter", &Scope::enter)
      .def("exit", &Scope::exit)
      .def("close", &Scope::close)
      .def("watch", &Scope::watch)
      .def("adjoint", &Scope::adjoint)
      .def("tangent", &Scope::tangent)
      .def("forward_only", &Scope::forward_only)
      .def("holds", &Scope::holds)
      .def("outside", &Scope::outside)
      .def("lanes_for", &Scope::lanes_for)
      .def_property_readonly("outermost", &Scope::outermost)
      .def_property_readonly("size", &Scope::size)
      .def_property_readonly("bytes", &Scope::bytes);
  m.def("sweep_counts", [] { return std::pair(sweep_counts().forward, sweep_counts().reverse); });
}

}  // namespace wengert::bind
