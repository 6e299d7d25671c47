// Stacks of matrices handed to Eigen one by one. float32 is computed in float64 and rounded once, complex64 in complex128.
#pragma once
#include <Eigen/Core>
#include <complex>

#include "wengert/rule/structural/matrices.hpp"

namespace wengert::structural {

template <class S>
using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;
template <class S>
using Rows = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class S>
using Target = Eigen::Map<Rows<S>>;
using Complex = std::complex<double>;

void require_matrix(std::string_view name, const Value& a);
/// Rows and columns of each matrix.
std::int64_t rows_of(const Value& a);
std::int64_t columns_of(const Value& a);
/// As many matrices of another size.
Shape stack_of(Shape stack, std::int64_t rows, std::int64_t columns);
template <class S>
void require_finite(std::string_view name, const Matrix<S>& a) {
  if (!a.allFinite())
    throw LinearAlgebraError(std::string(name) + ": no convergence: the matrix holds NaN or infinity");
}
inline void require_success(std::string_view name, Eigen::ComputationInfo info) {
  if (info != Eigen::Success) throw LinearAlgebraError(std::string(name) + ": no convergence");
}

/// A result of rows x columns of type To for each matrix of numbers From of a stack: f(matrix, where it goes), unless
/// nothing goes there.
template <class From, class To, class F>
Value each_result(const Value& given, std::int64_t rows, std::int64_t columns, Dtype d, F&& f) {
  const Storage a = array_of(given, dtype_of<From>), y = allocate(dtype_of<To>, stack_of(a.shape(), rows, columns));
  const std::int64_t height = rows_of(given), width = columns_of(given);
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

}  // namespace wengert::structural
