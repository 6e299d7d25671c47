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

/// Singular values and, unless they are null, vectors in columns.
void singular(const Matrix<double>& a, Matrix<double>* u, Eigen::VectorXd& values, Matrix<double>* v);
void singular(const Matrix<Complex>& a, Matrix<Complex>* u, Eigen::VectorXd& values, Matrix<Complex>* v);

template <class S>
void singular_values(const Matrix<S>& a, Target<double> y) {
  Eigen::VectorXd values;
  singular(a, nullptr, values, nullptr);
  y.row(0) = values.transpose();
}

template <class S>
void singular_vectors(const Matrix<S>& a, Target<S> y) {
  Matrix<S> u, v;
  Eigen::VectorXd values;
  singular(a, &u, values, &v);
  y.row(0) = values.transpose().template cast<S>();
  y.middleRows(1, a.rows()) = u;
  y.bottomRows(a.cols()) = v;
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
