// A debugger without Python: who made the first NaN or infinity, and that nobody pays for it afterwards.
#include "support.hpp"

#include "wengert/base/error.hpp"
#include "wengert/tape/debugger.hpp"
#include "wengert/tape/functions.hpp"
#include "wengert/tape/sweep.hpp"

using namespace wengert;

namespace {

class Listener final : public Debugger {
 public:
  using Debugger::Debugger;
  std::uint32_t line = 0;
  std::string heard;

 protected:
  Place here() override { return static_cast<Place>(line); }
  std::string text(Place p) const override { return "line " + std::to_string(static_cast<std::uint32_t>(p)); }
  void report_strong_zero(const std::string& what) override { heard = what; }
};

struct Watching {
  explicit Watching(Debugger& d) { set_debugger(&d); }
  ~Watching() { set_debugger(nullptr); }
};

template <class F>
std::string said(F&& f) {
  try {
    f();
  } catch (const NonFiniteError& e) {
    return e.what();
  }
  return "nothing";
}

std::vector<Var> gradient(Recording& r, const Var& y, const Var& x) {
  const Seed seeds[] = {{y.node, Var(Value::number(1))}};
  const NodeId wanted[] = {x.node};
  return adjoint_sweep(r, NodeId{0}, seeds, wanted, Mode::values);
}

}  // namespace

TEST_CASE("a value names its operation and line, a derivative the line that recorded it") {
  Recording r;
  const Activation on(&r);
  Listener listener({true, true, false});
  const Watching watching(listener);
  const Var x = watch(Var(Value::number(0)));
  listener.line = 7;
  const Var y = sqrt(x);
  listener.line = 8;
  CHECK(said([&] { log(x); }) == "log: not finite: the value is -inf where x is 0; x: float64 ()\n  at line 8");
  CHECK(said([&] { gradient(r, y, x); }).ends_with("recorded at line 7"));
}

TEST_CASE("a strong zero is reported where it was asked for") {
  Recording r;
  const Activation on(&r);
  Listener listener({false, false, true});
  const Watching watching(listener);
  const Var x = watch(Var(Value::number(0)));
  CHECK(gradient(r, sqrt(x) * Var(0.0), x)[0].value.as_double() == 0);
  CHECK(listener.heard.starts_with("sqrt, reverse sweep: zero times infinity"));
}

TEST_CASE("a recording that nobody watches any more knows no lines and goes its quick way") {
  Recording r;
  const Activation on(&r);
  Listener listener({true, true, false});
  listener.line = 3;
  Var x;
  {
    const Watching watching(listener);
    x = watch(Var(Value::number(0)));
  }
  CHECK(r.place(index(x.node)) == Place{3});
  const Var y = log(x);
  CHECK(r.place(index(y.node)) == Place::unknown);
  CHECK(r.reserved_in_full());
  r.clear();
  CHECK(r.place(0) == Place::unknown);
}
