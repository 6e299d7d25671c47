// Values of the primitives that move, pick and choose elements, against loops written out.
#include "cases.hpp"

using namespace wengert;
using namespace wengert::test;

namespace {

/// Calls f(position in each axis, row-major position) for every element of a shape.
template <class F>
void each_element(const Shape& shape, F&& f) {
  for (std::int64_t i = 0, count = element_count(shape); i < count; ++i) {
    Dims at = shape;
    std::int64_t rest = i;
    for (int k = shape.count() - 1; k >= 0; --k) {
      at[k] = rest % shape[k];
      rest /= shape[k];
    }
    f(at, static_cast<std::size_t>(i));
  }
}
std::size_t place(const Dims& at, const Shape& shape) {
  const Dims steps = row_major(shape);
  std::int64_t sum = 0;
  for (int k = 0; k < at.count(); ++k) sum += at[k] * steps[k];
  return static_cast<std::size_t>(sum);
}
/// Where an element of a slice lies in the whole.
std::size_t sliced_place(const Dims& at, const std::vector<std::int64_t>& slice, const Shape& all) {
  Dims where = at;
  for (int k = 0; k < at.count(); ++k)
    where[k] = slice[3 * static_cast<std::size_t>(k)] + at[k] * slice[3 * static_cast<std::size_t>(k) + 1];
  return place(where, all);
}
Shape slice_shape(const std::vector<std::int64_t>& slice, int n) {
  Shape shape;
  for (int k = 0; k < n; ++k) shape.push_back(slice[3 * static_cast<std::size_t>(k) + 2]);
  return shape;
}
std::size_t wrapped(double position, std::size_t size) {
  return static_cast<std::size_t>(position < 0 ? position + static_cast<double>(size) : position);
}
Numbers wide(const Var& x, const Shape& shape) { return elements(strided(x.value, x.dtype()), shape); }

/// Compares many uses with the elements that `want` states.
template <class P, class F>
void moves(unsigned seed, F&& want) {
  Random random(seed);
  for (int round = 0; round < 300; ++round) {
    const Case use = draw<P>(random);
    const Var y = use.value();
    CHECK_MESSAGE(same(elements(y), want(use, y)), use.name, " of ", text(use.in[0].shape()), " at ", text(use.at));
  }
}

}  // namespace

TEST_CASE("a reshaped or broadcast array has the elements it had") {
  moves<structural::reshape>(81, [](const Case& c, const Var& y) {
    CHECK(y.shape() == Shape(std::span(c.at)));
    return elements(c.in[0]);
  });
  moves<structural::broadcast_to>(82, [](const Case& c, const Var& y) {
    CHECK(y.shape() == Shape(std::span(c.at)));
    return wide(c.in[0], y.shape());
  });
}

TEST_CASE("a transposed array has each element at the exchanged position") {
  moves<structural::transpose>(83, [](const Case& c, const Var& y) {
    const Numbers x = elements(c.in[0]);
    Numbers want(x.size());
    each_element(y.shape(), [&](const Dims& at, std::size_t i) {
      Dims from = at;
      for (int k = 0; k < at.count(); ++k) from[static_cast<int>(c.at[static_cast<std::size_t>(k)])] = at[k];
      want[i] = x[place(from, c.in[0].shape())];
    });
    return want;
  });
}

TEST_CASE("a slice reads where a pad or an assigned slice writes") {
  moves<structural::slice>(84, [](const Case& c, const Var& y) {
    const Numbers x = elements(c.in[0]);
    Numbers want(static_cast<std::size_t>(y.size()));
    CHECK(y.shape() == slice_shape(c.at, y.ndim()));
    each_element(y.shape(),
                 [&](const Dims& at, std::size_t i) { want[i] = x[sliced_place(at, c.at, c.in[0].shape())]; });
    return want;
  });
  moves<structural::pad>(85, [](const Case& c, const Var& y) {
    const Numbers x = elements(c.in[0]);
    Numbers want(static_cast<std::size_t>(y.size()));
    each_element(c.in[0].shape(),
                 [&](const Dims& at, std::size_t i) { want[sliced_place(at, c.at, y.shape())] = x[i]; });
    return want;
  });
  moves<structural::slice_set>(86, [](const Case& c, const Var& y) {
    Numbers want = elements(c.in[0]);
    const Shape part = slice_shape(c.at, y.ndim());
    const Numbers v = wide(c.in[1], part);
    each_element(part, [&](const Dims& at, std::size_t i) { want[sliced_place(at, c.at, y.shape())] = v[i]; });
    return want;
  });
}

TEST_CASE("positions count from either end; of one named twice sums take all and assignments the last") {
  moves<structural::gather>(87, [](const Case& c, const Var& y) {
    const Numbers x = elements(c.in[0]);
    CHECK(y.shape() == c.in[1].shape());
    Numbers want;
    for (const double p : elements(c.in[1])) want.push_back(x[wrapped(p, x.size())]);
    return want;
  });
  const auto scatter = [](bool add) {
    return [add](const Case& c, const Var&) {
      Numbers want = elements(c.in[0]);
      const Numbers p = elements(c.in[1]), v = wide(c.in[2], c.in[1].shape());
      for (std::size_t i = 0; i < p.size(); ++i) {
        double& e = want[wrapped(p[i], want.size())];
        e = add ? e + v[i] : v[i];
      }
      return want;
    };
  };
  moves<structural::scatter_add>(88, scatter(true));
  moves<structural::scatter_set>(89, scatter(false));
}

TEST_CASE("joined arrays lie one behind the other along the axis") {
  moves<structural::concatenate>(90, [](const Case& c, const Var& y) {
    const int axis = static_cast<int>(c.at[0]);
    Numbers want(static_cast<std::size_t>(y.size()));
    std::int64_t start = 0;
    for (const Var& part : c.in) {
      const Numbers x = elements(part);
      each_element(part.shape(), [&](Dims at, std::size_t i) {
        at[axis] += start;
        want[place(at, y.shape())] = x[i];
      });
      start += part.shape()[axis];
    }
    CHECK(y.shape()[axis] == start);
    return want;
  });
}

TEST_CASE("a choice and a clip look at one element of each operand") {
  moves<structural::select>(91, [](const Case& c, const Var& y) {
    const Numbers q = wide(c.in[0], y.shape()), a = wide(c.in[1], y.shape()), b = wide(c.in[2], y.shape());
    Numbers want;
    for (std::size_t i = 0; i < q.size(); ++i) want.push_back(q[i] != 0 ? a[i] : b[i]);
    return want;
  });
  moves<structural::clip>(92, [](const Case& c, const Var& y) {
    const Numbers x = wide(c.in[0], y.shape()), low = wide(c.in[1], y.shape()), high = wide(c.in[2], y.shape());
    Numbers want;
    for (std::size_t i = 0; i < x.size(); ++i) want.push_back(std::min(std::max(x[i], low[i]), high[i]));
    return want;
  });
}
