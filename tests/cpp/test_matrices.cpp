// Values of products, solutions and factors of matrices: each law is the definition.
#include "cases.hpp"

using namespace wengert;
using namespace wengert::test;

namespace {

Var turned(const Var& a, bool turn) { return turn ? matrix_transposed(a) : a; }

/// a @ b for stacks that broadcast, three loops a matrix.
Numbers plain_product(const Var& a, const Var& b) {
  const Shape p = a.shape(), q = b.shape();
  const int m = p.count(), n = q.count();
  Shape batch = broadcast("test", Shape(std::span(p.begin(), p.end() - 2)), Shape(std::span(q.begin(), q.end() - 2)));
  Shape left = batch, right = batch;
  for (const std::int64_t size : {p[m - 2], p[m - 1]}) left.push_back(size);
  for (const std::int64_t size : {q[n - 2], q[n - 1]}) right.push_back(size);
  const Numbers x = elements(strided(a.value, a.dtype()), left), y = elements(strided(b.value, b.dtype()), right);
  const auto count = static_cast<std::size_t>(element_count(batch)), rows = static_cast<std::size_t>(p[m - 2]),
             inner = static_cast<std::size_t>(p[m - 1]), columns = static_cast<std::size_t>(q[n - 1]);
  Numbers out(count * rows * columns);
  for (std::size_t s = 0; s < count; ++s) {
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns; ++j) {
        for (std::size_t k = 0; k < inner; ++k)
          out[(s * rows + i) * columns + j] += x[(s * rows + i) * inner + k] * y[(s * inner + k) * columns + j];
      }
    }
  }
  return out;
}

Var identity_like(const Var& a) { return lower_part(upper_part(ones_like(a), 0), 0); }

/// Determinant by expansion along the first row.
double determinant(const Numbers& a, std::size_t n) {
  if (n == 0) return 1;
  double sum = 0;
  for (std::size_t column = 0; column < n; ++column) {
    Numbers minor;
    for (std::size_t i = n; i < n * n; ++i) {
      if (i % n != column) minor.push_back(a[i]);
    }
    sum += (column % 2 ? -1 : 1) * a[column] * determinant(minor, n - 1);
  }
  return sum;
}

template <class P, class F>
void each(unsigned seed, F&& f) {
  Random random(seed);
  for (int round = 0; round < 200; ++round) f(draw<P>(random));
}

}  // namespace

TEST_CASE("a product is three loops, for any strides, either side transposed, stacks broadcast") {
  each<structural::matmul>(101, [](const Case& c) {
    const Var y = c.value();
    const Numbers want = plain_product(turned(c.in[0], c.at[0]), turned(c.in[1], c.at[1]));
    CHECK_MESSAGE(close(elements(y), want, 1e-14), text(c.in[0].shape()), text(c.in[1].shape()), text(c.at));
  });
}

TEST_CASE("so is a product with few columns, of any size around the kernel's blocks") {
  Random random(102);
  for (int round = 0; round < 300; ++round) {
    const std::int64_t rows = whole(random, 14, 45), terms = whole(random, 1, round % 9 ? 40 : 300),
                       columns = whole(random, 3, 66);
    const bool ta = whole(random, 0, 1) != 0, tb = whole(random, 0, 1) != 0;
    const Dtype d = round % 3 ? Dtype::float64 : Dtype::float32;
    const Var a(Value(random_array(random, ta ? Shape{terms, rows} : Shape{rows, terms}, -1, 1, d))),
        b(Value(random_array(random, tb ? Shape{columns, terms} : Shape{terms, columns}, -1, 1, d)));
    const Numbers found = elements(product(a, b, ta, tb)), expected = plain_product(turned(a, ta), turned(b, tb));
    REQUIRE(found.size() == expected.size());
    const double bound = static_cast<double>(terms) * (d == Dtype::float64 ? 2.3e-16 : 1.2e-7);
    for (std::size_t k = 0; k < found.size(); ++k) CHECK(std::abs(found[k] - expected[k]) <= bound);
  }
}

TEST_CASE("vectors and matrices multiply as in NumPy, and numbers do not") {
  Random random(102);
  const Var v = random_var(random, {3}), m = random_var(random, {3, 3}), stack = random_var(random, {2, 3, 3});
  CHECK(matmul(v, v).shape() == Shape{});
  CHECK(matmul(m, v).shape() == Shape{3});
  CHECK(matmul(v, m).shape() == Shape{3});
  CHECK(matmul(stack, v).shape() == Shape{2, 3});
  CHECK(matmul(v, stack).shape() == Shape{2, 3});
  CHECK(matmul(m, stack).shape() == Shape{2, 3, 3});
  CHECK_THROWS_AS(matmul(m, Var(2.0)), ShapeError);
  CHECK_THROWS_AS(matmul(m, random_var(random, {2, 3})), ShapeError);
  CHECK_THROWS_AS(matmul(stack, random_var(random, {3, 3, 3})), ShapeError);
}

TEST_CASE("an inner size of 0 gives zeros") {
  const Var y = matmul(filled({2, 0}, Dtype::float64, 1), filled({0, 3}, Dtype::float64, 1));
  CHECK(elements(y) == Numbers(6, 0.0));
}

TEST_CASE("a matrix times its inverse is the identity") {
  each<structural::inv>(103, [](const Case& c) {
    CHECK(close(elements(product(c.in[0], c.value(), false, false)), elements(identity_like(c.in[0])), 1e-13));
  });
}

TEST_CASE("a solution put into its equations gives their right-hand side") {
  each<structural::solve>(104, [](const Case& c) {
    CHECK(close(elements(product(c.in[0], c.value(), c.at[0] != 0, false)), elements(c.in[1]), 1e-13));
  });
}

TEST_CASE("a triangular solution reads its triangle alone") {
  each<structural::triangular_solve>(105, [](const Case& c) {
    Var t = c.at[0] ? lower_part(c.in[0], c.at[2] ? -1 : 0) : upper_part(c.in[0], c.at[2] ? 1 : 0);
    if (c.at[2]) t = t + identity_like(t);
    CHECK(close(elements(product(t, c.value(), c.at[1] != 0, false)), elements(c.in[1]), 1e-13));
  });
}

TEST_CASE("a Cholesky factor is lower triangular, and times its transpose the matrix") {
  each<structural::cholesky>(106, [](const Case& c) {
    const Var l = c.value();
    CHECK(same(elements(l), elements(lower_part(l, 0))));
    CHECK(close(elements(product(l, l, false, true)), elements(c.in[0]), 1e-13));
  });
}

TEST_CASE("sign and logarithm make up the determinant") {
  each<structural::slogdet>(107, [](const Case& c) {
    const Numbers a = elements(c.in[0]), y = elements(c.value());
    const auto n = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(2 * a.size() / y.size()))));
    for (std::size_t k = 0; 2 * k < y.size(); ++k) {
      const auto start = a.begin() + static_cast<std::ptrdiff_t>(k * n * n);
      const double want = determinant(Numbers(start, start + static_cast<std::ptrdiff_t>(n * n)), n);
      CHECK(y[2 * k] * std::exp(y[2 * k + 1]) == doctest::Approx(want).epsilon(1e-12));
    }
  });
}

namespace {

/// q^T q for the columns of q.
void check_orthonormal(const Var& q) {
  const Var inner = product(q, q, true, false);
  CHECK(close(elements(inner), elements(identity_like(inner)), 1e-13));
}
Var lines(const Var& packed, std::int64_t start, std::int64_t stop) {
  return section(packed, packed.ndim() - 2, start, stop);
}

}  // namespace

TEST_CASE("a symmetric matrix times its eigenvectors is these times the eigenvalues, which ascend") {
  each<structural::eigh>(108, [](const Case& c) {
    const Var& a = c.in[0];
    const std::int64_t n = width(a);
    const Var packed = hermitian_decomposed(a, true), w = lines(packed, 0, 1), v = lines(packed, 1, n + 1);
    CHECK(close(elements(product(lower_part(a, 0) + matrix_transposed(lower_part(a, -1)), v, false, false)),
                elements(v * w), 1e-12));
    check_orthonormal(v);
    CHECK(same(elements(sorted(w, w.ndim() - 1)), elements(w)));
    CHECK(close(elements(hermitian_decomposed(a, false)), elements(w), 1e-13));
  });
}

TEST_CASE("singular values between orthonormal columns make up the matrix") {
  each<structural::svd>(109, [](const Case& c) {
    const Var& a = c.in[0];
    const std::int64_t m = height(a), n = width(a);
    const Var packed = singular_decomposed(a, true);
    const Var s = lines(packed, 0, 1), u = lines(packed, 1, m + 1), v = lines(packed, m + 1, m + n + 1);
    CHECK(close(elements(product(u * s, v, false, true)), elements(a), 1e-12));
    check_orthonormal(u);
    check_orthonormal(v);
    CHECK(same(elements(sorted(-s, s.ndim() - 1)), elements(-s)));
    CHECK(close(elements(singular_decomposed(a, false)), elements(s), 1e-13));
  });
}

TEST_CASE("orthonormal columns and a triangle make up the matrix, and can be completed to a basis") {
  each<structural::qr>(110, [](const Case& c) {
    const Var& a = c.in[0];
    const std::int64_t m = height(a), n = width(a);
    const Var packed = c.value(), qt = section(packed, a.ndim() - 1, 0, m), r = section(packed, a.ndim() - 1, m, m + n);
    CHECK(close(elements(product(qt, r, true, false)), elements(a), 1e-13));
    CHECK(same(elements(r), elements(upper_part(r, 0))));
    const Var q = matrix_transposed(qt);
    check_orthonormal(joined(q, orthogonal_complement(q), a.ndim() - 1));
  });
}

TEST_CASE("singular, indefinite and oblong matrices are refused") {
  const Var zero_matrix = filled({2, 2}, Dtype::float64, 0), one = ones_like(zero_matrix);
  CHECK_THROWS_AS(inverse(zero_matrix), DomainError);
  CHECK_THROWS_AS(solved(one, one, false), DomainError);
  CHECK_THROWS_AS(triangular_solved(zero_matrix, one, true, false, false), DomainError);
  CHECK_THROWS_AS(cholesky_factor(-one), DomainError);
  const Var oblong = filled({2, 3}, Dtype::float64, 1), vector = filled({2}, Dtype::float64, 1);
  for (const Var& a : {oblong, vector, Var(1.0)}) {
    CHECK_THROWS_AS(inverse(a), ShapeError);
    CHECK_THROWS_AS(cholesky_factor(a), ShapeError);
    CHECK_THROWS_AS(sign_and_log_determinant(a), ShapeError);
    CHECK_THROWS_AS(solved(a, one, false), ShapeError);
    CHECK_THROWS_AS(hermitian_decomposed(a, true), ShapeError);
    CHECK_THROWS_AS(orthogonal_decomposed(a), ShapeError);
  }
  const Var nan = filled({2, 2}, Dtype::float64, std::nan(""));
  CHECK_THROWS_AS(hermitian_decomposed(nan, false), DomainError);
  CHECK_THROWS_AS(singular_decomposed(nan, false), DomainError);
  CHECK_THROWS_AS(singular_decomposed(vector, false), ShapeError);
  CHECK_THROWS_AS(orthogonal_complement(oblong), ShapeError);
  CHECK_THROWS_AS(solved(one, filled({3, 1}, Dtype::float64, 1), false), ShapeError);
}
