// Functions recorded once and run again on other numbers, with their derivatives: docs/cpp.md.
#pragma once
#include <concepts>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "wengert/program/terms.hpp"
#include "wengert/tape/var.hpp"

namespace wengert {

namespace program {
struct Built;
class Workspace;
}  // namespace program
class Program;

/// The memory of the runs of one program: one for each thread. What a run needs is made at its first use, and kept.
class Workspace {
 public:
  explicit Workspace(const Program& p);
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;
  ~Workspace();

 private:
  friend class Program;
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// What a function did to its numbers. Copies are one program; any number of threads may run it, each in a workspace of
/// its own. Runs throw GuardError where the function would have gone another way, ShapeError for other shapes and element
/// types than recorded, and what the operations throw.
class Program {
 public:
  struct Pair {
    std::vector<Value> results, derivatives;
  };

  std::size_t inputs() const;
  std::size_t outputs() const;
  /// Operations, inputs and constants.
  std::size_t size() const;
  /// One operation a line.
  std::string text() const;

  std::vector<Value> values(Workspace& work, std::span<const Value> x) const;
  /// Of one real number by each input.
  std::vector<Value> gradient(Workspace& work, std::span<const Value> x) const;
  /// Results and their tangents, from a direction shaped like the inputs.
  Pair jvp(Workspace& work, std::span<const Value> x, std::span<const Value> dx) const;
  /// Results and the inputs' adjoints, from adjoints shaped like the results.
  Pair vjp(Workspace& work, std::span<const Value> x, std::span<const Value> ybar) const;
  /// The results at many points: one axis more in front of every array, in and out.
  std::vector<Value> batch(std::span<const Value> points) const;

  // Where all inputs are numbers, and the result is one
  double value(Workspace& work, std::span<const double> x) const;
  std::vector<double> gradient(Workspace& work, std::span<const double> x) const;
  /// The value; the gradient is written, one number an input.
  double value_and_gradient(Workspace& work, std::span<const double> x, std::span<double> gradient) const;

  /// A derivative as a program of its own, recorded at these values of the inputs: to be looked at, or differentiated again.
  Program derivative(Derivative kind, std::span<const Value> at) const;

  /// As bytes, for a file: docs/programs.md has the format.
  std::string save() const;
  /// From a file, Python's too: FormatError where it is none.
  static Program load(std::span<const std::byte> file);

 private:
  friend class Workspace;
  struct Shared;
  explicit Program(program::Built built);
  friend Program record_list(const std::function<std::vector<Var>(std::span<const Var>)>& f, std::span<const Value> x0);

  struct Member;
  Member& member(Workspace& work, std::size_t which, std::span<const Value> at) const;
  std::vector<Value> run(Workspace& work, std::size_t which, std::span<const Value> x, std::span<const Value> at) const;
  Pair pair(Workspace& work, Derivative kind, std::span<const Value> x, std::span<const Value> seeds) const;
  std::span<const Value> numbers(Workspace& work, std::span<const double> x) const;

  std::shared_ptr<const Shared> shared_;
};

Program record_list(const std::function<std::vector<Var>(std::span<const Var>)>& f, std::span<const Value> x0);

/// f : variables -> a variable, or a list of them; what it does to variables is recorded. It uses no other variables than
///     those it is given; while another recording is active that cannot be known, and TapeError is thrown
/// x0: numbers to record with, one a variable; or arrays. Programs run on others of the same shapes and types
template <std::invocable<std::span<const Var>> F>
Program record(F&& f, std::span<const Value> x0) {
  const auto list = [&f](std::span<const Var> x) {
    auto y = f(x);
    if constexpr (std::same_as<decltype(y), Var>) return std::vector<Var>{std::move(y)};
    else return std::vector<Var>(y.begin(), y.end());
  };
  return record_list(list, x0);
}
template <std::invocable<std::span<const Var>> F>
Program record(F&& f, std::span<const double> x0) {
  std::vector<Value> values;
  for (const double x : x0) values.push_back(Value::number(x));
  return record(f, std::span<const Value>(values));
}

/// Is x, one element, not zero? For a function to branch on: programs that it is recorded in are right for this answer
/// only, and say so.
bool truth(const Var& x);
/// x, one element, without its fraction; the same holds for it.
std::int64_t integer(const Var& x);

}  // namespace wengert
