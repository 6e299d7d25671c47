// Gaussian mixture log-likelihood with a Wishart prior (ADBench) and its gradient, by hand.
//
// A point is a column. The points go through in blocks that stay in cache; of each block and component
// the scaled residuals Q (x - mean) are kept until the weights are known.
#pragma once

#include <Eigen/Core>
#include <cmath>
#include <numbers>
#include <vector>

#include "simd.hpp"

namespace hand {

/// How the adjoint of a mean is found: like that of any product, for every point, or from the sum of
/// the points' adjoints, which is one product fewer.
enum class MeanAdjoint { product, sum };

class Gmm {
 public:
  using Matrix = Eigen::MatrixXd;
  using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Vector = Eigen::VectorXd;
  using In = Eigen::Map<const RowMatrix>;
  using Out = Eigen::Map<RowMatrix>;
  using InVector = Eigen::Map<const Vector>;
  using OutVector = Eigen::Map<Vector>;

  Gmm(Eigen::Index n, Eigen::Index d, Eigen::Index components, MeanAdjoint rule = MeanAdjoint::product)
      : n_(n),
        d_(d),
        components_(components),
        rule_(rule),
        factors_(components, Matrix::Zero(d, d)),
        factor_adjoints_(components, Matrix::Zero(d, d)),
        residuals_(components, Matrix(d, block_size)),
        centered_(d, block_size),
        adjoint_(d, block_size),
        inner_(block_size, components),
        offsets_(components),
        weight_sums_(components) {}

  /// gradient: alphas (K), means (K, d), icf (K, d (d + 1) / 2); x is (n, d), all row by row.
  double operator()(InVector alphas, In means, In icf, In x, OutVector alphas_bar, Out means_bar, Out icf_bar) {
    unpack(alphas, icf);
    means_bar.setZero();
    double sum = 0.0;
    for (Eigen::Index start = 0; start < n_; start += block_size) {
      const Eigen::Index size = std::min(block_size, n_ - start);
      const auto points = x.middleRows(start, size).transpose();
      sum += weigh(points, means);
      accumulate(points, means, means_bar);
    }
    return constant() + sum + mixture(alphas, alphas_bar) + prior(icf, icf_bar);
  }

 private:
  static constexpr Eigen::Index block_size = 128;
  static constexpr double gamma = 1.0;  // Wishart prior: scale; no degrees of freedom beyond d

  /// Factors with exponentials on the diagonal, and what does not depend on the point.
  void unpack(InVector alphas, In icf) {
    for (Eigen::Index k = 0; k < components_; ++k) {
      Eigen::Index next = d_;
      for (Eigen::Index j = 0; j < d_; ++j) {
        factors_[k](j, j) = std::exp(icf(k, j));
        for (Eigen::Index i = j + 1; i < d_; ++i) factors_[k](i, j) = icf(k, next++);
      }
      offsets_(k) = alphas(k) + icf.row(k).head(d_).sum();
      factor_adjoints_[k].setZero();
    }
    weight_sums_.setZero();
  }

  /// Log-likelihood of a block of points; leaves their weights in inner_.
  template <class Points>
  double weigh(const Points& points, In means) {
    const Eigen::Index size = points.cols();
    auto inner = inner_.topRows(size);
    auto centered = centered_.leftCols(size);
    for (Eigen::Index k = 0; k < components_; ++k) {
      auto residual = residuals_[k].leftCols(size);
      centered = points.colwise() - means.row(k).transpose();
      residual.noalias() = factors_[k] * centered;
      inner.col(k) = (offsets_(k) - 0.5 * residual.colwise().squaredNorm().array()).transpose();
    }
    return soften(size);
  }

  /// Sum of the rows' logsumexp; the rows become their softmax.
  double soften(Eigen::Index size) {
    auto inner = inner_.topRows(size).array();
    const Eigen::ArrayXd top = inner.rowwise().maxCoeff();
    inner = (inner.colwise() - top).exp();
    const Eigen::ArrayXd total = inner.rowwise().sum();
    inner = inner.colwise() / total;
    return (top + total.log()).sum();
  }

  template <class Points>
  void accumulate(const Points& points, In means, Out means_bar) {
    const Eigen::Index size = points.cols();
    auto centered = centered_.leftCols(size);
    auto adjoint = adjoint_.leftCols(size);
    for (Eigen::Index k = 0; k < components_; ++k) {
      const auto weights = inner_.col(k).head(size);
      auto residual = residuals_[k].leftCols(size);
      centered = points.colwise() - means.row(k).transpose();
      residual.array().rowwise() *= -weights.transpose().array();
      factor_adjoints_[k].noalias() += residual * centered.transpose();
      weight_sums_(k) += weights.sum();
      if (rule_ == MeanAdjoint::product) {
        adjoint.noalias() = factors_[k].transpose() * residual;
        means_bar.row(k) -= adjoint.rowwise().sum().transpose();
      } else {
        means_bar.row(k).noalias() -= residual.rowwise().sum().transpose() * factors_[k];
      }
    }
  }

  /// -n logsumexp(alphas).
  double mixture(InVector alphas, OutVector alphas_bar) const {
    const double top = alphas.maxCoeff();
    const Eigen::ArrayXd scaled = (alphas.array() - top).exp();
    const double total = scaled.sum(), n = static_cast<double>(n_);
    alphas_bar = weight_sums_.array() - n * scaled / total;
    return -n * (top + std::log(total));
  }

  double prior(In icf, Out icf_bar) const {
    double sum = 0.0;
    for (Eigen::Index k = 0; k < components_; ++k) {
      const Matrix &q = factors_[k], &qbar = factor_adjoints_[k];
      Eigen::Index next = d_;
      for (Eigen::Index j = 0; j < d_; ++j) {
        icf_bar(k, j) = (qbar(j, j) + gamma * gamma * q(j, j)) * q(j, j) + weight_sums_(k);
        for (Eigen::Index i = j + 1; i < d_; ++i, ++next) icf_bar(k, next) = qbar(i, j) + gamma * gamma * icf(k, next);
      }
      sum += 0.5 * gamma * gamma * q.squaredNorm();
    }
    return sum;
  }

  double constant() const {
    const double d = static_cast<double>(d_), freedom = d + 1.0;
    double log_gamma = 0.25 * d * (d - 1.0) * std::log(std::numbers::pi);
    for (Eigen::Index j = 0; j < d_; ++j) log_gamma += std::lgamma(0.5 * (freedom - static_cast<double>(j)));
    const double scale = freedom * d * (std::log(gamma) - 0.5 * std::numbers::ln2) - log_gamma;
    return -0.5 * static_cast<double>(n_) * d * std::log(2.0 * std::numbers::pi) -
           static_cast<double>(components_) * scale;
  }

  Eigen::Index n_, d_, components_;
  MeanAdjoint rule_;
  std::vector<Matrix> factors_, factor_adjoints_, residuals_;
  Matrix centered_, adjoint_, inner_;
  Vector offsets_, weight_sums_;
};

}  // namespace hand
