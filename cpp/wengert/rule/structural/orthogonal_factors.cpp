// Values of the decompositions into orthogonal factors. Each gives one array, in which its parts lie side by side.
#include "wengert/rule/structural/orthogonal_factors.hpp"

#include "wengert/rule/structural/list.hpp"

namespace wengert::structural {

void singular(const Matrix<double>& a, Matrix<double>* u, Eigen::VectorXd& values, Matrix<double>* v) {
  require_finite("svd", a);
  const Eigen::BDCSVD<Matrix<double>> of(a, u ? Eigen::ComputeThinU | Eigen::ComputeThinV : 0);
  require_success("svd", of.info());
  values = of.singularValues();
  if (u) *u = of.matrixU(), *v = of.matrixV();
}

Value svd::value(In in, Attributes at) {
  require_matrix("svd", in[0]);
  const std::int64_t m = rows_of(in[0]), n = columns_of(in[0]), k = std::min(m, n);
  if (!at[0]) return each_row(in[0], k, [](const auto& a, Target<double> y) { singular_values(a, y); });
  return each_alike(in[0], 1 + m + n, k, []<class S>(const Matrix<S>& a, Target<S> y) { singular_vectors(a, y); });
}

Value qr::value(In in, Attributes) {
  require_matrix("qr", in[0]);
  const std::int64_t m = rows_of(in[0]), n = columns_of(in[0]);
  if (m < n) throw ShapeError("qr: fewer rows than columns: the matrix is " + text(in[0].shape()));
  return each_alike(in[0], n, m + n, []<class S>(const Matrix<S>& a, Target<S> y) { orthogonal_triangular(a, y); });
}

Value complement::value(In in, Attributes) {
  require_matrix("complement", in[0]);
  const std::int64_t m = rows_of(in[0]), k = columns_of(in[0]);
  if (m < k) throw ShapeError("complement: fewer rows than columns: the matrix is " + text(in[0].shape()));
  return each_alike(in[0], m, m - k, []<class S>(const Matrix<S>& a, Target<S> y) { orthogonal_rest(a, y); });
}

}  // namespace wengert::structural
