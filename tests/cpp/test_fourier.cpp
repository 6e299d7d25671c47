// The Fourier transform against its definition.
#include <numbers>

#include "support.hpp"
#include "wengert/rule/kernels/fourier.hpp"
#include "wengert/rule/structural/list.hpp"

using namespace wengert;
using namespace wengert::test;

namespace {

using Complex = std::complex<double>;

std::vector<Complex> drawn(Random& random, std::int64_t n) {
  std::vector<Complex> x(static_cast<std::size_t>(n));
  for (Complex& z : x) z = {static_cast<double>(whole(random, -9, 9)), static_cast<double>(whole(random, -9, 9))};
  return x;
}

/// Elements of the middle axis of (outer, n, inner), summed one by one.
Complex summed_at(const std::vector<Complex>& x, std::int64_t n, std::int64_t inner, std::int64_t at, int sign) {
  const std::int64_t k = at / inner % n, start = at / (n * inner) * n * inner + at % inner;
  Complex sum = 0;
  for (std::int64_t j = 0; j < n; ++j) {
    const double turns = static_cast<double>(j * k % n) / static_cast<double>(n);
    sum += x[static_cast<std::size_t>(start + j * inner)] * std::polar(1.0, sign * 2 * std::numbers::pi * turns);
  }
  return sum;
}

double worst_error(Random& random, std::int64_t outer, std::int64_t n, std::int64_t inner, int sign) {
  const std::vector<Complex> x = drawn(random, outer * n * inner);
  std::vector<Complex> y = x;
  rule::fourier_transform(y.data(), outer, n, inner, sign);
  double worst = 0, largest = 1;
  for (std::int64_t at = 0; at < outer * n * inner; ++at) {
    const Complex want = summed_at(x, n, inner, at, sign);
    worst = std::max(worst, std::abs(y[static_cast<std::size_t>(at)] - want));
    largest = std::max(largest, std::abs(want));
  }
  return worst / largest;
}

}  // namespace

TEST_CASE("a transform of any size is its definition, along any axis, either way") {
  Random random(201);
  for (std::int64_t n = 1; n <= 150; ++n) {
    for (const int sign : {-1, 1}) CHECK_MESSAGE(worst_error(random, 2, n, n % 3 + 1, sign) < 2e-14, n);
  }
}

TEST_CASE("sizes with large prime factors are as exact as others") {
  Random random(202);
  for (const std::int64_t n : {211, 2 * 67, 61 * 3, 67 * 67, 1009}) {
    CHECK_MESSAGE(worst_error(random, 1, n, 2, -1) < 4e-14, n);
  }
}

TEST_CASE("what is constant has one frequency, and nothing beside it but rounding") {
  for (const std::int64_t n : {64, 60, 127}) {
    std::vector<Complex> x(static_cast<std::size_t>(n), Complex(1));
    rule::fourier_transform(x.data(), 1, n, 1, -1);
    CHECK(std::abs(x[0] - static_cast<double>(n)) < 1e-13 * static_cast<double>(n));
    for (std::size_t k = 1; k < x.size(); ++k) CHECK(std::abs(x[k]) < 1e-13 * static_cast<double>(n));
  }
}

TEST_CASE("a transform of real numbers is refused where complex ones are expected") {
  const std::int64_t at[] = {-1, 0};
  const Var x = filled({3}, Dtype::float64, 1), in[] = {x};
  CHECK_THROWS_AS(call(structural::id<structural::fourier>, in, at), DtypeError);
}
