// What the tape is measured on, written once for double and for Var.
#pragma once

#include <cmath>
#include <cstddef>
#include <random>
#include <span>
#include <vector>

#include "wengert/tape/functions.hpp"

namespace kernels {

using wengert::Dims;
using wengert::Var;

/// x = sin(x a + b), again and again: three operations a step.
template <class T>
T chain(T x, const T& a, const T& b, std::size_t steps) {
  using std::sin;
  for (std::size_t i = 0; i < steps; ++i) x = sin(x * a + b);
  return x;
}

/// Two species, by Euler's method: nine operations a step, all arithmetic.
template <class T>
T predators(T x, T y, const T& rate, std::size_t steps) {
  for (std::size_t i = 0; i < steps; ++i) {
    const T meet = x * y;
    const T dx = x * rate - meet, dy = meet - y * rate;
    x = x + dx * T(1e-3);
    y = y + dy * T(1e-3);
  }
  return x * y;
}

/// A ring of coupled oscillators: seven operations each a step, all arithmetic, and those of one step do not wait for
/// one another as a chain's do.
template <class T>
T oscillators(std::span<const T> start, const T& stiffness, std::size_t steps) {
  const std::size_t n = start.size();
  std::vector<T> x(start.begin(), start.end()), v(n, T(0.0));
  for (std::size_t s = 0; s < steps; ++s) {
    for (std::size_t i = 0; i < n; ++i) {
      const T pull = x[(i + 1) % n] + x[(i + n - 1) % n] - x[i] * T(2.0);
      v[i] = v[i] + pull * stiffness;
    }
    for (std::size_t i = 0; i < n; ++i) x[i] = x[i] + v[i] * T(1e-3);
  }
  T sum = x[0];
  for (std::size_t i = 1; i < n; ++i) sum = sum + x[i];
  return sum;
}

/// A program that no branch predictor learns: operations drawn by lot, their operands among the last 64 values and
/// the 64 inputs; a cosine where a value would grow or vanish. Every fourth value goes into the result, and half of the
/// second operands are inputs: so adjoints neither die out nor overflow.
class Lottery {
 public:
  static constexpr std::size_t inputs = 64;
  enum class Kind : unsigned { add, subtract, multiply, maximum, minimum, cosine };
  struct Step {
    Kind kind;
    std::size_t a, b;
  };

  explicit Lottery(std::size_t steps) {
    std::mt19937_64 random(1964);
    std::vector<double> values = start();
    while (steps_.size() < steps) {
      const std::size_t n = values.size(), a = n - 1 - random() % inputs, recent = n - 1 - random() % inputs;
      const Step step{static_cast<Kind>(random() % 5), a, random() % 2 ? recent : random() % inputs};
      const double y = apply(step, values[step.a], values[step.b]);
      steps_.push_back(0.1 < std::abs(y) && std::abs(y) < 4.0 ? step : Step{Kind::cosine, step.a, step.b});
      values.push_back(apply(steps_.back(), values[step.a], values[step.b]));
    }
  }

  static std::vector<double> start() {
    std::vector<double> values(inputs);
    for (std::size_t i = 0; i < inputs; ++i) values[i] = 0.5 + static_cast<double>(i) / inputs;
    return values;
  }

  /// values: the inputs, and room for one value a step behind them.
  template <class T>
  T operator()(std::span<T> values) const {
    T sum = values[0];
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      T& y = values[inputs + i];
      y = apply(steps_[i], values[steps_[i].a], values[steps_[i].b]);
      if (i % 4 == 0) sum = sum + y;
    }
    return sum;
  }

  std::size_t operations() const { return steps_.size() + (steps_.size() + 3) / 4; }

 private:
  static double larger(double a, double b) { return a > b ? a : b; }
  static double smaller(double a, double b) { return a < b ? a : b; }
  static Var larger(const Var& a, const Var& b) { return maximum(a, b); }
  static Var smaller(const Var& a, const Var& b) { return minimum(a, b); }

  template <class T>
  static T apply(const Step& step, const T& a, const T& b) {
    using std::cos;
    switch (step.kind) {
      case Kind::add: return a + b;
      case Kind::subtract: return a - b;
      case Kind::multiply: return a * b;
      case Kind::maximum: return larger(a, b);
      case Kind::minimum: return smaller(a, b);
      case Kind::cosine: return cos(a);
    }
    return a;
  }

  std::vector<Step> steps_;
};

/// sum(exp(-x^2) sin x + log1p(x^2) tanh x) over a vector.
inline Var fused(const Var& x) {
  return wengert::summed(exp(-square(x)) * sin(x) + log1p(square(x)) * tanh(x), Dims{0}, false);
}

/// x = tanh(W x + b), again and again, then the sum.
inline Var recurrence(const Var& W, Var x, const Var& b, std::size_t steps) {
  for (std::size_t i = 0; i < steps; ++i) x = tanh(matmul(W, x) + b);
  return wengert::summed(x, Dims{0}, false);
}

}  // namespace kernels
