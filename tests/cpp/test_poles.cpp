// Where a slope is infinite or has no value, a zero seed still adds nothing.
#include "taped.hpp"
#include "wengert/rule/table.hpp"

using namespace wengert;
using namespace wengert::test;

namespace {

struct Pole {
  Op op;
  double a, b;
};
const Pole poles[] = {{Op::sqrt, 0, 0},    {Op::cbrt, 0, 0},     {Op::reciprocal, 0, 0}, {Op::log, 0, 0},
                      {Op::log2, 0, 0},    {Op::log10, 0, 0},    {Op::log1p, -1, 0},     {Op::arcsin, 1, 0},
                      {Op::arccos, -1, 0}, {Op::arccosh, 1, 0},  {Op::arctanh, 1, 0},    {Op::lgamma, 0, 0},
                      {Op::digamma, 0, 0}, {Op::divide, 1, 0},   {Op::divide, 0, 0},     {Op::power, 0, 0.5},
                      {Op::power, 0, -1},  {Op::power, -1, 0.5}, {Op::arctan2, 0, 0},    {Op::xlogy, 1, 0},
                      {Op::xlogy, 0, 0},   {Op::hypot, 0, 0},    {Op::remainder, 1, 0},  {Op::fmod, 1, 0}};

std::vector<Var> operands(const Pole& pole, const Shape& shape) {
  std::vector<Var> out{filled(shape, Dtype::float64, pole.a)};
  if (rule::primitive(pole.op).arity == 2) out.push_back(filled(shape, Dtype::float64, pole.b));
  return out;
}
bool all_zero(const std::vector<Var>& list) {
  for (const Var& v : list) {
    for (const double x : elements(v)) {
      if (x != 0) return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("a zero seed at a pole gives zeros, in both directions and both kinds of sweep") {
  for (const Pole& pole : poles) {
    for (const Shape& shape : {Shape{}, Shape{3}, Shape{70}}) {
      for (const Mode mode : {Mode::values, Mode::record}) {
        Taped t;
        const std::vector<Var> x = t.watched(operands(pole, shape));
        const Var y = x.size() == 2 ? apply(pole.op, x[0], x[1]) : apply(pole.op, x[0]);
        const std::string_view name = rule::primitive(pole.op).name;
        CHECK_MESSAGE(all_zero(t.adjoint({y}, {zeros_like(y)}, x, mode)), name);
        std::vector<Var> still;
        for (const Var& each : x) still.push_back(zeros_like(each));
        CHECK_MESSAGE(all_zero(t.tangent(x, still, {y}, mode)), name);
      }
    }
  }
}

TEST_CASE("the side that a choice did not take adds nothing, though its slope is infinite") {
  for (const Shape& shape : {Shape{}, Shape{4}}) {
    for (const Mode mode : {Mode::values, Mode::record}) {
      Taped t;
      const Var x = watch(filled(shape, Dtype::float64, 0));
      const Var y = select_of(x > 0.0, sqrt(x) + log(x) + 1.0 / x, 2.0 * x);
      CHECK(elements(t.adjoint({y}, {ones_like(y)}, {x}, mode)[0]) == Numbers(static_cast<std::size_t>(x.size()), 2.0));
      CHECK(elements(t.tangent({x}, {ones_like(x)}, {y}, mode)[0]) == Numbers(static_cast<std::size_t>(x.size()), 2.0));
    }
  }
}

TEST_CASE("curvature is zero too where the seed is") {
  Taped t;
  const Var x = watch(Var(Value::number(0.0)));
  const Var y = scale(zeros_like(x), sqrt(x)) + x * x;
  const Var slope = t.adjoint({y}, {Var(1.0)}, {x}, Mode::record)[0];
  CHECK(slope.value.as_double() == 0);
  CHECK(t.adjoint({slope}, {Var(1.0)}, {x}, Mode::values)[0].value.as_double() == 2);
}
