// Regularised logistic loss, its gradient, and its Hessian times a vector, by hand.
#pragma once

#include <Eigen/Core>

namespace hand {

class Logistic {
 public:
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using In = Eigen::Map<const Matrix>;
  using InVector = Eigen::Map<const Eigen::VectorXd>;
  using OutVector = Eigen::Map<Eigen::VectorXd>;

  explicit Logistic(Eigen::Index samples) : margins_(samples), weights_(samples), work_(samples) {}

  double gradient(InVector w, In features, InVector signs, OutVector slope) {
    const double loss = evaluate(w, features, signs);
    work_.matrix() = -signs.array() * weights_;
    slope.noalias() = features.transpose() * work_.matrix();
    slope += w;
    return loss;
  }

  double hvp(InVector w, In features, InVector signs, InVector v, OutVector product) {
    const double loss = evaluate(w, features, signs);
    work_.matrix().noalias() = features * v;
    work_ *= weights_ * (1.0 - weights_);
    product.noalias() = features.transpose() * work_.matrix();
    product += v;
    return loss;
  }

 private:
  /// The loss; leaves the probability of each wrong sign in weights_.
  double evaluate(InVector w, In features, InVector signs) {
    margins_.matrix().noalias() = features * w;
    margins_ *= -signs.array();
    weights_ = (-margins_.abs()).exp();
    const double loss = (margins_.max(0.0) + (1.0 + weights_).log()).sum();
    weights_ = (margins_ > 0.0).select(1.0, weights_) / (1.0 + weights_);
    return loss + 0.5 * w.squaredNorm();
  }

  Eigen::ArrayXd margins_, weights_, work_;
};

}  // namespace hand
