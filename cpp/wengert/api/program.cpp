#include "wengert/api/program.hpp"

#include <array>
#include <mutex>

#include "wengert/program/derive.hpp"
#include "wengert/program/recorder.hpp"
#include "wengert/program/require.hpp"
#include "wengert/program/save.hpp"
#include "wengert/tape/guards.hpp"

namespace wengert {
namespace {

/// Which program of a family: the function itself, then its derivatives.
constexpr std::size_t itself = 3, members = 4;
constexpr std::size_t number(Derivative kind) { return static_cast<std::size_t>(kind); }

std::string name_of(std::size_t which) {
  return which == itself ? "program" : std::string(program::name(static_cast<Derivative>(which)));
}

/// Constants in memory that nobody else counts references of: programs go from thread to thread.
program::Built on_its_own(program::Built built) {
  for (Value& v : built.listing.constants) {
    if (!v.is_array() || (v.block()->refs == 1 && !v.block()->base && !v.block()->drop)) continue;
    const Storage mine = allocate(v.dtype(), v.shape());
    copy(v.storage(), mine);
    v = mine;
  }
  return built;
}

void require_one(std::string_view operation, const Var& x) {
  if (x.size() == 1) return;
  throw ShapeError(std::string(operation) + ": one element is asked for: given shape " + text(x.shape()));
}

}  // namespace

struct Program::Shared {
  explicit Shared(program::Built built) : function(std::move(built)) {}

  /// The member of the family; a derivative is made at these values where it is not there yet.
  const program::Program& get(std::size_t which, std::span<const Value> at) const {
    if (which == itself) return function;
    const std::scoped_lock one(making);  // it counts references of the constants, too
    auto& made = derivatives[which];
    if (!made) {
      made = std::make_unique<program::Program>(program::derived(function, static_cast<Derivative>(which), at));
    }
    return *made;
  }

  program::Program function;
  mutable std::mutex making;
  mutable std::array<std::unique_ptr<const program::Program>, itself> derivatives;
};

/// One of the family, and what it runs in.
struct Program::Member {
  explicit Member(const program::Program& p) : listing(p.listing()), work(p) {}

  void run(std::size_t which, std::span<const Value> x, std::vector<Value>& results) {
    require_inputs(listing, x);
    if (const auto failure = work.run(x, results)) refuse_guard(name_of(which), listing, failure->guard);
  }

  const program::Listing& listing;
  program::Workspace work;
};

struct Workspace::Parts {
  std::shared_ptr<const Program::Shared> program;
  std::array<std::unique_ptr<Program::Member>, members> family;
  std::vector<Value> given, found;
};

Workspace::Workspace(const Program& p) : parts_(std::make_unique<Parts>()) { parts_->program = p.shared_; }
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;
Workspace::~Workspace() = default;

Program::Program(program::Built built) : shared_(std::make_shared<const Shared>(on_its_own(std::move(built)))) {}

Program record_list(const std::function<std::vector<Var>(std::span<const Var>)>& f, std::span<const Value> x0) {
  // A variable of that one would be taken for one of the program's: nothing tells them apart.
  if (active()) throw TapeError("record: another recording is active on this thread: record before it begins");
  program::Built built;
  {
    program::Recorder recorder;
    std::vector<Var> x;
    for (const Value& v : x0) x.push_back(recorder.input(v));
    built = recorder.finish(f(x));
  }
  return Program(std::move(built));
}

std::size_t Program::inputs() const { return shared_->function.listing().inputs.size(); }
std::size_t Program::outputs() const { return shared_->function.listing().outputs.size(); }
std::size_t Program::size() const { return shared_->function.listing().size(); }
std::string Program::text() const { return program::text(shared_->function.listing()); }

Program::Member& Program::member(Workspace& work, std::size_t which, std::span<const Value> at) const {
  if (work.parts_->program != shared_) throw TapeError(name_of(which) + ": workspace: made for another program");
  std::unique_ptr<Member>& mine = work.parts_->family[which];
  if (!mine) mine = std::make_unique<Member>(shared_->get(which, at));
  return *mine;
}

/// x: all that the member is given; at: what the function itself is.
std::vector<Value> Program::run(Workspace& work, std::size_t which, std::span<const Value> x,
                                std::span<const Value> at) const {
  std::vector<Value> results;
  member(work, which, at).run(which, x, results);
  return results;
}

std::vector<Value> Program::values(Workspace& work, std::span<const Value> x) const { return run(work, itself, x, x); }

std::vector<Value> Program::gradient(Workspace& work, std::span<const Value> x) const {
  std::vector<Value> all = run(work, number(Derivative::gradient), x, x);
  all.erase(all.begin());
  return all;
}

Program::Pair Program::pair(Workspace& work, Derivative kind, std::span<const Value> x,
                            std::span<const Value> seeds) const {
  std::vector<Value> all(x.begin(), x.end());
  all.insert(all.end(), seeds.begin(), seeds.end());
  std::vector<Value> found = run(work, number(kind), all, x);
  const auto half = found.begin() + static_cast<std::ptrdiff_t>(outputs());
  return {{found.begin(), half}, {half, found.end()}};
}
Program::Pair Program::jvp(Workspace& work, std::span<const Value> x, std::span<const Value> dx) const {
  return pair(work, Derivative::tangent, x, dx);
}
Program::Pair Program::vjp(Workspace& work, std::span<const Value> x, std::span<const Value> ybar) const {
  return pair(work, Derivative::adjoint, x, ybar);
}

std::vector<Value> Program::batch(std::span<const Value> x) const {
  const program::Listing& list = shared_->function.listing();
  require_count(list, x.size());
  if (x.empty() || x[0].ndim() == 0)
    throw ShapeError("batch: the points are the first axis of every array: given none");
  const std::int64_t points = x[0].shape()[0];
  require_points(list, x, points);
  program::BatchResult found = run_batch(shared_->function, x, points);
  for (std::size_t k = 0; k < found.held.size(); ++k) {
    if (!found.held[k]) {
      throw GuardError("batch: a guard does not hold at point " + std::to_string(k) + " of " + std::to_string(points));
    }
  }
  return std::move(found.outputs);
}

/// The numbers as the workspace hands them to a run.
std::span<const Value> Program::numbers(Workspace& work, std::span<const double> x) const {
  std::vector<Value>& given = work.parts_->given;
  given.resize(x.size());
  for (std::size_t k = 0; k < x.size(); ++k) given[k] = Value::number(x[k]);
  return given;
}

Program Program::derivative(Derivative kind, std::span<const Value> at) const {
  const std::scoped_lock one(shared_->making);
  return Program(program::derived(shared_->function, kind, at));
}

std::string Program::save() const { return program::save(shared_->function.listing(), shared_->function.recorded()); }
Program Program::load(std::span<const std::byte> file) { return Program(program::load(file).built); }

double Program::value(Workspace& work, std::span<const double> x) const {
  const std::vector<Value> y = values(work, numbers(work, x));
  if (y.size() != 1 || y[0].size() != 1) throw ShapeError("value: the result is no number; use values");
  return element(y[0], 0);
}

std::vector<double> Program::gradient(Workspace& work, std::span<const double> x) const {
  std::vector<double> xbar(x.size());
  value_and_gradient(work, x, xbar);
  return xbar;
}

double Program::value_and_gradient(Workspace& work, std::span<const double> x, std::span<double> gradient) const {
  if (gradient.size() != x.size()) {
    throw ShapeError("gradient: one number an input: given room for " + std::to_string(gradient.size()) + " of " +
                     std::to_string(x.size()));
  }
  constexpr std::size_t which = number(Derivative::gradient);
  const std::span<const Value> at = numbers(work, x);
  std::vector<Value>& found = work.parts_->found;
  member(work, which, at).run(which, at, found);
  for (std::size_t k = 0; k < gradient.size(); ++k) gradient[k] = element(found[k + 1], 0);
  return element(found[0], 0);
}

bool truth(const Var& x) {
  require_one("truth", x);
  leave_guard(x, Guard::Kind::truth);
  return guarded_outcome(Guard::Kind::truth, x.value).as_double() != 0;
}
std::int64_t integer(const Var& x) {
  require_one("integer", x);
  leave_guard(x, Guard::Kind::integer);
  return static_cast<std::int64_t>(guarded_outcome(Guard::Kind::integer, x.value).as_double());
}

}  // namespace wengert
