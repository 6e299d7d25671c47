// Values of reductions and scans, against loops written out.
#include <limits>
#include <numeric>

#include "cases.hpp"

using namespace wengert;
using namespace wengert::test;

namespace {

/// The elements that each element of the result is made of, in row-major order, by the definition.
std::vector<Numbers> lines(const Var& x, const Dims& axes) {
  const Shape shape = x.shape(), kept = without(shape, axes, true);
  const Dims steps = row_major(kept);
  std::vector<Numbers> out(static_cast<std::size_t>(element_count(kept)));
  const Numbers all = elements(x);
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::int64_t rest = static_cast<std::int64_t>(i), at = 0;
    for (int k = shape.count() - 1; k >= 0; --k) {
      if (!axes.contains(k)) at += rest % shape[k] * steps[k];
      rest /= shape[k];
    }
    out[static_cast<std::size_t>(at)].push_back(all[i]);
  }
  return out;
}

/// Compares many uses of a reduction with f of each line.
template <class P, class F>
void reduces(unsigned seed, F&& f) {
  Random random(seed);
  for (int round = 0; round < 300; ++round) {
    const Case use = draw<P>(random);
    const Dims axes(std::span(use.at).subspan(1));
    Numbers want;
    for (const Numbers& line : lines(use.in[0], axes)) want.push_back(f(line));
    const Var y = use.value();
    CHECK(y.shape() == without(use.in[0].shape(), axes, use.at[0] != 0));
    CHECK_MESSAGE(close(elements(y), want, 1e-14), use.name, " of ", text(use.in[0].shape()), " at ", text(use.at));
  }
}

/// Compares many uses of a scan with f, which turns a line into its result.
template <class P, class F>
void scans(unsigned seed, F&& f) {
  Random random(seed);
  for (int round = 0; round < 300; ++round) {
    const Case use = draw<P>(random);
    const Var y = use.value();
    std::vector<Numbers> want = lines(use.in[0], Dims{use.at[0]});
    for (Numbers& line : want) line = f(line);
    CHECK(y.shape() == use.in[0].shape());
    CHECK(lines(y, Dims{use.at[0]}) == want);
  }
}

double sum_of(const Numbers& x) { return std::accumulate(x.begin(), x.end(), 0.0); }
double product_of(const Numbers& x) { return std::accumulate(x.begin(), x.end(), 1.0, std::multiplies<>()); }
double place(const Numbers& x, Numbers::const_iterator i) { return static_cast<double>(i - x.begin()); }
Var along(CallId id, const Var& x) { return reduction(id, x, {0}, false); }

}  // namespace

TEST_CASE("sums and products are those of their lines") {
  reduces<structural::sum>(61, sum_of);
  reduces<structural::prod>(62, product_of);
}

TEST_CASE("extrema and their positions are the first of their lines") {
  reduces<structural::max>(63, [](const Numbers& x) { return *std::max_element(x.begin(), x.end()); });
  reduces<structural::min>(64, [](const Numbers& x) { return *std::min_element(x.begin(), x.end()); });
  reduces<structural::argmax>(65, [](const Numbers& x) { return place(x, std::max_element(x.begin(), x.end())); });
  reduces<structural::argmin>(66, [](const Numbers& x) { return place(x, std::min_element(x.begin(), x.end())); });
}

TEST_CASE("logsumexp and norm are those of their lines") {
  reduces<structural::logsumexp>(67, [](const Numbers& x) {
    double sum = 0;
    for (const double e : x) sum += std::exp(e);
    return std::log(sum);
  });
  reduces<structural::norm>(
      68, [](const Numbers& x) { return std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0)); });
}

TEST_CASE("scans run along their lines") {
  scans<structural::cumsum>(71, [](Numbers x) {
    std::partial_sum(x.begin(), x.end(), x.begin());
    return x;
  });
  scans<structural::cumprod>(72, [](Numbers x) {
    std::partial_sum(x.begin(), x.end(), x.begin(), std::multiplies<>());
    return x;
  });
  scans<structural::argsort>(73, [](const Numbers& x) {
    Numbers order(x.size());
    std::iota(order.begin(), order.end(), 0.0);
    std::stable_sort(order.begin(), order.end(), [&](double i, double j) {
      return x[static_cast<std::size_t>(i)] < x[static_cast<std::size_t>(j)];
    });
    return order;
  });
}

TEST_CASE("logsumexp and norm neither overflow nor lose the small") {
  const auto of = [](const Numbers& x) {
    return Var(Value(array(Dtype::float64, {static_cast<std::int64_t>(x.size())}, x)));
  };
  const double inf = std::numeric_limits<double>::infinity();
  const auto lse = structural::id<structural::logsumexp>, norm = structural::id<structural::norm>;
  CHECK(elements(along(lse, of({1000, 1000})))[0] == doctest::Approx(1000 + std::log(2)));
  CHECK(elements(along(lse, of({-inf, -inf})))[0] == -inf);
  CHECK(elements(along(lse, of({1, inf})))[0] == inf);
  CHECK(elements(along(norm, of({3e200, 4e200})))[0] == doctest::Approx(5e200));
  CHECK(elements(along(norm, of({3e-200, 4e-200})))[0] == doctest::Approx(5e-200));
  CHECK(elements(along(norm, of({3e-320, 4e-320})))[0] == doctest::Approx(5e-320));
  CHECK(elements(along(norm, of({0, 0})))[0] == 0);
  CHECK(elements(along(norm, of({1, -inf})))[0] == inf);
  CHECK(std::isnan(elements(along(norm, of({1, inf - inf})))[0]));
}

TEST_CASE("a NaN reaches sums, extrema and their positions from anywhere in the line") {
  for (std::size_t at = 0; at < 9; ++at) {
    Numbers x(9, 1.0);
    x[at] = std::nan("");
    const Var v(Value(array(Dtype::float64, {9}, x)));
    for (const CallId id :
         {structural::id<structural::sum>, structural::id<structural::max>, structural::id<structural::min>}) {
      CHECK(std::isnan(elements(along(id, v))[0]));
    }
    CHECK(elements(along(structural::id<structural::argmax>, v))[0] == static_cast<double>(at));
  }
}

TEST_CASE("a long sum is right to the last few bits, in float32 too") {
  const std::int64_t n = 1 << 20;
  const Var x = filled({n}, Dtype::float32, 0.1f), y = filled({n}, Dtype::float64, 0.1);
  CHECK(elements(summed(x, {0}, false))[0] == doctest::Approx(0.1f * static_cast<double>(n)).epsilon(3e-7));
  CHECK(elements(summed(y, {0}, false))[0] == doctest::Approx(0.1 * static_cast<double>(n)).epsilon(1e-14));
}

TEST_CASE("truth values and small integers are counted in int64") {
  const Var truth = filled({300}, Dtype::boolean, 1), small = filled({3}, Dtype::int32, 2e9);
  CHECK(summed(truth, {0}, false).dtype() == Dtype::int64);
  CHECK(elements(summed(truth, {0}, false))[0] == 300);
  CHECK(elements(summed(small, {0}, false))[0] == 6e9);
}
