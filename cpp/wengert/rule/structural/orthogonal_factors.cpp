// Values of the decompositions into orthogonal factors, by Eigen. Each gives one array, in which its parts lie side by side.
#include <Eigen/QR>
#include <Eigen/SVD>

#include "wengert/rule/structural/eigen_stack.hpp"
#include "wengert/rule/structural/list.hpp"

namespace wengert::structural {
namespace {

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

}  // namespace

Value svd::value(In in, Attributes at) {
  require_matrix("svd", in[0]);
  const std::int64_t m = rows_of(in[0]), n = columns_of(in[0]), k = std::min(m, n);
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
  const std::int64_t m = rows_of(in[0]), n = columns_of(in[0]);
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
  const std::int64_t m = rows_of(in[0]), k = columns_of(in[0]);
  if (m < k) throw ShapeError("complement: fewer rows than columns: the matrix is " + text(in[0].shape()));
  return each_alike(in[0], m, m - k, [&]<class S>(const Matrix<S>& a, Target<S> y) {
    const Matrix<S> last = Matrix<S>::Identity(m, m).rightCols(m - k);
    if (k) y = Eigen::HouseholderQR<Matrix<S>>(a).householderQ() * last;
    else y = last;
  });
}

}  // namespace wengert::structural
