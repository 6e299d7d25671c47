// Values of the decompositions, by Eigen, matrix after matrix. float32 is computed in float64 and rounded once.
#include <Eigen/Cholesky>
#include <Eigen/LU>

#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/structural/matrices.hpp"

namespace wengert::structural {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Map = Eigen::Map<const Matrix>;
using Target = Eigen::Map<Matrix>;

Dtype result_type(const Value& a) { return real(a.dtype()); }

/// Calls f(k-th matrix) over a stack.
template <class F>
void each_matrix(const Storage& a, F&& f) {
  const std::int64_t rows = a->dims()[a->ndim - 2], columns = a->dims()[a->ndim - 1], each = rows * columns;
  std::int64_t count = 1;
  for (int k = 0; k < a->ndim - 2; ++k) count *= a->dims()[k];
  for (std::int64_t k = 0; k < count; ++k) f(k, Map(a.data<double>() + k * each, rows, columns));
}

Value rounded(const Storage& y, Dtype d) { return settle(strided(Value(y), d)); }

[[noreturn]] void singular(std::string_view name) { throw DomainError(std::string(name) + ": singular matrix"); }

Eigen::PartialPivLU<Matrix> factors(std::string_view name, const Map& a) {
  Eigen::PartialPivLU<Matrix> lu(a);
  for (Eigen::Index k = 0; k < a.rows(); ++k) {
    if (lu.matrixLU()(k, k) == 0) singular(name);
  }
  return lu;
}

void require_columns(std::string_view name, const Value& a, const Value& b) {
  require_square(name, a);
  const Shape p = a.shape(), q = b.shape();
  bool same = p.count() == q.count();
  for (int k = 0; same && k < p.count() - 1; ++k) same = p[k] == q[k];
  if (!same) throw ShapeError(std::string(name) + ": shapes differ: a is " + text(p) + ", b is " + text(q));
}

template <class F>
Value each_solution(std::string_view name, In in, F&& solution) {
  require_columns(name, in[0], in[1]);
  const Storage a = array_of(in[0], Dtype::float64), b = array_of(in[1], Dtype::float64);
  const Storage x = allocate(Dtype::float64, b.shape());
  const std::int64_t rows = b->dims()[b->ndim - 2], columns = b->dims()[b->ndim - 1], each = rows * columns;
  each_matrix(a, [&](std::int64_t k, const Map& m) {
    Target(x.data<double>() + k * each, rows, columns) = solution(m, Map(b.data<double>() + k * each, rows, columns));
  });
  return rounded(x, promote(result_type(in[0]), result_type(in[1])));
}

template <unsigned mode>
Matrix triangular(const Map& a, const Map& b, bool transposed) {
  if (transposed) return a.template triangularView<mode>().transpose().solve(b);
  return a.template triangularView<mode>().solve(b);
}

}  // namespace

Value inv::value(In in, Attributes) {
  require_square("inv", in[0]);
  const Storage a = array_of(in[0], Dtype::float64), y = allocate(Dtype::float64, a.shape());
  each_matrix(a, [&](std::int64_t k, const Map& m) {
    if (m.size()) Target(y.data<double>() + k * m.size(), m.rows(), m.cols()) = factors("inv", m).inverse();
  });
  return rounded(y, result_type(in[0]));
}

Value solve::value(In in, Attributes at) {
  return each_solution("solve", in, [&](const Map& a, const Map& b) -> Matrix {
    const auto lu = factors("solve", a);
    if (at[0]) return lu.transpose().solve(b);
    return lu.solve(b);
  });
}

Value triangular_solve::value(In in, Attributes at) {
  const bool lower = at[0] != 0, transposed = at[1] != 0, unit = at[2] != 0;
  return each_solution("triangular_solve", in, [&](const Map& a, const Map& b) -> Matrix {
    for (Eigen::Index k = 0; !unit && k < a.rows(); ++k) {
      if (a(k, k) == 0) singular("triangular_solve");
    }
    if (lower)
      return unit ? triangular<Eigen::UnitLower>(a, b, transposed) : triangular<Eigen::Lower>(a, b, transposed);
    return unit ? triangular<Eigen::UnitUpper>(a, b, transposed) : triangular<Eigen::Upper>(a, b, transposed);
  });
}

Value cholesky::value(In in, Attributes) {
  require_square("cholesky", in[0]);
  const Storage a = array_of(in[0], Dtype::float64), y = allocate(Dtype::float64, a.shape());
  each_matrix(a, [&](std::int64_t k, const Map& m) {
    const Eigen::LLT<Matrix> llt(m);
    if (llt.info() != Eigen::Success) throw DomainError("cholesky: the matrix is not positive definite");
    Target(y.data<double>() + k * m.size(), m.rows(), m.cols()) = llt.matrixL();
  });
  return rounded(y, result_type(in[0]));
}

Value slogdet::value(In in, Attributes) {
  require_square("slogdet", in[0]);
  const Storage a = array_of(in[0], Dtype::float64);
  Shape shape = a.shape();
  shape.resize(shape.count() - 2, 0);
  shape.push_back(2);
  const Storage y = allocate(Dtype::float64, shape);
  each_matrix(a, [&](std::int64_t k, const Map& m) {
    const Eigen::PartialPivLU<Matrix> lu(m);
    double sign = m.size() ? static_cast<double>(lu.permutationP().determinant()) : 1, log = 0;
    for (Eigen::Index i = 0; i < m.rows(); ++i) {
      const double pivot = lu.matrixLU()(i, i);
      sign *= pivot > 0 ? 1 : pivot < 0 ? -1 : pivot;
      log += std::log(std::abs(pivot));
    }
    y.data<double>()[2 * k] = sign;
    y.data<double>()[2 * k + 1] = log;
  });
  return rounded(y, result_type(in[0]));
}

}  // namespace wengert::structural
