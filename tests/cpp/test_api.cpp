// What a C++ program has of wengert by its one header: functions recorded, run again, differentiated.
#include <thread>

#include "cases.hpp"
#include "taped.hpp"
#include "wengert/tape/custom.hpp"
#include "wengert/wengert.hpp"

using namespace wengert;
using namespace wengert::test;

namespace {

using Variables = std::span<const Var>;

Var chained(Variables x) {
  Var a = x[0], b = x[1];
  for (int k = 0; k < 50; ++k) {
    const Var next = a * 0.9 + sin(b) * 0.1;
    b = b / (1.0 + a * a);
    a = next;
  }
  return a * b;
}

std::vector<Var> mixed(Variables x) {
  const Var y = sin(x[0]) * x[1] + exp(-(x[0] * x[0]));
  const Var total = summed(y, {0, 1}, false), picked = select_of(y > 0.5, y, x[0]);
  return {total, matmul(picked, matrix_transposed(y)), y > 0.5};
}

std::vector<Value> values_of(const std::vector<Var>& list) {
  std::vector<Value> out;
  for (const Var& v : list) out.push_back(v.value);
  return out;
}

Numbers flat(std::span<const Value> list) {
  Numbers out;
  for (const Value& v : list) {
    const Numbers part = elements(v);
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

/// Value and gradient by the tape.
Numbers by_tape(Var (*f)(Variables), const Numbers& at) {
  Taped t;
  std::vector<Var> x;
  for (const double v : at) x.push_back(watch(Value::number(v)));
  const Var y = f(x);
  Numbers out = elements(y);
  for (const Var& xbar : t.adjoint({y}, {Value::number(1.0)}, x, Mode::values)) out.push_back(elements(xbar)[0]);
  return out;
}

/// Derivatives of all results by the tape: tangents along dx, adjoints of ybar.
struct Swept {
  Numbers dy, xbar;
};
template <class F>
Swept swept(F f, const std::vector<Value>& at, const std::vector<Value>& dx, const std::vector<Value>& ybar) {
  Taped t;
  std::vector<Var> x;
  for (const Value& v : at) x.push_back(watch(v));
  std::vector<Var> carrying, seeds;
  Swept out;
  const std::vector<Var> y = f(x), along(dx.begin(), dx.end());
  for (std::size_t k = 0; k < y.size(); ++k) {
    const bool carries = y[k].recorded();
    const Numbers dy = carries ? elements(t.tangent(x, along, {y[k]}, Mode::values)[0]) : elements(zeros_like(y[k]));
    out.dy.insert(out.dy.end(), dy.begin(), dy.end());
    if (!carries) continue;
    carrying.push_back(y[k]);
    seeds.push_back(ybar[k]);
  }
  const std::vector<Var> xbar = carrying.empty() ? x : t.adjoint(carrying, seeds, x, Mode::values);
  for (const Var& v : xbar) {
    const Numbers part = elements(carrying.empty() ? zeros_like(v) : v);
    out.xbar.insert(out.xbar.end(), part.begin(), part.end());
  }
  return out;
}

template <class F>
std::string told(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a recorded function has its value and its gradient at other numbers") {
  Random random(201);
  const Program p = record(chained, Numbers{0.3, 0.7});
  Workspace work(p);
  for (int round = 0; round < 5; ++round) {
    const Numbers at{real_in(random, -2, 2), real_in(random, -2, 2)}, wanted = by_tape(chained, at);
    Numbers slope(2);
    CHECK(same(p.value(work, at), wanted[0]));
    CHECK(same(p.value_and_gradient(work, at, slope), wanted[0]));
    CHECK(close(slope, {wanted[1], wanted[2]}, 1e-14));
    CHECK(p.gradient(work, at) == slope);
  }
}

TEST_CASE("the derivatives of a program of arrays are those of the tape") {
  Random random(202);
  const auto drawn = [&] {
    return std::vector<Value>{random_var(random, {3, 4}).value, random_var(random, {4}).value};
  };
  const Program p = record(mixed, drawn());
  Workspace work(p);
  for (int round = 0; round < 3; ++round) {
    const std::vector<Value> at = drawn(), dx = drawn(), y = p.values(work, at);
    REQUIRE(y.size() == 3);
    std::vector<Value> ybar{random_var(random, {}).value, random_var(random, {3, 3}).value, y[2]};
    const Swept wanted = swept(mixed, at, dx, ybar);
    const Program::Pair forward = p.jvp(work, at, dx), reverse = p.vjp(work, at, ybar);
    CHECK(same(flat(forward.results), flat(y)));
    CHECK(same(flat(reverse.results), flat(y)));
    CHECK(close(flat(forward.derivatives), wanted.dy, 1e-13));
    CHECK(close(flat(reverse.derivatives), wanted.xbar, 1e-13));
    CHECK(reverse.derivatives[0].shape() == Shape{3, 4});
    CHECK(forward.derivatives[2].dtype() == Dtype::boolean);
  }
}

TEST_CASE("tangent and adjoint of a program of each structural primitive are those of the tape") {
  Random random(203);
  for (std::size_t id = 0; id < structural::count; ++id) {
    for (int round = 0; round < 6; ++round) {
      const Case use = draw(static_cast<CallId>(id), random, round % 2 == 1);
      std::vector<Value> at;
      for (const Var& v : use.in) {
        if (is_float(v.dtype())) at.push_back(Value(strided(v.value, v.dtype())));
      }
      const auto f = [&](Variables x) {
        std::vector<Var> in = use.in;
        for (std::size_t k = 0, next = 0; k < in.size(); ++k) {
          if (is_float(in[k].dtype())) in[k] = x[next++];
        }
        return std::vector<Var>{call(use.id, in, use.at)};
      };
      const Program p = record(f, at);
      Workspace work(p);
      const std::vector<Var> x(at.begin(), at.end());
      const std::vector<Value> dx = values_of(directions(random, x));
      const std::vector<Value> ybar{direction(random, Var(p.values(work, at)[0])).value};
      const Swept wanted = swept(f, at, dx, ybar);
      CHECK_MESSAGE(close(flat(p.jvp(work, at, dx).derivatives), wanted.dy, 1e-12), use.name);
      CHECK_MESSAGE(close(flat(p.vjp(work, at, ybar).derivatives), wanted.xbar, 1e-12), use.name);
    }
  }
}

TEST_CASE("a derivative of a program is a program, and has derivatives") {
  const auto cubes = [](Variables x) { return x[0] * x[0] * x[0] * x[1]; };
  const std::vector<Value> at{Value::number(2.0), Value::number(5.0)};
  const Program slope = record(cubes, at).derivative(Derivative::gradient, at);
  CHECK(slope.outputs() == 3);
  Workspace work(slope);
  const std::vector<Value> along{Value::number(1.0), Value::number(0.0)};
  const Numbers hessian_column = flat(slope.jvp(work, at, along).derivatives);
  CHECK(hessian_column == Numbers{60, 60, 12});  // of the value, and of both parts of the gradient
}

TEST_CASE("what a function was told is guarded, in its derivatives too") {
  const auto f = [](Variables x) { return truth(x[0] > 0.0) ? log(x[0]) * x[1] : x[0]; };
  const Program p = record(f, Numbers{2.0, 3.0});
  Workspace work(p);
  CHECK(p.gradient(work, Numbers{4.0, 8.0}) == Numbers{2.0, std::log(4.0)});
  CHECK_THROWS_AS((void)p.value(work, Numbers{-1.0, 1.0}), const GuardError&);
  CHECK(told([&] { (void)p.gradient(work, Numbers{-1.0, 1.0}); }).starts_with("gradient: guard 0 of 1"));
  Workspace fresh(p);  // the derivative is recorded by now; and where it is not, its guards are asked as well
  CHECK_THROWS_AS((void)p.gradient(fresh, Numbers{-1.0, 1.0}), const GuardError&);
  const std::vector<Value> below{Value::number(-1.0), Value::number(1.0)};
  CHECK_THROWS_AS((void)p.derivative(Derivative::tangent, below), const GuardError&);
  CHECK(p.gradient(work, Numbers{4.0, 8.0}) == Numbers{2.0, std::log(4.0)});
}

TEST_CASE("a whole number that a function was told is guarded") {
  const auto power = [](Variables x) {
    Var y = 1.0;
    for (std::int64_t k = integer(x[1]); k > 0; --k) y = y * x[0];
    return y;
  };
  const Program p = record(power, Numbers{2.0, 3.4});
  Workspace work(p);
  CHECK(p.value(work, Numbers{3.0, 3.9}) == 27.0);
  CHECK_THROWS_AS((void)p.value(work, Numbers{3.0, 4.0}), const GuardError&);
}

TEST_CASE("programs of numbers say what they are not given") {
  const Program p = record(chained, Numbers{0.3, 0.7}), other = record(chained, Numbers{0.3, 0.7});
  Workspace work(p), of_other(other);
  Numbers one(1), two(2);
  const std::vector<Value> arrays{Value(array(Dtype::float64, {2}, {1, 2})), Value::number(1.0)};
  CHECK(told([&] { (void)p.value(work, one); }) == "program: another number of arrays: given 1, recorded with 2");
  CHECK(told([&] {
          (void)p.gradient(work, arrays);
        }).starts_with("program: array 0 differs: given float64 of shape (2,)"));
  CHECK(told([&] { (void)p.value(of_other, two); }) == "program: workspace: made for another program");
  CHECK(told([&] { (void)p.value_and_gradient(work, two, one); }) ==
        "gradient: one number an input: given room for 1 of 2");
  const Program pair = record([](Variables x) { return std::vector{x[0], x[0]}; }, one);
  const Program list = record([](Variables x) { return x[0]; }, std::span<const Value>(arrays));
  Workspace in_pair(pair), in_list(list);
  CHECK(told([&] { (void)pair.gradient(in_pair, one); }) == "gradient: the result is no number: there are 2 results");
  CHECK(told([&] { (void)pair.value(in_pair, one); }).starts_with("value: the result is no number"));
  CHECK(told([&] { (void)list.gradient(in_list, arrays); }).ends_with("it is float64 of shape (2,)"));
  CHECK(told([&] { (void)truth(arrays[0]); }) == "truth: one element is asked for: given shape (2,)");
}

TEST_CASE("a function with rules of its own has values in a program, and no derivative") {
  struct Rule : Custom {
    std::vector<Var> adjoint(std::span<const Var>, const Var&, const Var& ybar) const override { return {ybar}; }
    Var tangent(std::span<const Var>, const Var&, std::span<const Var* const> dx) const override { return *dx[0]; }
  };
  const auto f = [](Variables x) {
    const Var y = x[0] * 2.0;
    return custom(std::make_shared<Rule>(), x, y);
  };
  const Program p = record(f, Numbers{1.0});
  Workspace work(p);
  CHECK(told([&] { (void)p.gradient(work, Numbers{1.0}); }).starts_with("gradient: no derivative: the program holds"));
}

TEST_CASE("an input that carries no derivative has zeros, and a result that depends on nothing too") {
  const auto f = [](Variables x) { return std::vector<Var>{x[0] * converted(x[1], Dtype::float64), Var(3.0)}; };
  const std::vector<Value> at{Value::number(2.0), Value(array(Dtype::int64, {}, {4}))};
  const Program p = record(f, at);
  Workspace work(p);
  const std::vector<Value> ones{Value::number(1.0), Value::number(1.0)};
  const Program::Pair reverse = p.vjp(work, at, ones), forward = p.jvp(work, at, at);
  CHECK(flat(reverse.derivatives) == Numbers{4, 0});
  CHECK(flat(forward.derivatives) == Numbers{8, 0});
}

TEST_CASE("a program runs at many points, and says which one goes another way") {
  const Program p = record([](Variables x) { return truth(x[0] > 0.0) ? sqrt(x[0]) : x[0]; }, Numbers{1.0});
  const std::vector<Value> points{from_numbers({4}, Numbers{1, 4, 9, 16})},
      mixed_signs{from_numbers({2}, Numbers{1, -4})};
  CHECK(to_numbers(p.batch(points)[0]) == Numbers{1, 2, 3, 4});
  CHECK(told([&] { (void)p.batch(mixed_signs); }) == "batch: a guard does not hold at point 1 of 2");
}

TEST_CASE("a saved program is what it was") {
  const Program p = record(chained, Numbers{0.3, 0.7});
  const std::string file = p.save();
  const Program q = Program::load(std::as_bytes(std::span(file)));
  Workspace one(p), other(q);
  CHECK(q.gradient(other, Numbers{0.1, 0.2}) == p.gradient(one, Numbers{0.1, 0.2}));
  CHECK(q.text() == p.text());
  CHECK_THROWS_AS((void)Program::load(std::as_bytes(std::span(file).first(40))), const FormatError&);
}

TEST_CASE("threads run a program and derive it, with arrays that others hold") {
  Random random(204);
  const Value matrix = random_var(random, {20, 20}).value;
  const Program p = record([&](Variables x) { return summed(tanh(matmul(Var(matrix), x[0])), {0}, false); },
                           std::vector{random_var(random, {20}).value});
  const std::vector<double> start = to_numbers(random_var(random, {20}).value);
  std::vector<Numbers> found(4);
  std::vector<std::thread> threads;
  for (Numbers& mine : found) {
    threads.emplace_back([&] {
      Workspace work(p);
      const std::vector<Value> x{from_numbers({20}, start)};
      for (int round = 0; round < 50; ++round) mine = to_numbers(p.gradient(work, x)[0]);
      const Program derived = p.derivative(Derivative::gradient, x);
      Workspace other(derived);
      const Numbers again = to_numbers(derived.values(other, x)[1]);
      mine.insert(mine.end(), again.begin(), again.end());
    });
  }
  for (int round = 0; round < 1000; ++round) (void)Value(matrix);
  for (std::thread& t : threads) t.join();
  for (const Numbers& each : found) CHECK(same(each, found[0]));
}

TEST_CASE("nothing is recorded apart while a tape is active, whose variables it would mistake for its own") {
  const Program p = record(chained, Numbers{0.3, 0.7});
  Workspace work(p);
  Recording tape;
  const Activation on(&tape);
  const Var outside = watch(Value::number(2.0));
  const auto f = [&](Variables x) { return x[0] * outside; };
  CHECK(told([&] { (void)record(f, Numbers{1.0}); }).starts_with("record: another recording is active"));
  const Numbers slope = p.gradient(work, Numbers{0.1, 0.2}), wanted = by_tape(chained, {0.1, 0.2});
  CHECK(close(slope, {wanted[1], wanted[2]}, 1e-14));
  CHECK(tape.size() == 1);
}

TEST_CASE("the tape is there without a program") {
  Recording tape;
  const Activation on(&tape);
  const Var x = watch(Value::number(2.0)), y = x * x * x;
  const Seed seed{y.node, Value::number(1.0)};
  const std::vector<Var> xbar = adjoint_sweep(tape, x.node, {&seed, 1}, {&x.node, 1}, Mode::values);  // 12
  CHECK(elements(xbar[0]) == Numbers{12});
}

TEST_CASE("numbers go into arrays and come out again") {
  const Value a = from_numbers({2, 3}, Numbers{1, 2, 3, 4, 5, 6});
  CHECK(to_numbers(matrix_transposed(Var(a)).value) == Numbers{1, 4, 2, 5, 3, 6});
  CHECK(to_numbers(Value(array(Dtype::float32, {2}, {1, 2}))) == Numbers{1, 2});
  CHECK(from_numbers({}, Numbers{7}).is_number());
  CHECK(told([] { (void)from_numbers({2}, Numbers{1}); }) == "from_numbers: shape (2,) has 2 elements: given 1");
  CHECK_THROWS_AS((void)to_numbers(Value(array(Dtype::complex128, {}, {1, 2}))), const DtypeError&);
}
