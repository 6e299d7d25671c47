// Values of the decompositions into orthogonal factors, by Eigen, matrix after matrix. float32 is computed in float64 and
// rounded once. Each gives one array, in which its parts lie side by side.
#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <Eigen/SVD>

#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/structural/matrices.hpp"

namespace wengert::structural {
namespace {

using Matrix = Eigen::MatrixXd;
using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Target = Eigen::Map<Rows>;

void require_matrix(std::string_view name, const Value& a) {
  if (a.ndim() < 2) throw ShapeError(std::string(name) + ": fewer than two axes: the array is " + text(a.shape()));
}
void require_finite(std::string_view name, const Matrix& a) {
  if (!a.allFinite()) throw DomainError(std::string(name) + ": no convergence: the matrix holds NaN or infinity");
}
[[noreturn]] void diverged(std::string_view name) { throw DomainError(std::string(name) + ": no convergence"); }

/// A result of rows x columns for each matrix of a stack: f(matrix, where it goes), unless nothing goes there.
template <class F>
Value each_result(const Value& given, std::int64_t rows, std::int64_t columns, F&& f) {
  const Storage a = array_of(given, Dtype::float64);
  Shape shape = a.shape();
  const int n = shape.count();
  const std::int64_t height = shape[n - 2], width = shape[n - 1];
  shape[n - 2] = rows;
  shape[n - 1] = columns;
  const Storage y = allocate(Dtype::float64, shape);
  for (std::int64_t k = 0; y->size && k < y->size / (rows * columns); ++k) {
    const Matrix m = Eigen::Map<const Rows>(a.data<double>() + k * height * width, height, width);
    f(m, Target(y.data<double>() + k * rows * columns, rows, columns));
  }
  return settle(strided(Value(y), real(given.dtype())));
}

std::int64_t size_of(const Value& a, int from_the_end) { return a.shape()[a.ndim() - from_the_end]; }

/// A power of two near the largest element: squares of what is divided by it neither overflow nor vanish.
double scale_of(const Matrix& a) {
  const double most = a.size() ? a.cwiseAbs().maxCoeff() : 0;
  return most > 0 && std::isfinite(most) ? std::ldexp(1, std::ilogb(most)) : 1;
}

}  // namespace

Value eigh::value(In in, Attributes at) {
  require_square("eigh", in[0]);
  const bool vectors = at[0] != 0;
  const std::int64_t n = size_of(in[0], 1);
  return each_result(in[0], vectors ? n + 1 : 1, n, [&](const Matrix& a, Target y) {
    const Matrix lower = a.triangularView<Eigen::Lower>();
    require_finite("eigh", lower);
    const Eigen::SelfAdjointEigenSolver<Matrix> of(lower,
                                                   vectors ? Eigen::ComputeEigenvectors : Eigen::EigenvaluesOnly);
    if (of.info() != Eigen::Success) diverged("eigh");
    y.row(0) = of.eigenvalues().transpose();
    if (vectors) y.bottomRows(n) = of.eigenvectors();
  });
}

Value svd::value(In in, Attributes at) {
  require_matrix("svd", in[0]);
  const bool vectors = at[0] != 0;
  const std::int64_t m = size_of(in[0], 2), n = size_of(in[0], 1);
  return each_result(in[0], vectors ? 1 + m + n : 1, std::min(m, n), [&](const Matrix& a, Target y) {
    require_finite("svd", a);
    const Eigen::BDCSVD<Matrix> of(a, vectors ? Eigen::ComputeThinU | Eigen::ComputeThinV : 0);
    if (of.info() != Eigen::Success) diverged("svd");
    y.row(0) = of.singularValues().transpose();
    if (!vectors) return;
    y.middleRows(1, m) = of.matrixU();
    y.bottomRows(n) = of.matrixV();
  });
}

Value qr::value(In in, Attributes) {
  require_matrix("qr", in[0]);
  const std::int64_t m = size_of(in[0], 2), n = size_of(in[0], 1);
  if (m < n) throw ShapeError("qr: fewer rows than columns: the matrix is " + text(in[0].shape()));
  return each_result(in[0], n, m + n, [&](const Matrix& a, Target y) {
    const double scale = scale_of(a);
    const Eigen::HouseholderQR<Matrix> of(a / scale);
    const Matrix q = of.householderQ() * Matrix::Identity(m, n);
    const Matrix r = of.matrixQR().topRows(n).triangularView<Eigen::Upper>();
    y.leftCols(m) = q.transpose();
    y.rightCols(n) = r * scale;
  });
}

Value complement::value(In in, Attributes) {
  require_matrix("complement", in[0]);
  const std::int64_t m = size_of(in[0], 2), k = size_of(in[0], 1);
  if (m < k) throw ShapeError("complement: fewer rows than columns: the matrix is " + text(in[0].shape()));
  return each_result(in[0], m, m - k, [&](const Matrix& a, Target y) {
    const Matrix last = Matrix::Identity(m, m).rightCols(m - k);
    if (k) y = Eigen::HouseholderQR<Matrix>(a).householderQ() * last;
    else y = last;
  });
}

}  // namespace wengert::structural
