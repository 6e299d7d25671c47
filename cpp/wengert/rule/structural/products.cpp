// Matrix products by Eigen, straight on strided memory: a transposed operand is read, not copied.
#include <Eigen/Core>

#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/structural/matrices.hpp"

namespace wengert::structural {
namespace {

template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using Map = Eigen::Map<const RowMajor<T>, 0, Eigen::OuterStride<>>;
template <class T>
using Target = Eigen::Map<RowMajor<T>>;

/// The last two axes of a stack of matrices, as Eigen reads them: rows `outer` apart, or columns where `turned`.
struct Stack {
  Storage a;
  Shape batch;
  Dims batch_strides;
  std::int64_t rows, columns, outer;
  bool turned;

  Stack(const Storage& given, bool transposed, bool left = true) : a(given) {
    if (a->ndim == 1) {  // a row on the left, a column on the right
      const std::int64_t n = a->dims()[0], step = a->strides()[0];
      a = left ? view(a, {1, n}, {n * step, step}, 0) : view(a, {n, 1}, {step, 1}, 0);
      transposed = false;
    }
    if (!readable(a)) a = contiguous(a);
    const int n = a->ndim;
    turned = a->strides()[n - 1] != 1 && a->dims()[n - 1] != 1;
    rows = a->dims()[n - (turned ? 1 : 2)];
    columns = a->dims()[n - (turned ? 2 : 1)];
    outer = a->strides()[n - (turned ? 1 : 2)];
    if (outer < columns) outer = columns;  // a single row: its stride is never used
    if (transposed) turned = !turned;
    for (int k = 0; k < n - 2; ++k) {
      batch.push_back(a->dims()[k]);
      batch_strides.push_back(a->strides()[k]);
    }
  }
  static bool readable(const Storage& a) {
    const int n = a->ndim;
    const auto fits = [&](int row, int column) {
      const bool unit = a->strides()[column] == 1 || a->dims()[column] == 1;
      return unit && (a->strides()[row] >= std::max<std::int64_t>(a->dims()[column], 1) || a->dims()[row] == 1);
    };
    return fits(n - 2, n - 1) || (a->strides()[n - 2] == 1 && fits(n - 1, n - 2));
  }
  std::int64_t height() const { return turned ? columns : rows; }
  std::int64_t width() const { return turned ? rows : columns; }
  template <class T>
  Map<T> map(std::int64_t offset) const {
    return {a.data<T>() + offset, rows, columns, Eigen::OuterStride<>(outer)};
  }
};

template <class T, class Left>
void multiply_into(Target<T>& y, const Left& left, const Map<T>& b, bool b_turned) {
  if (b_turned) y.noalias() = left * b.transpose();
  else y.noalias() = left * b;
}

/// Integers: no need for blocks and registers, and half a minute less to compile.
template <class T>
requires(!std::is_floating_point_v<T>) void product_of(const Stack& a, std::int64_t i, const Stack& b, std::int64_t j,
                                                       T* to) {
  const auto at = [](const Stack& s, const T* p, std::int64_t row, std::int64_t column) {
    return s.turned ? p[column * s.outer + row] : p[row * s.outer + column];
  };
  const T *p = a.a.data<T>() + i, *q = b.a.data<T>() + j;
  for (std::int64_t row = 0; row < a.height(); ++row) {
    for (std::int64_t column = 0; column < b.width(); ++column) {
      std::uint64_t sum = 0;
      for (std::int64_t k = 0; k < a.width(); ++k) {
        sum += static_cast<std::uint64_t>(at(a, p, row, k)) * static_cast<std::uint64_t>(at(b, q, k, column));
      }
      to[row * b.width() + column] = static_cast<T>(sum);
    }
  }
}

template <class T>
requires(std::is_floating_point_v<T>) void product_of(const Stack& a, std::int64_t i, const Stack& b, std::int64_t j,
                                                      T* to) {
  Target<T> y(to, a.height(), b.width());
  const Map<T> left = a.map<T>(i);
  if (a.turned) multiply_into<T>(y, left.transpose(), b.map<T>(j), b.turned);
  else multiply_into<T>(y, left, b.map<T>(j), b.turned);
}

Storage wide(const Storage& a, const Shape& batch) {
  Shape shape = batch;
  shape.push_back(a->dims()[a->ndim - 2]);
  shape.push_back(a->dims()[a->ndim - 1]);
  return in_stack(a, shape);
}

}  // namespace

Value matmul::value(In in, Attributes at) {
  const Dtype d = in[0].dtype();
  Stack a(in[0].storage(), at[0] != 0), b(in[1].storage(), at[1] != 0, false);
  if (a.width() != b.height()) {
    throw ShapeError("matmul: inner sizes differ: a is " + text(in[0].shape()) + (at[0] ? " transposed" : "") +
                     ", b is " + text(in[1].shape()) + (at[1] ? " transposed" : ""));
  }
  Shape shape = a.batch == b.batch ? a.batch : broadcast("matmul", a.batch, b.batch);
  if (!(a.batch == shape)) a = Stack(wide(a.a, shape), at[0] != 0);
  if (!(b.batch == shape)) b = Stack(wide(b.a, shape), at[1] != 0);
  const Shape batch = shape;
  if (in[0].ndim() > 1) shape.push_back(a.height());
  if (in[1].ndim() > 1) shape.push_back(b.width());
  const Storage y = allocate(d, shape);
  const std::int64_t each = a.height() * b.width();
  visit(d, [&](auto t) {
    using T = decltype(t);
    if constexpr (!std::is_same_v<T, bool>) {
      T* to = y.data<T>();
      each_run(batch, a.batch_strides, b.batch_strides, [&](std::int64_t i, std::int64_t j, Run run) {
        for (std::int64_t k = 0; k < run.count; ++k, to += each) {
          if (each) product_of<T>(a, i + k * run.step_a, b, j + k * run.step_b, to);
        }
      });
    }
  });
  return settle(y);
}

}  // namespace wengert::structural
