// What the tests share: random arrays and views, their elements as plain lists, and comparisons to the bit.
#pragma once
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include "wengert/base/error.hpp"
#include "wengert/tape/functions.hpp"

namespace wengert::test {

using Random = std::mt19937_64;
using Numbers = std::vector<double>;

inline std::int64_t whole(Random& random, std::int64_t lo, std::int64_t hi) {
  return std::uniform_int_distribution<std::int64_t>(lo, hi)(random);
}
inline double real_in(Random& random, double lo, double hi) {
  return std::uniform_real_distribution<double>(lo, hi)(random);
}

/// Numbers an element: complex ones are listed by their parts.
inline std::size_t parts(Dtype d) { return is_complex(d) ? 2 : 1; }
inline Storage array(Dtype d, const Shape& shape, const Numbers& elements) {
  const Storage a = allocate(d, shape);
  REQUIRE(a->size * static_cast<std::int64_t>(parts(d)) == static_cast<std::int64_t>(elements.size()));
  visit(part_of(d), [&](auto t) {
    auto* to = a.data<decltype(t)>();
    for (std::size_t i = 0; i < elements.size(); ++i) to[i] = converted_element<decltype(t)>(elements[i]);
  });
  return a;
}
inline Storage random_array(Random& random, const Shape& shape, double lo = -1, double hi = 1,
                            Dtype d = Dtype::float64) {
  Numbers elements(static_cast<std::size_t>(element_count(shape)) * parts(d));
  for (double& x : elements) x = real_in(random, lo, hi);
  return array(d, shape, elements);
}
/// A variable: a number where the shape is ().
inline Var random_var(Random& random, const Shape& shape, double lo = -1, double hi = 1, Dtype d = Dtype::float64) {
  return Var(settle(random_array(random, shape, lo, hi, d)));
}
inline Shape random_shape(Random& random, int most_axes, std::int64_t most) {
  Shape shape;
  for (auto n = whole(random, 0, most_axes); n > 0; --n)
    shape.push_back(whole(random, whole(random, 0, 9) ? 1 : 0, most));
  return shape;
}
/// The same elements behind gaps, backwards, in another order of axes, or repeated: strides of every kind.
Storage random_view(Random& random, Dtype d, const Shape& shape, double lo = -9, double hi = 9);

/// Elements in row-major order, found one at a time from the definition of strides and broadcasting.
Numbers elements(const Storage& a, const Shape& seen_as);
inline Numbers elements(const Storage& a) { return elements(a, a.shape()); }
inline Numbers elements(const Value& v) { return elements(strided(v, v.dtype())); }
inline Numbers elements(const Var& v) { return elements(v.value); }

/// The same bits, or NaN on both sides.
inline bool same(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) || (a != a && b != b);
}
inline bool same(const Numbers& a, const Numbers& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) { return same(x, y); });
}
/// Real part of the sum of products, and of their sizes: what rounding is measured against.
struct Product {
  double sum = 0, size = 0;
  void add(const Var& a, const Var& b) {
    const Numbers p = elements(a), q = elements(b);
    REQUIRE(p.size() == q.size());
    const bool pairs = is_complex(a.dtype());
    for (std::size_t i = 0; i < p.size(); ++i) {
      sum += pairs && i % 2 ? -p[i] * q[i] : p[i] * q[i];
      size += std::abs(p[i] * q[i]);
    }
  }
};
inline bool close(const Numbers& a, const Numbers& b, double tolerance) {
  double scale = 1;
  for (const double x : b) scale = std::max(scale, std::abs(x));
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](double x, double y) { return std::abs(x - y) <= tolerance * scale; });
}

}  // namespace wengert::test
