// Sweeps over parts of a recording: transforms inside of transforms, intermediates, several seeds.
#include "taped.hpp"

using namespace wengert;
using namespace wengert::test;

namespace {

double number(const Var& v) { return element(v.value, 0); }

/// d^n/dx^n of f: bit k of `modes` says whether the k-th derivative runs forward.
template <class F>
Var derivative(Taped& t, int n, unsigned modes, const Var& x, F&& f) {
  if (n == 0) return f(x);
  const Var start = watch(x);
  const Var y = derivative(t, n - 1, modes >> 1, start, f);
  if (!y.recorded()) return zeros_like(start);
  if (modes & 1) return t.tangent({start}, {ones_like(start)}, {y}, Mode::record)[0];
  return t.adjoint({y}, {ones_like(y)}, {start}, Mode::record)[0];
}

}  // namespace

TEST_CASE("derivatives of derivatives are right in every mix of modes") {
  for (const Shape& shape : {Shape{}, Shape{3}}) {
    for (unsigned modes = 0; modes < 16; ++modes) {
      Taped t;
      const Var x = watch(filled(shape, Dtype::float64, 0.5));
      const Var y = derivative(t, 4, modes, x, [](const Var& z) { return sin(2.0 * z) + z * z * z * z; });
      for (const double each : elements(y)) CHECK(each == doctest::Approx(16 * std::sin(1.0) + 24));
    }
  }
}

TEST_CASE("an inner derivative does not see the outer variable as its own") {
  for (unsigned modes = 0; modes < 4; ++modes) {  // d/dx (x * d/dy (x + y)) = 1
    Taped t;
    const Var x = watch(Var(Value::number(1.0)));
    const Var y = derivative(t, 1, modes, x, [&](const Var& outer) {
      return outer *
             derivative(t, 1, modes >> 1, Var(Value::number(1.0)), [&](const Var& inner) { return outer + inner; });
    });
    CHECK(number(y) == 1);
  }
}

TEST_CASE("a fresh start passes outer derivatives through") {
  Taped t;
  const Var x = watch(Var(Value::number(3.0)));
  const Var inner = watch(x * x);
  const Var slope = t.adjoint({inner * inner * x}, {Var(1.0)}, {inner}, Mode::record)[0];  // 2 x^2 x
  CHECK(number(slope) == 54);
  CHECK(number(t.adjoint({slope}, {Var(1.0)}, {x}, Mode::values)[0]) == 54);  // 6 x^2
  CHECK(number(t.tangent({x}, {Var(Value::number(1.0))}, {slope}, Mode::values)[0]) == 54);
}

TEST_CASE("adjoints of intermediates come with those of inputs") {
  for (const Shape& shape : {Shape{}, Shape{6}}) {
    for (const Mode mode : {Mode::values, Mode::record}) {
      Taped t;
      Random random(41);
      const Var x = watch(random_var(random, shape)), u = sin(x), y = u * u;
      const std::vector<Var> bars = t.adjoint({y}, {ones_like(y)}, {y, u, x}, mode);
      CHECK(same(elements(bars[0]), elements(ones_like(y))));
      CHECK(close(elements(bars[1]), elements(Var((2.0 * u).value)), 1e-15));
      CHECK(close(elements(bars[2]), elements(Var((2.0 * u * cos(x)).value)), 1e-15));
    }
  }
}

TEST_CASE("seeds add up, on one node and on several") {
  for (const Mode mode : {Mode::values, Mode::record}) {
    Taped t;
    const Var x = watch(filled({2}, Dtype::float64, 3)), y = x * x, z = 5.0 * y;
    const Var one = ones_like(x);
    CHECK(elements(t.adjoint({y, z, y}, {one, one, one}, {x}, mode)[0]) == Numbers(2, 42.0));
  }
}

TEST_CASE("what does not reach an output gets zeros of its own shape and type") {
  for (const Mode mode : {Mode::values, Mode::record}) {
    Taped t;
    const Var x = watch(filled({2, 2}, Dtype::float32, 1)), u = watch(Var(Value::number(2.0))), y = u * 2.0,
              dead = exp(x);
    const std::vector<Var> bars = t.adjoint({y}, {Var(1.0)}, {x, u, dead}, mode);
    CHECK(bars[0].dtype() == Dtype::float32);
    CHECK(bars[0].shape() == Shape{2, 2});
    CHECK(elements(bars[0]) == Numbers(4, 0.0));
    CHECK(number(bars[1]) == 2);
    CHECK(elements(bars[2]) == Numbers(4, 0.0));
    CHECK(elements(t.tangent({u}, {Var(1.0)}, {dead}, mode)[0]) == Numbers(4, 0.0));
  }
}

TEST_CASE("float32 beside float64 keeps its own type in derivatives") {
  for (const Mode mode : {Mode::values, Mode::record}) {
    Taped t;
    Random random(42);
    const Var x = watch(Var(Value(random_array(random, {3}, -1, 1, Dtype::float32)))),
              u = watch(random_var(random, {3}));
    const Var y = x * u;
    CHECK(y.dtype() == Dtype::float64);
    const std::vector<Var> bars = t.adjoint({y}, {ones_like(y)}, {x, u}, mode);
    CHECK(bars[0].dtype() == Dtype::float32);
    CHECK(bars[1].dtype() == Dtype::float64);
    CHECK(close(elements(bars[0]), elements(u), 1e-7));
  }
}

TEST_CASE("a sweep leaves the recording as it was, but for what a recorded one adds") {
  Taped t;
  const Var x = watch(filled({3}, Dtype::float64, 2)), y = x * x * x;
  const std::size_t before = t.r.size();
  const SweepCounts count = sweep_counts();
  const Numbers once = elements(t.adjoint({y}, {ones_like(y)}, {x}, Mode::values)[0]);
  CHECK(once == Numbers(3, 12.0));
  CHECK(elements(t.adjoint({y}, {ones_like(y)}, {x}, Mode::values)[0]) == once);
  CHECK(elements(t.tangent({x}, {ones_like(x)}, {y}, Mode::values)[0]) == once);
  CHECK(t.r.size() == before);
  CHECK(sweep_counts().reverse == count.reverse + 2);
  CHECK(sweep_counts().forward == count.forward + 1);
  t.adjoint({y}, {ones_like(y)}, {x}, Mode::record);
  CHECK(t.r.size() > before);
  CHECK(elements(x) == Numbers(3, 2.0));
}
