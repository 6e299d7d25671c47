// Arrays that a loop fills, written where they lie; and adjoints of elements, placed at once.
#include "taped.hpp"
#include "wengert/tape/writes.hpp"

using namespace wengert;
using namespace wengert::test;

namespace {

constexpr std::int64_t n = 80;

/// A handle to an array, as Python has them.
class Handle {
 public:
  Handle(Taped& t, Var y) : t_(t), y_(t.held(std::move(y))) {}
  const Var& operator*() const { return y_; }
  const std::byte* data() const { return y_.value.block()->data; }
  /// v at element i; where that may be, in place. Says whether it was.
  bool set(std::int64_t i, const Var& v, bool in_place) {
    const std::int64_t at[] = {i, 1, 1};
    std::optional<Var> over;
    if (in_place) over = written_over(y_, reshaped(v, {1}), at, 1);
    const bool done = over.has_value();
    Var now = t_.held(done ? std::move(*over) : slice_assigned(y_, reshaped(v, {1}), at));
    t_.r.mark_dead(std::exchange(y_, std::move(now)).node);
    return done;
  }
  Var get(std::int64_t i) const {
    const std::int64_t at[] = {i, 1, 1};
    return reshaped(sliced(y_, at), {});
  }

 private:
  Taped& t_;
  Var y_;
};

Var start() {
  Random random(7);
  return random_var(random, {n}, 0.5, 1.5);
}

struct Filled {
  Var value, slope;
  int in_place = 0;
};
/// The sum of squares of y[i] = y[i - 1] x[i] y[i]'s, and its gradient.
Filled filled_by_loop(bool in_place, Mode mode) {
  Taped t;
  const Var x = t.held(watch(start()));
  Handle y(t, x * Var(1.0));
  Filled f;
  for (std::int64_t i = 1; i < n; ++i) f.in_place += y.set(i, t.held(y.get(i - 1) * y.get(i)), in_place);
  const Var squares = *y * *y;
  f.value = squares;
  f.slope = t.adjoint({squares}, {ones_like(squares)}, {x}, mode)[0];
  return f;
}

}  // namespace

TEST_CASE("writes of a loop copy the array once") {
  const Filled copied = filled_by_loop(false, Mode::values), written = filled_by_loop(true, Mode::values);
  CHECK(copied.in_place == 0);
  CHECK(written.in_place == n - 2);
  CHECK(elements(copied.value) == elements(written.value));
  CHECK(elements(copied.slope) == elements(written.slope));
  CHECK(elements(filled_by_loop(true, Mode::record).slope) == elements(copied.slope));
}

TEST_CASE("what was written over has its shape still, and no elements") {
  Taped t;
  Handle y(t, watch(start()) * Var(1.0));
  y.set(0, Var(2.0), true);
  const Var before = *y;
  CHECK(!y.set(1, Var(3.0), true));  // `before` may still be looked at
  const NodeId last = (*y).node;
  CHECK(y.set(2, Var(4.0), true));
  CHECK(t.r.value(index(last)).shape() == Shape{n});
  CHECK(elements(t.r.value(index(last)))[2] != 4.0);
  CHECK(elements(before.value)[1] != 3.0);
}

TEST_CASE("an array that an operation reads is copied") {
  Taped t;
  Handle y(t, watch(start()) * Var(1.0));
  y.set(0, Var(2.0), true);
  CHECK(y.set(1, Var(3.0), true));
  const Var square = t.held(*y * *y);
  const Numbers seen = elements(*y);
  const NodeId read = (*y).node;
  CHECK(!y.set(2, Var(4.0), true));
  CHECK(elements(t.r.value(index(read))) == seen);
  CHECK(y.set(3, Var(5.0), true));
}

TEST_CASE("a look at many elements is copied from, where they are written, and else is not") {
  Taped t;
  Handle y(t, watch(start()) * Var(1.0));
  y.set(0, Var(2.0), true);
  const std::int64_t middle[] = {20, 1, 30};
  const Var look = t.held(sliced(*y, middle));
  CHECK(y.set(10, Var(1.0), true));
  CHECK(y.set(50, Var(1.0), true));
  CHECK(!y.set(30, Var(-1.0), true));
  CHECK(elements(look)[10] != -1.0);
}

TEST_CASE("adjoints of elements are one operation where a sweep is recorded") {
  Taped t;
  const Var x = t.held(watch(start()));
  Var total(0.0);
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t at[] = {i, 1, 1};
    const Var e = reshaped(sliced(x, at), {});
    total = total + e * e;
  }
  const std::size_t before = t.r.size();
  const Var slope = t.adjoint({total}, {Var(1.0)}, {x}, Mode::record)[0];
  CHECK(t.r.size() - before < 8 * n);
  CHECK(elements(slope) == elements(x.value + x.value));
}
