// Decompositions of one matrix into orthogonal factors, by Eigen: of real ones compiled for speed, of complex ones for size.
#pragma once
#include <Eigen/QR>
#include <Eigen/SVD>

#include "wengert/rule/structural/eigen_stack.hpp"

namespace wengert::structural {

/// A power of two near the largest element: squares of what is divided by it neither overflow nor vanish.
template <class S>
double scale_of(const Matrix<S>& a) {
  const double most = a.size() ? a.cwiseAbs().maxCoeff() : 0;
  return most > 0 && std::isfinite(most) ? std::ldexp(1, std::ilogb(most)) : 1;
}

template <class S>
Eigen::BDCSVD<Matrix<S>> singular(const Matrix<S>& a, bool vectors) {
  require_finite("svd", a);
  Eigen::BDCSVD<Matrix<S>> of(a, vectors ? Eigen::ComputeThinU | Eigen::ComputeThinV : 0);
  require_success("svd", of.info());
  return of;
}

template <class S>
void singular_values(const Matrix<S>& a, Target<double> y) {
  y.row(0) = singular(a, false).singularValues().transpose();
}

template <class S>
void singular_vectors(const Matrix<S>& a, Target<S> y) {
  const auto of = singular(a, true);
  y.row(0) = of.singularValues().transpose().template cast<S>();
  y.middleRows(1, a.rows()) = of.matrixU();
  y.bottomRows(a.cols()) = of.matrixV();
}

template <class S>
void orthogonal_triangular(const Matrix<S>& a, Target<S> y) {
  const Eigen::Index m = a.rows(), n = a.cols();
  const double scale = scale_of(a);
  const Eigen::HouseholderQR<Matrix<S>> of(a / scale);
  const Matrix<S> q = of.householderQ() * Matrix<S>::Identity(m, n);
  const Matrix<S> r = of.matrixQR().topRows(n).template triangularView<Eigen::Upper>();
  y.leftCols(m) = q.transpose();
  y.rightCols(n) = r * scale;
}

template <class S>
void orthogonal_rest(const Matrix<S>& a, Target<S> y) {
  const Eigen::Index m = a.rows(), k = a.cols();
  const Matrix<S> last = Matrix<S>::Identity(m, m).rightCols(m - k);
  if (k) y = Eigen::HouseholderQR<Matrix<S>>(a).householderQ() * last;
  else y = last;
}

#define WG_ORTHOGONAL_FACTORS(EXTERN, S)                                       \
  EXTERN template void singular_values(const Matrix<S>& a, Target<double> y);  \
  EXTERN template void singular_vectors(const Matrix<S>& a, Target<S> y);      \
  EXTERN template void orthogonal_triangular(const Matrix<S>& a, Target<S> y); \
  EXTERN template void orthogonal_rest(const Matrix<S>& a, Target<S> y);
WG_ORTHOGONAL_FACTORS(extern, Complex)

}  // namespace wengert::structural
