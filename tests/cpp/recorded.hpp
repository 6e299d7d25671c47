// Programs recorded from C++, for tests.
#pragma once
#include "cases.hpp"
#include "taped.hpp"
#include "wengert/program/program.hpp"
#include "wengert/tape/guards.hpp"

namespace wengert::test {

/// The program of a use of one primitive: its operands that are float the inputs, the others constants.
inline program::Built recorded(const Case& c) {
  Taped t;
  t.r.record_all();
  std::vector<NodeId> inputs;
  std::vector<Var> in = c.in;
  for (Var& x : in) {
    if (!is_float(x.dtype())) continue;
    x = watch(x);
    inputs.push_back(x.node);
  }
  const Var y = call(c.id, in, c.at);
  return program::build(t.r, inputs, std::vector{y});
}
/// What its inputs were.
inline std::vector<Value> given(const Case& c) {
  std::vector<Value> values;
  for (const Var& x : c.in) {
    if (is_float(x.dtype())) values.push_back(x.value.is_weak() ? settle(strided(x.value, x.dtype())) : x.value);
  }
  return values;
}

}  // namespace wengert::test
