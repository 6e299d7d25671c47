// Values of the decompositions into eigenvectors and orthogonal factors, by Eigen, matrix after matrix. float32 is computed
// in float64 and rounded once, complex64 in complex128. Each gives one array, in which its parts lie side by side.
#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <Eigen/SVD>

#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/structural/matrices.hpp"

namespace wengert::structural {
namespace {

template <class S>
using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;
template <class S>
using Rows = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class S>
using Target = Eigen::Map<Rows<S>>;
using Complex = std::complex<double>;

void require_matrix(std::string_view name, const Value& a) {
  if (a.ndim() < 2) throw ShapeError(std::string(name) + ": fewer than two axes: the array is " + text(a.shape()));
}
template <class S>
void require_finite(std::string_view name, const Matrix<S>& a) {
  if (!a.allFinite()) throw DomainError(std::string(name) + ": no convergence: the matrix holds NaN or infinity");
}
void require_success(std::string_view name, Eigen::ComputationInfo info) {
  if (info != Eigen::Success) throw DomainError(std::string(name) + ": no convergence");
}

/// A result of rows x columns of type To for each matrix of numbers From of a stack: f(matrix, where it goes), unless
/// nothing goes there.
template <class From, class To, class F>
Value each_result(const Value& given, std::int64_t rows, std::int64_t columns, Dtype d, F&& f) {
  const Storage a = array_of(given, dtype_of<From>);
  Shape shape = a.shape();
  const int n = shape.count();
  const std::int64_t height = shape[n - 2], width = shape[n - 1];
  shape[n - 2] = rows;
  shape[n - 1] = columns;
  const Storage y = allocate(dtype_of<To>, shape);
  for (std::int64_t k = 0; y->size && k < y->size / (rows * columns); ++k) {
    const Matrix<From> m = Eigen::Map<const Rows<From>>(a.data<From>() + k * height * width, height, width);
    f(m, Target<To>(y.data<To>() + k * rows * columns, rows, columns));
  }
  return settle(strided(Value(y), d));
}
/// The same in the type of the matrices, real or complex.
template <class F>
Value each_alike(const Value& given, std::int64_t rows, std::int64_t columns, F&& f) {
  const Dtype d = wengert::real(given.dtype());
  return is_complex(d) ? each_result<Complex, Complex>(given, rows, columns, d, f)
                       : each_result<double, double>(given, rows, columns, d, f);
}
/// Values alone, which are real: f fills a row.
template <class F>
Value each_row(const Value& given, std::int64_t columns, F&& f) {
  const Dtype d = part_of(wengert::real(given.dtype()));
  return is_complex(given.dtype()) ? each_result<Complex, double>(given, 1, columns, d, f)
                                   : each_result<double, double>(given, 1, columns, d, f);
}

std::int64_t size_of(const Value& a, int from_the_end) { return a.shape()[a.ndim() - from_the_end]; }

/// A power of two near the largest element: squares of what is divided by it neither overflow nor vanish.
template <class S>
double scale_of(const Matrix<S>& a) {
  const double most = a.size() ? a.cwiseAbs().maxCoeff() : 0;
  return most > 0 && std::isfinite(most) ? std::ldexp(1, std::ilogb(most)) : 1;
}

template <class S>
Eigen::SelfAdjointEigenSolver<Matrix<S>> hermitian(const Matrix<S>& a, bool vectors) {
  const Matrix<S> lower = a.template triangularView<Eigen::Lower>();
  require_finite("eigh", lower);
  Eigen::SelfAdjointEigenSolver<Matrix<S>> of(lower, vectors ? Eigen::ComputeEigenvectors : Eigen::EigenvaluesOnly);
  require_success("eigh", of.info());
  return of;
}

template <class S>
Eigen::BDCSVD<Matrix<S>> singular(const Matrix<S>& a, bool vectors) {
  require_finite("svd", a);
  Eigen::BDCSVD<Matrix<S>> of(a, vectors ? Eigen::ComputeThinU | Eigen::ComputeThinV : 0);
  require_success("svd", of.info());
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
  const std::int64_t n = size_of(in[0], 1);
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
  const std::int64_t n = size_of(in[0], 1);
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

Value svd::value(In in, Attributes at) {
  require_matrix("svd", in[0]);
  const std::int64_t m = size_of(in[0], 2), n = size_of(in[0], 1), k = std::min(m, n);
  if (!at[0]) {
    return each_row(
        in[0], k, [](const auto& a, Target<double> y) { y.row(0) = singular(a, false).singularValues().transpose(); });
  }
  return each_alike(in[0], 1 + m + n, k, [&]<class S>(const Matrix<S>& a, Target<S> y) {
    const auto of = singular(a, true);
    y.row(0) = of.singularValues().transpose().template cast<S>();
    y.middleRows(1, m) = of.matrixU();
    y.bottomRows(n) = of.matrixV();
  });
}

Value qr::value(In in, Attributes) {
  require_matrix("qr", in[0]);
  const std::int64_t m = size_of(in[0], 2), n = size_of(in[0], 1);
  if (m < n) throw ShapeError("qr: fewer rows than columns: the matrix is " + text(in[0].shape()));
  return each_alike(in[0], n, m + n, [&]<class S>(const Matrix<S>& a, Target<S> y) {
    const double scale = scale_of(a);
    const Eigen::HouseholderQR<Matrix<S>> of(a / scale);
    const Matrix<S> q = of.householderQ() * Matrix<S>::Identity(m, n);
    const Matrix<S> r = of.matrixQR().topRows(n).template triangularView<Eigen::Upper>();
    y.leftCols(m) = q.transpose();
    y.rightCols(n) = r * scale;
  });
}

Value complement::value(In in, Attributes) {
  require_matrix("complement", in[0]);
  const std::int64_t m = size_of(in[0], 2), k = size_of(in[0], 1);
  if (m < k) throw ShapeError("complement: fewer rows than columns: the matrix is " + text(in[0].shape()));
  return each_alike(in[0], m, m - k, [&]<class S>(const Matrix<S>& a, Target<S> y) {
    const Matrix<S> last = Matrix<S>::Identity(m, m).rightCols(m - k);
    if (k) y = Eigen::HouseholderQR<Matrix<S>>(a).householderQ() * last;
    else y = last;
  });
}

}  // namespace wengert::structural
