// Programs of functions in C++, for tests: one of arrays, one of numbers.
#pragma once
#include "taped.hpp"
#include "wengert/program/program.hpp"
#include "wengert/tape/guards.hpp"

namespace wengert::test {

using Function = std::vector<Var> (*)(std::span<const Var>);

/// f at these values as a program.
inline std::unique_ptr<program::Program> recorded(Function f, const std::vector<Value>& at) {
  Recording r;
  const Activation scope(&r);
  r.record_all();
  std::vector<Var> in;
  std::vector<NodeId> ids;
  for (const Value& v : at) {
    ids.push_back(r.push_input(NodeId::none, v));
    in.emplace_back(v, ids.back());
  }
  r.given = ids.size();
  return std::make_unique<program::Program>(program::build(r, ids, f(in)));
}

inline std::vector<Value> plainly(Function f, const std::vector<Value>& at) {
  const std::vector<Var> in(at.begin(), at.end());
  std::vector<Value> out;
  for (const Var& y : f(in)) out.push_back(y.value);
  return out;
}

inline std::vector<Value> random_values(Random& random, std::initializer_list<Shape> shapes) {
  std::vector<Value> out;
  for (const Shape& shape : shapes) out.push_back(random_var(random, shape, 0.5, 3.0).value);
  return out;
}

inline void check_same(const std::vector<Value>& some, const std::vector<Value>& others) {
  REQUIRE(some.size() == others.size());
  for (std::size_t k = 0; k < some.size(); ++k) {
    CHECK(same_outcome(some[k], guarded_outcome(Guard::Kind::values, others[k])));
  }
}

inline std::vector<Var> mixed(std::span<const Var> x) {
  const Var y = sin(x[0]) * x[1] + exp(-(x[0] * x[0])), twice = sin(x[0]) * x[1];
  const Var total = summed(y, {0, 1}, false);
  const Var row = summed(twice * total, {0}, false), picked = select_of(y > 0.5, y, twice);
  return {total, row, matmul(picked, matrix_transposed(y)), log1p(total) * total};
}

inline std::vector<Var> chained(std::span<const Var> x) {
  Var a = x[0], b = x[1];
  for (int k = 0; k < 50; ++k) {
    const Var next = a * 0.9 + sin(b) * 0.1;
    b = b / (1.0 + a * a);
    a = next;
  }
  return {a, b, select_of(a > b, a, b)};
}

}  // namespace wengert::test
