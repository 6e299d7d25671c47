// Values of the decompositions, by Eigen, matrix after matrix. float32 is computed in float64 and rounded once, complex64 in
// complex128.
#include <Eigen/Cholesky>
#include <Eigen/LU>

#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/structural/matrices.hpp"

namespace wengert::structural {
namespace {

template <class S>
using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class S>
using Map = Eigen::Map<const Matrix<S>>;
template <class S>
using Target = Eigen::Map<Matrix<S>>;

Dtype result_type(const Value& a) { return wengert::real(a.dtype()); }

/// Calls f with a number of the type that a result of type d is computed in.
template <class F>
Value computed_in(Dtype d, F&& f) {
  return settle(strided(is_complex(d) ? f(std::complex<double>{}) : f(double{}), d));
}

/// Calls f(k-th matrix) over a stack.
template <class S, class F>
void each_matrix(const Storage& a, F&& f) {
  const std::int64_t rows = a->dims()[a->ndim - 2], columns = a->dims()[a->ndim - 1], each = rows * columns;
  std::int64_t count = 1;
  for (int k = 0; k < a->ndim - 2; ++k) count *= a->dims()[k];
  for (std::int64_t k = 0; k < count; ++k) f(k, Map<S>(a.data<S>() + k * each, rows, columns));
}

[[noreturn]] void singular(std::string_view name) { throw LinearAlgebraError(std::string(name) + ": singular matrix"); }

template <class S>
Eigen::PartialPivLU<Matrix<S>> factors(std::string_view name, const Map<S>& a) {
  Eigen::PartialPivLU<Matrix<S>> lu(a);
  for (Eigen::Index k = 0; k < a.rows(); ++k) {
    if (lu.matrixLU()(k, k) == S(0)) singular(name);
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

/// solution(a, b) is given matrices of the numbers that the result is computed in.
template <class F>
Value each_solution(std::string_view name, In in, F&& solution) {
  require_columns(name, in[0], in[1]);
  return computed_in(promote(result_type(in[0]), result_type(in[1])), [&]<class S>(S) {
    const Storage a = array_of(in[0], dtype_of<S>), b = array_of(in[1], dtype_of<S>);
    const Storage x = allocate(dtype_of<S>, b.shape());
    const std::int64_t rows = b->dims()[b->ndim - 2], columns = b->dims()[b->ndim - 1], each = rows * columns;
    each_matrix<S>(a, [&](std::int64_t k, const Map<S>& m) {
      Target<S>(x.data<S>() + k * each, rows, columns) = solution(m, Map<S>(b.data<S>() + k * each, rows, columns));
    });
    return Value(x);
  });
}

/// y = f(matrix), matrix by matrix.
template <class F>
Value each_square(std::string_view name, const Value& x, F&& f) {
  require_square(name, x);
  return computed_in(result_type(x), [&]<class S>(S) {
    const Storage a = array_of(x, dtype_of<S>), y = allocate(dtype_of<S>, a.shape());
    each_matrix<S>(a, [&](std::int64_t k, const Map<S>& m) {
      if (m.size()) Target<S>(y.data<S>() + k * m.size(), m.rows(), m.cols()) = f(m);
    });
    return Value(y);
  });
}

template <unsigned mode, class S>
Matrix<S> triangular(const Map<S>& a, const Map<S>& b, bool transposed) {
  if (b.size() == 0) return b;  // Eigen would look at the first element
  if (transposed) return a.template triangularView<mode>().transpose().solve(b);
  return a.template triangularView<mode>().solve(b);
}

/// Sign and logarithm of the size of the product of the pivots.
template <class S>
void sum_logarithms(const Map<S>& m, S* out) {
  const Eigen::PartialPivLU<Matrix<S>> lu(m);
  S sign = m.size() ? static_cast<double>(lu.permutationP().determinant()) : 1;
  double log = 0;
  for (Eigen::Index i = 0; i < m.rows(); ++i) {
    const S pivot = lu.matrixLU()(i, i);
    const double size = std::abs(pivot);
    sign *= size == 0 ? pivot : pivot / size;
    log += std::log(size);
  }
  out[0] = sign;
  out[1] = log;
}

}  // namespace

Value inv::value(In in, Attributes) {
  return each_square("inv", in[0], []<class S>(const Map<S>& m) -> Matrix<S> { return factors("inv", m).inverse(); });
}

Value solve::value(In in, Attributes at) {
  return each_solution("solve", in, [&]<class S>(const Map<S>& a, const Map<S>& b) -> Matrix<S> {
    const auto lu = factors("solve", a);
    if (b.size() == 0) return b;
    if (at[0]) return lu.transpose().solve(b);
    return lu.solve(b);
  });
}

Value triangular_solve::value(In in, Attributes at) {
  const bool lower = at[0] != 0, transposed = at[1] != 0, unit = at[2] != 0;
  return each_solution("triangular_solve", in, [&]<class S>(const Map<S>& a, const Map<S>& b) -> Matrix<S> {
    for (Eigen::Index k = 0; !unit && k < a.rows(); ++k) {
      if (a(k, k) == S(0)) singular("triangular_solve");
    }
    if (lower)
      return unit ? triangular<Eigen::UnitLower>(a, b, transposed) : triangular<Eigen::Lower>(a, b, transposed);
    return unit ? triangular<Eigen::UnitUpper>(a, b, transposed) : triangular<Eigen::Upper>(a, b, transposed);
  });
}

Value cholesky::value(In in, Attributes) {
  return each_square("cholesky", in[0], []<class S>(const Map<S>& m) -> Matrix<S> {
    const Eigen::LLT<Matrix<S>> llt(m);
    if (llt.info() != Eigen::Success) throw LinearAlgebraError("cholesky: the matrix is not positive definite");
    return llt.matrixL();
  });
}

Value slogdet::value(In in, Attributes) {
  require_square("slogdet", in[0]);
  return computed_in(result_type(in[0]), [&]<class S>(S) {
    const Storage a = array_of(in[0], dtype_of<S>);
    Shape shape = a.shape();
    shape.resize(shape.count() - 2, 0);
    shape.push_back(2);
    const Storage y = allocate(dtype_of<S>, shape);
    each_matrix<S>(a, [&](std::int64_t k, const Map<S>& m) { sum_logarithms(m, y.data<S>() + 2 * k); });
    return Value(y);
  });
}

}  // namespace wengert::structural
