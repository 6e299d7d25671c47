// x = tanh(W x + b), again and again, then the sum of x; its gradient by a hand-written adjoint.
#pragma once

#include <Eigen/Core>
#include <cstddef>

#include "simd.hpp"

namespace hand {

/// N: the size if known when compiling, else Eigen::Dynamic.
template <int N>
class SmallArrays {
 public:
  using Vector = Eigen::Matrix<double, N, 1>;
  using Matrix = Eigen::Matrix<double, N, N, Eigen::RowMajor>;

  struct Gradient {
    Matrix W;
    Vector x, b;
  };

  SmallArrays(Eigen::Index steps, Eigen::Index size) : states_(size, steps + 1), work_(size) {}

  double operator()(const Matrix& W, const Vector& x, const Vector& b, Gradient& gradient) {
    forward(W, x, b);
    reverse(W, gradient);
    return states_.col(states_.cols() - 1).sum();
  }

 private:
  void forward(const Matrix& W, const Vector& x, const Vector& b) {
    states_.col(0) = x;
    for (Eigen::Index i = 1; i < states_.cols(); ++i) {
      work_.noalias() = W * states_.col(i - 1);
      work_ += b;
      tanh(work_.data(), states_.col(i).data(), static_cast<std::size_t>(work_.size()));
    }
  }

  void reverse(const Matrix& W, Gradient& g) {
    const Eigen::Index size = states_.rows();
    g = {Matrix::Zero(size, size), Vector::Ones(size), Vector::Zero(size)};
    for (Eigen::Index i = states_.cols() - 1; i > 0; --i) {
      work_ = g.x.array() * (1.0 - states_.col(i).array().square());
      g.W.noalias() += work_ * states_.col(i - 1).transpose();
      g.b += work_;
      g.x.noalias() = W.transpose() * work_;
    }
  }

  Eigen::Matrix<double, N, Eigen::Dynamic> states_;
  Vector work_;
};

}  // namespace hand
