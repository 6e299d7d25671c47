#include "wengert/rule/pairs.hpp"

#include <algorithm>

#include "wengert/rule/kernels/trigonometry.hpp"

namespace wengert::rule {
namespace {

using L = Lanes<double>;

void sine_and_cosine(const void* x_, void* sine_, void* cosine_, std::int64_t n) {
  const auto* x = static_cast<const double*>(x_);
  auto *sine = static_cast<double*>(sine_), *cosine = static_cast<double*>(cosine_);
  const auto at = [](const double* from, double* s, double* c) __attribute__((always_inline)) {
    const trigonometry::Both both = trigonometry::sine_and_cosine(L::load(from));
    both.sine.store(s);
    both.cosine.store(c);
  };
  std::int64_t i = 0;
  for (; i + L::width <= n; i += L::width) at(x + i, sine + i, cosine + i);
  if (i == n) return;
  alignas(64) double rest[L::width] = {}, s[L::width], c[L::width];
  std::copy_n(x + i, n - i, rest);
  at(rest, s, c);
  std::copy_n(s, n - i, sine + i);
  std::copy_n(c, n - i, cosine + i);
}

void sine_and_cosine_of(double x, double& sine, double& cosine) {
  const trigonometry::Both both = trigonometry::sine_and_cosine(L(L::Batch(x)));
  sine = both.sine.first();
  cosine = both.cosine.first();
}

constexpr Pair list[] = {{Op::sin, Op::cos, sine_and_cosine, sine_and_cosine_of}};

}  // namespace

std::span<const Pair> pairs() { return list; }

}  // namespace wengert::rule
