// Runge-Kutta steps of dx/dt = W2 tanh(W1 x + b1) + b2, x of two numbers, then |x|^2; its gradient by a hand-written
// adjoint. The states and what tanh gave at each stage are kept.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <vector>

#include "simd.hpp"

namespace hand {

class NeuralOde {
 public:
  static constexpr int hidden = 32;
  using State = Eigen::Vector2d;
  using Layer = Eigen::Matrix<double, hidden, 1>;
  using In = Eigen::Matrix<double, hidden, 2>;
  using Out = Eigen::Matrix<double, 2, hidden, Eigen::RowMajor>;

  struct Weights {
    In W1;
    Layer b1;
    Out W2;
    State b2;
  };

  NeuralOde(std::size_t steps, double h) : h_(h), stages_(4 * steps) {}

  double operator()(const State& start, const Weights& w, State& xbar, Weights& wbar) {
    State x = start;
    for (std::size_t i = 0; i < stages_.size(); i += 4) x = step(&stages_[i], x, w);
    xbar = 2.0 * x;
    wbar = {In::Zero(), Layer::Zero(), Out::Zero(), State::Zero()};
    for (std::size_t i = stages_.size(); i > 0; i -= 4) xbar = reverse(&stages_[i - 4], xbar, w, wbar);
    return x.squaredNorm();
  }

 private:
  struct Stage {
    State x;
    Layer y;  // tanh(W1 x + b1)
  };

  static State slope(Stage& s, const State& x, const Weights& w) {
    s.x = x;
    s.y = w.b1 + w.W1.col(0) * x(0) + w.W1.col(1) * x(1);
    tanh(s.y.data(), s.y.data(), hidden);
    return w.W2 * s.y + w.b2;
  }
  State step(Stage* s, const State& x, const Weights& w) const {
    const State k1 = slope(s[0], x, w);
    const State k2 = slope(s[1], x + 0.5 * h_ * k1, w);
    const State k3 = slope(s[2], x + 0.5 * h_ * k2, w);
    const State k4 = slope(s[3], x + h_ * k3, w);
    return x + h_ / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
  }

  /// The adjoint of a stage's x from that of its slope.
  static State pull(const Stage& s, const State& kbar, const Weights& w, Weights& wbar) {
    const Layer hbar = w.W2.transpose() * kbar;
    const Layer abar = hbar.array() * (1.0 - s.y.array().square());
    wbar.b2 += kbar;
    wbar.W2.row(0) += kbar(0) * s.y.transpose();
    wbar.W2.row(1) += kbar(1) * s.y.transpose();
    wbar.b1 += abar;
    wbar.W1.col(0) += s.x(0) * abar;
    wbar.W1.col(1) += s.x(1) * abar;
    return {w.W1.col(0).dot(abar), w.W1.col(1).dot(abar)};
  }
  State reverse(const Stage* s, const State& ybar, const Weights& w, Weights& wbar) const {
    const State x4 = pull(s[3], h_ / 6.0 * ybar, w, wbar);
    const State x3 = pull(s[2], h_ / 3.0 * ybar + h_ * x4, w, wbar);
    const State x2 = pull(s[1], h_ / 3.0 * ybar + 0.5 * h_ * x3, w, wbar);
    const State x1 = pull(s[0], h_ / 6.0 * ybar + 0.5 * h_ * x2, w, wbar);
    return ybar + x1 + x2 + x3 + x4;
  }

  double h_;
  std::vector<Stage> stages_;
};

}  // namespace hand
