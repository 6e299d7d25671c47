// Small arrays of programs, which lie among the numbers of a run, and products of small matrices.
#include "programs.hpp"
#include "wengert/rule/structural/matmul.hpp"

using namespace wengert;
using namespace wengert::test;
using program::Plan;
using program::Workspace;

namespace {

/// W, x, b: a loop that multiplies, cuts, joins, chooses and adds up outer products.
std::vector<Var> looped(std::span<const Var> in) {
  Var x = in[1], sums = in[0] * 0.0;
  const std::int64_t n = in[1].shape()[0];
  for (int k = 0; k < 40; ++k) {
    const Var y = tanh(matmul(in[0], x) * 0.1 + in[2]);
    const Var turned = matmul(matrix_transposed(in[0]), y) * 0.1;
    sums = sums + matmul(reshape_with(y, 1), matrix_transposed(reshape_with(x, 1)));
    const Var ahead = section(y, 0, n / 2, n), behind = section(turned, 0, 0, n / 2);
    x = select_of(x > 0.5, joined(ahead, behind, 0), sin(y) * cos(y)) + summed(y, {0}, true) * 0.01;
  }
  return {x, sums, summed(sums, {0}, false), section(x, 0, 0, 1)};
}

}  // namespace

TEST_CASE("a loop over small arrays is what it was recorded from, rolled up or not") {
  Random random(171);
  for (const std::int64_t n : {2, 3, 4, 5, 8, 10, 13, 17}) {
    const auto p = recorded(looped, random_values(random, {{n, n}, {n}, {n}}));
    CHECK(!p->plan().small.empty());
    Workspace work(*p);
    for (int round = 0; round < 3; ++round) {
      const std::vector<Value> at = random_values(random, {{n, n}, {n}, {n}});
      std::vector<Value> found;
      REQUIRE(!work.run(at, found));
      check_same(found, plainly(looped, at));
    }
  }
}

TEST_CASE("a loop that was written out is kept once") {
  Random random(172);
  const auto p = recorded(looped, random_values(random, {{10, 10}, {10}, {10}}));
  CHECK(std::ranges::any_of(p->plan().stretches, [](const program::Stretch& s) { return s.times > 10; }));
  CHECK(p->plan().small.size() < 40 * 10);
}

TEST_CASE("inputs that lie otherwise run by another plan, to the same bits") {
  Random random(173);
  const auto p = recorded(looped, random_values(random, {{6, 6}, {6}, {6}}));
  Workspace work(*p);
  std::vector<Value> at = random_values(random, {{6, 6}, {6}, {6}});
  at[0] = Value(view(at[0].storage(), {6, 6}, {1, 6}, 0));
  std::vector<Value> found;
  REQUIRE(!work.run(at, found));
  check_same(found, plainly(looped, at));
}

TEST_CASE("small products with vectors are sums of products, of any size, either side transposed") {
  Random random(174);
  for (std::int64_t rows = 1; rows < 20; ++rows) {
    for (std::int64_t columns = 1; columns < 20; ++columns) {
      const Var a = random_var(random, {rows, columns}, -1, 1), x = random_var(random, {columns}, -1, 1);
      const Var y = matmul(a, x), z = matmul(x, matrix_transposed(a));
      for (std::int64_t i = 0; i < rows; ++i) {
        double sum = 0;
        for (std::int64_t k = 0; k < columns; ++k) sum += element(a.value, i * columns + k) * element(x.value, k);
        CHECK(element(y.value, i) == doctest::Approx(sum).epsilon(1e-14));
        CHECK(element(z.value, i) == doctest::Approx(sum).epsilon(1e-14));
      }
    }
  }
}

TEST_CASE("sums of columns have the bits of each column's") {
  Random random(175);
  for (const std::int64_t n : {1, 7, 8, 130, 257, 700}) {
    for (const std::int64_t columns : {1, 4, 63, 64, 65}) {
      const Var a = random_var(random, {n, columns}, -1, 1), y = summed(a, {0}, false);
      const Var turned = matrix_transposed(a),
                each = summed(Var(Value(contiguous(turned.value.storage()))), {1}, false);
      for (std::int64_t k = 0; k < columns; ++k) CHECK(element(y.value, k) == element(each.value, k));
    }
  }
}
