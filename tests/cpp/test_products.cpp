// Products of matrices, in memory that ends where they end.
#include <doctest/doctest.h>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "wengert/base/value.hpp"
#include "wengert/rule/structural/list.hpp"

using namespace wengert;

namespace {

/// A matrix whose memory is exactly its elements, row by row or column by column.
template <class T>
struct Exact {
  std::vector<T> data;
  std::int64_t rows, columns;
  bool turned;

  Exact(std::int64_t r, std::int64_t c, bool by_columns, std::mt19937& random)
      : data(static_cast<std::size_t>(r * c)), rows(r), columns(c), turned(by_columns) {
    std::uniform_int_distribution<int> whole(-3, 3);  // products of whole numbers are exact in any order
    for (T& x : data) x = static_cast<T>(whole(random));
  }
  T at(std::int64_t i, std::int64_t j) const {
    return data[static_cast<std::size_t>(turned ? j * rows + i : i * columns + j)];
  }
  Value value() {
    const Dims strides = turned ? Dims{1, rows} : Dims{columns, 1};
    return Value(borrow(
        dtype_of<T>, Shape{rows, columns}, strides, reinterpret_cast<std::byte*>(data.data()), [](void*) {}, nullptr));
  }
};

template <class T>
void agree(std::int64_t m, std::int64_t k, std::int64_t n, std::mt19937& random) {
  for (int lies = 0; lies < 4; ++lies) {
    Exact<T> a(m, k, lies & 1, random), b(k, n, lies & 2, random);
    const std::vector<Value> in{a.value(), b.value()};
    const std::vector<std::int64_t> as_they_are{0, 0};
    const Storage y = structural::matmul::value(in, as_they_are).storage();
    bool same = true;
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        T sum = 0;
        for (std::int64_t t = 0; t < k; ++t) sum += a.at(i, t) * b.at(t, j);
        same = same && y.data<T>()[i * n + j] == sum;
      }
    }
    CAPTURE(m);
    CAPTURE(k);
    CAPTURE(n);
    CAPTURE(lies);
    CHECK(same);
  }
}

}  // namespace

TEST_CASE("products of every size read nothing beside their operands") {
  std::mt19937 random(1);
  const std::int64_t sizes[] = {1, 2, 4, 5, 8, 9, 16, 17, 24, 25, 48, 65};
  for (const std::int64_t m : sizes) {
    for (const std::int64_t k : sizes) {
      for (const std::int64_t n : sizes) {
        agree<double>(m, k, n, random);
        agree<float>(m, k, n, random);
      }
    }
  }
}

TEST_CASE("products of several blocks agree at their seams") {
  std::mt19937 random(2);
  for (const std::int64_t n : {23, 24, 50, 97}) {
    agree<double>(513, 129, n, random);
    agree<float>(60, 300, n, random);
    agree<double>(512, 128, n, random);
    agree<double>(70, 700, n, random);
  }
  agree<double>(100, 64, 520, random);
  agree<double>(64, 512, 130, random);  // rows a page apart
}

TEST_CASE("a product without terms is zero") {
  std::mt19937 random(3);
  agree<double>(5, 0, 8, random);
  agree<double>(60, 0, 20, random);
}
