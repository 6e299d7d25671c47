// A program at work for Python.
#pragma once
#include "array.hpp"

#include "wengert/program/program.hpp"
#include "wengert/program/require.hpp"
#include "wengert/tape/fresh_start.hpp"

namespace wengert::bind {

/// What a guard saw, as bytes: equal where it is the same.
py::bytes bits(const Value& v);

/// How an array or a number looks: element type and shape, behind a letter for what Python has there.
inline void append_form(std::string& form, char kind, const Value& v) {
  const Shape shape = v.shape();
  form += kind;
  form += static_cast<char>(v.dtype());
  form += static_cast<char>(shape.size());
  form.append(reinterpret_cast<const char*>(shape.begin()), shape.size() * sizeof(std::int64_t));
}
void add_shortcut(py::module_& m);

/// A program and workspaces that wait to be used again. Python's lock is held wherever these change.
class Handle {
 public:
  explicit Handle(program::Built built)
      : program_(std::make_shared<program::Program>(std::move(built))), looks_up_(takes_long(listing())) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  const program::Program& program() const { return *program_; }
  const std::shared_ptr<const program::Program>& shared() const { return program_; }
  const program::Listing& listing() const { return program_->listing(); }
  std::size_t recorded() const { return program_->recorded(); }

  py::object run(const std::vector<py::object>& given, bool plain) {
    std::vector<Value> inputs;
    for (const py::object& o : given) inputs.push_back(borrow_value(o.ptr(), "program"));
    require_inputs(listing(), inputs);
    std::vector<Value> outputs;
    if (const std::optional<program::Failure> failure = attempt(inputs, outputs)) return told(*failure);
    py::list results;
    for (Value& y : outputs) results.append(result(std::move(y), plain));
    return results;
  }

  std::optional<program::Failure> attempt(std::span<const Value> inputs, std::vector<Value>& outputs) {
    std::unique_ptr<program::Workspace> work = take();
    std::optional<program::Failure> failure;
    if (listing().size() < worth_releasing) {
      failure = work->run(inputs, outputs);
    } else {
      const py::gil_scoped_release others;
      failure = work->run(inputs, outputs, looks_up_ ? signals : std::function<void()>());
    }
    if (spare_.size() < 4) spare_.push_back(std::move(work));
    return failure;
  }
  static py::object result(Value y, bool plain) {
    if (!plain) return py::cast(Var(std::move(y)));
    return py::reinterpret_steal<py::object>(to_numpy(y, true));
  }

  /// At many points, the axis in front; which of them the program is right for.
  py::tuple run_batch(const std::vector<py::object>& given, std::int64_t points, bool plain) const {
    std::vector<Value> inputs;
    for (const py::object& o : given) inputs.push_back(borrow_value(o.ptr(), "batch"));
    require_points(listing(), inputs, points);
    program::BatchResult found;
    {
      const py::gil_scoped_release others;
      found = program::run_batch(*program_, inputs, points);
    }
    py::list results;
    for (Value& y : found.outputs) results.append(result(std::move(y), plain));
    return py::make_tuple(results, found.held);
  }

  py::object run_on_variables(std::vector<Var> inputs) {
    const Uninterrupted whole;
    require_count(listing(), inputs.size());
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      Var& x = inputs[k];
      require_type(listing(), k, {x.dtype(), x.shape()});
      // A number written out takes the type of what it meets: not in a program, where it had one of its own.
      if (x.value.is_weak()) x.value = settle(strided(x.value, x.dtype()));
    }
    std::vector<Var> outputs;
    const std::optional<program::Failure> failure = replay_on_variables(*program_, inputs, outputs);
    return failure ? told(*failure) : py::cast(outputs);
  }

  /// What each guard saw when the program was recorded.
  std::vector<py::bytes> outcomes() const {
    std::vector<py::bytes> all;
    for (const Guard& g : listing().guards) all.push_back(bits(g.outcome));
    return all;
  }

 private:
  static constexpr std::size_t worth_releasing = 3;  // operations: letting go of the lock costs more than two of them
  /// To ask the clock takes as long as an operation: not for few small ones.
  static bool takes_long(const program::Listing& p) {
    double work = 0;
    for (std::size_t i = 0; i < p.size(); ++i) work += program::flops(p, i);
    return p.size() >= 16 || work > 1e6;
  }
  /// Ctrl-C ends a run between two of its steps.
  static void signals() {
    const py::gil_scoped_acquire lock;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  }
  static py::object told(const program::Failure& f) { return py::make_tuple(f.guard, bits(f.outcome)); }

  std::unique_ptr<program::Workspace> take() {
    if (spare_.empty()) return std::make_unique<program::Workspace>(*program_);
    std::unique_ptr<program::Workspace> work = std::move(spare_.back());
    spare_.pop_back();
    return work;
  }

  std::shared_ptr<const program::Program> program_;
  bool looks_up_;
  std::vector<std::unique_ptr<program::Workspace>> spare_;
};

}  // namespace wengert::bind
