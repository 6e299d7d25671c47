// Softmax cross entropy of a network of tanh layers and its gradient, by hand. A sample is a column.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <span>
#include <vector>

#include "simd.hpp"

namespace hand {

template <class T>
class Mlp {
 public:
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;
  using In = Eigen::Map<const Matrix>;
  using Out = Eigen::Map<Matrix>;

  /// sizes: of the input and of each layer.
  Mlp(std::vector<Eigen::Index> sizes, Eigen::Index batch) : sizes_(std::move(sizes)), batch_(batch) {
    for (std::size_t i = 1; i < sizes_.size(); ++i) values_.emplace_back(sizes_[i], batch);
  }

  /// parameters, gradient: W and b of each layer in turn.
  T operator()(std::span<const T* const> parameters, const T* images, const T* labels, std::span<T* const> gradient) {
    forward(parameters, images);
    const T loss = cross_entropy(In(labels, sizes_.back(), batch_));
    reverse(parameters, images, gradient);
    return loss;
  }

 private:
  std::size_t layers() const { return values_.size(); }
  In weights(std::span<const T* const> p, std::size_t i) const { return {p[2 * i], sizes_[i + 1], sizes_[i]}; }
  In input(std::size_t i, const T* images) const {
    return {i == 0 ? images : values_[i - 1].data(), sizes_[i], batch_};
  }

  void forward(std::span<const T* const> parameters, const T* images) {
    for (std::size_t i = 0; i < layers(); ++i) {
      Matrix& y = values_[i];
      y.noalias() = weights(parameters, i) * input(i, images);
      y.colwise() += Eigen::Map<const Vector>(parameters[2 * i + 1], sizes_[i + 1]);
      if (i + 1 < layers()) tanh(y.data(), y.data(), static_cast<std::size_t>(y.size()));
    }
  }

  /// Mean loss; the scores become their adjoints.
  T cross_entropy(In labels) {
    auto scores = values_.back().array();
    const T n = static_cast<T>(batch_), hits = (labels.array() * scores).sum();
    const Eigen::Array<T, 1, Eigen::Dynamic> top = scores.colwise().maxCoeff();
    scores = (scores.rowwise() - top).exp();
    const Eigen::Array<T, 1, Eigen::Dynamic> total = scores.colwise().sum();
    scores = (scores.rowwise() / total - labels.array()) / n;
    return ((top + total.log()).sum() - hits) / n;
  }

  void reverse(std::span<const T* const> parameters, const T* images, std::span<T* const> gradient) {
    for (std::size_t i = layers(); i-- > 0;) {
      const Matrix& ybar = i + 1 == layers() ? values_[i] : adjoint_;
      Out(gradient[2 * i], sizes_[i + 1], sizes_[i]).noalias() = ybar * input(i, images).transpose();
      Eigen::Map<Vector>(gradient[2 * i + 1], sizes_[i + 1]) = ybar.rowwise().sum();
      if (i == 0) return;
      below_.noalias() = weights(parameters, i).transpose() * ybar;
      adjoint_ = below_.array() * (T(1) - values_[i - 1].array().square());
    }
  }

  std::vector<Eigen::Index> sizes_;
  Eigen::Index batch_;
  std::vector<Matrix> values_;
  Matrix adjoint_, below_;
};

}  // namespace hand
