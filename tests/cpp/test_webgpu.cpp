// Lowering for graphics processors: which operations share a kernel, what a kernel's text holds, what is refused.
#include <doctest/doctest.h>

#include "wengert/rule/structural/list.hpp"
#include "wengert/webgpu/plan.hpp"
#include "wengert/webgpu/prelude.hpp"

using namespace wengert;
using namespace wengert::webgpu;
using Node = Source::Kind;

namespace {

const char* const prelude =
    "fn w_added(a: F, b: F) -> F { return a + b; }\n\n"
    "// A comment.\nfn w_exp(x: F) -> F { return w_inner(x); }\n\n"
    "fn w_inner(x: F) -> F { return exp(x); }\n\n"
    "fn w_unused(x: F) -> F { return x; }\n";

constexpr std::int64_t op(Op o) { return static_cast<std::int64_t>(o); }
template <class P>
Source::Call call(std::vector<std::int64_t> operands, std::vector<std::int64_t> attributes) {
  return {static_cast<std::int64_t>(structural::id<P>), std::move(operands), std::move(attributes)};
}

/// sum(exp(x) * x), and exp(x) * x itself, of n elements.
Source loss(std::int64_t n) {
  Source s;
  s.types = {{Dtype::float32, {n}}, {Dtype::float32, {}}};
  s.calls = {call<structural::sum>({2}, {0, 0})};
  s.nodes = {{Node::input, 0, 0, -1, 0},
             {Node::elementwise, op(Op::exp), 0, -1, 0},
             {Node::elementwise, op(Op::multiply), 1, 0, 0},
             {Node::call, 0, 0, -1, 1}};
  s.outputs = {3, 2};
  return s;
}

}  // namespace

TEST_CASE("an elementwise loss and what it is the sum of are two kernels") {
  const Plan p = lower(loss(5000), prelude);
  REQUIRE(p.steps.size() == 2);
  CHECK(p.steps[0].reads.size() == 1);
  CHECK(p.steps[0].writes.size() == 2);  // the product, and the parts of the sum
  CHECK(p.buffers[p.outputs[0]].elements == 1);
  CHECK(p.slots.size() == 1);
}

TEST_CASE("a kernel has the functions it calls, and theirs, and no others") {
  const Plan p = lower(loss(5000), prelude);
  const std::string& text = p.kernels[p.steps[0].kernel];
  CHECK(text.find("fn w_exp") != std::string::npos);
  CHECK(text.find("fn w_inner") != std::string::npos);
  CHECK(text.find("w_unused") == std::string::npos);
  CHECK(text.find("comment") == std::string::npos);
}

TEST_CASE("equal kernels have equal texts") {
  Source s;
  s.types = {{Dtype::float32, {7}}, {Dtype::float32, {7, 1}}};
  s.calls = {call<structural::reshape>({1}, {7, 1}), call<structural::reshape>({3}, {7})};
  s.nodes = {{Node::input, 0, 0, -1, 0},
             {Node::elementwise, op(Op::exp), 0, -1, 0},
             {Node::call, 0, 0, -1, 1},
             {Node::elementwise, op(Op::exp), 2, -1, 1},
             {Node::call, 0, 1, -1, 0}};
  s.outputs = {4};
  const Plan p = lower(s, prelude);
  CHECK(p.steps.size() == 2);
  CHECK(p.kernels.size() == 1);
}

TEST_CASE("more work groups than one dimension has are folded, within the limits") {
  Source s;
  s.types = {{Dtype::float32, {70000, 64}}, {Dtype::float32, {70000}}};
  s.calls = {call<structural::sum>({0}, {0, 1})};
  s.nodes = {{Node::input, 0, 0, -1, 0}, {Node::call, 0, 0, -1, 1}};
  s.outputs = {1};
  const Plan p = lower(s, prelude);
  REQUIRE(p.steps.size() == 1);
  const auto& grid = p.steps[0].grid;
  CHECK(grid[0] <= 65535);
  CHECK(grid[0] * grid[1] >= 70000);
}

TEST_CASE("a primitive that the prelude lacks is refused at its node") {
  Source s = loss(8);
  s.nodes[1].code = op(Op::tanh);
  try {
    lower(s, prelude);
    FAIL("lowered");
  } catch (const Refusal& e) {
    CHECK(e.node == 1);
    CHECK(!e.limit);
    CHECK(std::string(e.what()).find("tanh: no kernel") != std::string::npos);
  }
  CHECK(planned_json(s, prelude).starts_with("{\"error\":\"webgpu: tanh"));
}

TEST_CASE("an array that no binding holds is refused") {
  CHECK_THROWS_AS(lower(loss(std::int64_t{1} << 26), prelude), Refusal);
}

TEST_CASE("numbers that are no constants of WGSL are made at run time") {
  CHECK(literal(-std::numeric_limits<double>::infinity(), Scalar::real) == "F(-w_infinity())");
  CHECK(literal(std::numeric_limits<double>::quiet_NaN(), Scalar::real) == "F(w_nan())");
  CHECK(literal(0.5, Scalar::real) == "F(0.5f)");
  CHECK(literal(-1, Scalar::whole) == "I(bitcast<i32>(4294967295u))");
}

TEST_CASE("a source cut short is refused") {
  const std::int64_t row[] = {1, 0};
  CHECK_THROWS_AS(SourceReader(row).read(), FormatError);
}
