// Eigenvalues and eigenvectors, by Eigen, side by side in one array.
#include <Eigen/Eigenvalues>

#include "wengert/rule/structural/eigen_stack.hpp"
#include "wengert/rule/structural/list.hpp"

namespace wengert::structural {
namespace {

template <class S>
Eigen::SelfAdjointEigenSolver<Matrix<S>> hermitian(const Matrix<S>& a, bool vectors) {
  const Matrix<S> lower = a.template triangularView<Eigen::Lower>();
  require_finite("eigh", lower);
  Eigen::SelfAdjointEigenSolver<Matrix<S>> of(lower, vectors ? Eigen::ComputeEigenvectors : Eigen::EigenvaluesOnly);
  require_success("eigh", of.info());
  return of;
}

/// Columns of length 1, turned so that the largest element is real; positive, but in columns that are real already.
void normalise(Eigen::Ref<Rows<Complex>> v) {
  for (Eigen::Index j = 0; j < v.cols(); ++j) {
    v.col(j) /= v.col(j).norm();
    if (v.col(j).imag().isZero(0)) continue;
    Eigen::Index k;
    v.col(j).cwiseAbs().maxCoeff(&k);
    const double size = std::abs(v(k, j));
    v.col(j) *= std::conj(v(k, j)) / size;
    v(k, j) = size;
  }
}

template <class Solver, class S>
void general(const Matrix<S>& a, bool vectors, Target<Complex> y) {
  require_finite("eig", a);
  const Solver of(a, vectors);
  require_success("eig", of.info());
  y.row(0) = of.eigenvalues().transpose();
  if (!vectors) return;
  y.bottomRows(a.rows()) = of.eigenvectors();
  normalise(y.bottomRows(a.rows()));
}

}  // namespace

Value eigh::value(In in, Attributes at) {
  require_square("eigh", in[0]);
  const std::int64_t n = columns_of(in[0]);
  if (!at[0]) {
    return each_row(in[0], n,
                    [](const auto& a, Target<double> y) { y.row(0) = hermitian(a, false).eigenvalues().transpose(); });
  }
  return each_alike(in[0], n + 1, n, [&]<class S>(const Matrix<S>& a, Target<S> y) {
    const auto of = hermitian(a, true);
    y.row(0) = of.eigenvalues().transpose().template cast<S>();
    y.bottomRows(n) = of.eigenvectors();
  });
}

Value eig::value(In in, Attributes at) {
  require_square("eig", in[0]);
  const bool vectors = at[0] != 0;
  const std::int64_t n = columns_of(in[0]);
  const Dtype d = complex_type(in[0].dtype());
  if (is_complex(in[0].dtype())) {
    return each_result<Complex, Complex>(in[0], vectors ? n + 1 : 1, n, d, [&](const auto& a, Target<Complex> y) {
      general<Eigen::ComplexEigenSolver<Matrix<Complex>>>(a, vectors, y);
    });
  }
  return each_result<double, Complex>(in[0], vectors ? n + 1 : 1, n, d, [&](const auto& a, Target<Complex> y) {
    general<Eigen::EigenSolver<Matrix<double>>>(a, vectors, y);
  });
}

}  // namespace wengert::structural
