#include "wengert/rule/structural/orthogonal_factors.hpp"

namespace wengert::structural {
namespace {

/// Of a matrix with no fewer rows than columns: by reflections to two real diagonals, whose factors are real.
void singular_of_tall(const Matrix<Complex>& a, Matrix<Complex>* u, Eigen::VectorXd& values, Matrix<Complex>* v) {
  const double scale = scale_of(a);
  Eigen::internal::UpperBidiagonalization<Matrix<Complex>> of(a / scale);
  const Matrix<double> diagonals = of.bidiagonal().toDenseMatrix();
  Matrix<double> left, right;
  singular(diagonals, u ? &left : nullptr, values, v ? &right : nullptr);
  values *= scale;
  if (!u) return;
  *u = Matrix<Complex>::Zero(a.rows(), a.cols());
  u->topRows(a.cols()) = left;
  u->applyOnTheLeft(of.householderU());
  *v = right;
  v->applyOnTheLeft(of.householderV());
}

}  // namespace

void singular(const Matrix<Complex>& a, Matrix<Complex>* u, Eigen::VectorXd& values, Matrix<Complex>* v) {
  require_finite("svd", a);
  if (a.rows() >= a.cols()) singular_of_tall(a, u, values, v);
  else singular_of_tall(a.adjoint(), v, values, u);
}

WG_ORTHOGONAL_FACTORS(, Complex)

}  // namespace wengert::structural
