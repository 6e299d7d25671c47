// Matrix products by Eigen, straight on strided memory: a transposed operand is read, not copied.
#include <Eigen/Core>

#include "wengert/rule/elementwise.hpp"
#include "wengert/rule/kernels/blocked_product.hpp"
#include "wengert/rule/kernels/small_product.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/structural/matrices.hpp"

namespace wengert::structural {
namespace {

template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using Map = Eigen::Map<const RowMajor<T>, 0, Eigen::OuterStride<>>;
template <class T>
using Column = Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, 1>, 0, Eigen::InnerStride<>>;
template <class T>
using Target = Eigen::Map<RowMajor<T>>;
template <class T>
using TargetColumn = Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, 1>>;

/// One matrix in memory: rows `outer` apart, or columns where `turned`.
template <class T>
struct Matrix {
  const T* data;
  std::int64_t rows, columns, outer;
  bool turned;

  std::int64_t height() const { return turned ? columns : rows; }
  std::int64_t width() const { return turned ? rows : columns; }
  Matrix transposed() const { return {data, rows, columns, outer, !turned}; }
  Map<T> map() const { return {data, rows, columns, Eigen::OuterStride<>(outer)}; }
  /// From one element to the next of a matrix that is one row or one column.
  std::int64_t step() const { return columns == 1 ? outer : 1; }
  Column<T> column() const { return {data, rows * columns, Eigen::InnerStride<>(step())}; }
  T at(std::int64_t i, std::int64_t j) const { return turned ? data[j * outer + i] : data[i * outer + j]; }
};

template <class Y, class Product>
void put(Y&& y, const Product& product, bool add) {
  if (add) y.noalias() += product;
  else y.noalias() = product;
}

/// y += what `product` writes, whose terms are summed up in blocks: as a whole, so that y has the bits of the sum of the two.
template <class T, class Product>
void add_whole(std::int64_t size, T* y, Product&& product) {
  const auto apart = std::make_unique_for_overwrite<T[]>(static_cast<std::size_t>(size));
  product(apart.get());
  for (std::int64_t i = 0; i < size; ++i) y[i] += apart[i];
}

/// Column times row: memory is all it costs, so not by the blocks of a matrix product.
template <class T>
void outer_product(const Matrix<T>& a, const Matrix<T>& b, T* y, bool add) {
  const std::int64_t n = b.width(), from = b.step(), down = a.step();
  for (std::int64_t i = 0; i < a.height(); ++i, y += n) {
    const T left = a.data[i * down];
    if (add)
      for (std::int64_t j = 0; j < n; ++j) y[j] += left * b.data[j * from];
    else
      for (std::int64_t j = 0; j < n; ++j) y[j] = left * b.data[j * from];
  }
}

/// Up to here all of the matrix is in the fastest cache, and Eigen's preparations take longer than the product.
constexpr std::int64_t few_terms = 2048;

template <bool adds, bool padded, class T>
void few_times_column(const Matrix<T>& a, const T* x, T* y) {
  const rule::SmallMatrix m{a.rows, a.columns, a.outer};
  if (a.turned) rule::columns_times<adds, padded>(a.data, m, x, y);
  else rule::rows_times<adds, padded>(a.data, m, x, y);
}

template <class T>
void matrix_times_column(const Matrix<T>& a, const Matrix<T>& x, T* y, bool add) {
  if (a.rows * a.columns <= few_terms && x.step() == 1) {
    return add ? few_times_column<true, false>(a, x.data, y) : few_times_column<false, false>(a, x.data, y);
  }
  const auto product = [&](T* target) {
    TargetColumn<T> to(target, a.height());
    if (a.turned) to.noalias() = a.map().transpose() * x.column();
    else to.noalias() = a.map() * x.column();
  };
  if (add) add_whole(a.height(), y, product);
  else product(y);
}

/// Does a product of these sizes take less without packing? Where the right matrix is in the fastest cache with room to
/// spare, or is gone through once or twice; and a turned left one must not go through all of that cache for each term.
template <class T>
bool worth_no_packing(const Matrix<T>& a, const Matrix<T>& b) {
  const std::int64_t rows = a.height(), terms = a.width(), columns = b.width();
  // A register may reach behind a row, but not behind the one after it.
  constexpr std::int64_t least = std::max<std::int64_t>(4, rule::Lanes<T>::width / 2);
  if (columns < least || columns > 64 || rows < 4) return false;
  const std::int64_t side_by_side = std::min(columns, rule::narrow_columns_at_once<T>);
  const bool cached = terms * side_by_side * static_cast<std::int64_t>(sizeof(T)) <= 24 << 10;
  return rows <= 64 || (cached && (!a.turned || terms <= 32));
}

/// y = a b or y += a b by the kernel of narrow products, where that is quicker.
template <class T>
bool narrow(const Matrix<T>& a, const Matrix<T>& b, T* y, bool add) {
  constexpr std::int64_t most_laid = 128 * 64;
  const std::int64_t terms = a.width(), columns = b.width(), padded = (columns + 15) / 16 * 16;
  if (!worth_no_packing(a, b)) return false;
  rule::NarrowProduct<T> p{a.height(), terms, columns, a.data, a.outer, 1, b.data, b.outer, nullptr, y, add};
  if (a.turned) std::swap(p.down, p.along);
  alignas(64) T laid[most_laid];
  if (b.turned) {
    if (terms * padded > most_laid) return false;
    for (std::int64_t k = 0; k < terms; ++k) {
      T* const row = laid + k * padded;
      for (std::int64_t j = 0; j < columns; ++j) row[j] = b.data[j * b.outer + k];
      std::fill(row + columns, row + padded,
                T{});  // what the stack held may be subnormal, which takes a hundred times as long
    }
    p.b = laid;
    p.outer = padded;
    p.last = laid + (terms - 1) * padded;
  } else {
    std::copy_n(b.data + (terms - 1) * b.outer, columns, laid);
    std::fill(laid + columns, laid + padded, T{});
    p.last = laid;
  }
  rule::narrow_product(p);
  return true;
}

/// y = a b or y += a b by blocks, where there are rows enough to share what is packed, and the result, which each block of
/// terms is added to, is in the second-level cache or soon done. For larger ones Eigen's blocks are better.
template <class T>
bool blocked(const Matrix<T>& a, const Matrix<T>& b, T* y, bool add) {
  if (a.height() < 48 || b.width() < 16 || a.width() < 16) return false;
  const bool cached = a.height() * b.width() * static_cast<std::int64_t>(sizeof(T)) <= 1 << 20;
  if (!cached && a.width() > 2 * rule::product_terms) return false;
  const auto down = [](const Matrix<T>& m) { return m.turned ? 1 : m.outer; };
  const auto along = [](const Matrix<T>& m) { return m.turned ? m.outer : 1; };
  const rule::BlockedProduct<T> p{a.height(), a.width(), b.width(), a.data, down(a), along(a),
                                  b.data,     down(b),   along(b),  y,      add};
  rule::Blocks<T>(p).multiply();
  return true;
}

/// y = a b, or y += a b; y is row-major.
template <class T>
requires(std::is_floating_point_v<T>) void multiply(const Matrix<T>& a, const Matrix<T>& b, T* y, bool add) {
  if (a.height() == 0 || b.width() == 0) return;
  if (a.width() == 0) return add ? void() : void(std::fill_n(y, a.height() * b.width(), T{}));
  if (a.width() == 1) return outer_product(a, b, y, add);
  if (b.width() == 1) return matrix_times_column(a, b, y, add);
  if (a.height() == 1) return matrix_times_column(b.transposed(), a, y, add);
  if (narrow(a, b, y, add)) return;
  if (add && a.width() > rule::product_terms) {
    return add_whole(a.height() * b.width(), y, [&](T* to) { multiply(a, b, to, false); });
  }
  if (blocked(a, b, y, add)) return;
  Target<T> to(y, a.height(), b.width());
  if (a.turned && b.turned) put(to, a.map().transpose() * b.map().transpose(), add);
  else if (a.turned) put(to, a.map().transpose() * b.map(), add);
  else if (b.turned) put(to, a.map() * b.map().transpose(), add);
  else put(to, a.map() * b.map(), add);
}

/// Integers, of any width as int64: no need for blocks and registers, and half a minute less to compile.
inline void multiply(const Matrix<std::int64_t>& a, const Matrix<std::int64_t>& b, std::int64_t* y, bool) {
  for (std::int64_t i = 0; i < a.height(); ++i) {
    for (std::int64_t j = 0; j < b.width(); ++j) {
      std::uint64_t sum = 0;
      for (std::int64_t k = 0; k < a.width(); ++k) {
        sum += static_cast<std::uint64_t>(a.at(i, k)) * static_cast<std::uint64_t>(b.at(k, j));
      }
      *y++ = static_cast<std::int64_t>(sum);
    }
  }
}

/// The one matrix in a row-major array of one axis (a row, or a column) or two.
template <class T>
Matrix<T> only_matrix(const Block& a, bool transposed, bool column) {
  const auto* data = reinterpret_cast<const T*>(a.data);
  const std::int64_t n = a.dims()[a.ndim - 1];
  if (a.ndim == 2) return {data, a.dims()[0], n, std::max<std::int64_t>(n, 1), transposed};
  return {data, 1, n, std::max<std::int64_t>(n, 1), column};
}
bool is_one_matrix(const Value& a) { return a.is_array() && a.block()->contiguous && (a.ndim() == 1 || a.ndim() == 2); }

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
  Matrix<T> matrix(std::int64_t offset) const {
    return {a.data<T>() + offset, rows, columns, outer, turned};
  }
};

Storage wide(const Storage& a, const Shape& batch) {
  Shape shape = batch;
  shape.push_back(a->dims()[a->ndim - 2]);
  shape.push_back(a->dims()[a->ndim - 1]);
  return in_stack(a, shape);
}

[[noreturn]] void refuse(In in, Attributes at) {
  throw ShapeError("matmul: inner sizes differ: a is " + text(in[0].shape()) + (at[0] ? " transposed" : "") +
                   ", b is " + text(in[1].shape()) + (at[1] ? " transposed" : ""));
}

template <class T>
Value one_product(In in, Attributes at) {
  const Block &a = *in[0].block(), &b = *in[1].block();
  const Matrix<T> left = only_matrix<T>(a, at[0] != 0, false), right = only_matrix<T>(b, at[1] != 0, true);
  if (left.width() != right.height()) refuse(in, at);
  const std::int64_t shape[] = {left.height(), right.width()};
  const Storage y = allocate(a.dtype, std::span(shape + (a.ndim == 1), shape + 1 + (b.ndim == 2)));
  multiply(left, right, y.data<T>(), false);
  return settle(y);
}

template <class T>
void contribute_product(int k, In in, const Block& ybar, Attributes at, const Storage& xbar, bool add) {
  const Block &a = *in[0].block(), &b = *in[1].block();
  const Matrix<T> left = only_matrix<T>(a, at[0] != 0, false), right = only_matrix<T>(b, at[1] != 0, true);
  const Matrix<T> bar{reinterpret_cast<const T*>(ybar.data), left.height(), right.width(),
                      std::max<std::int64_t>(right.width(), 1), false};
  T* to = xbar.data<T>();
  if (k == 0)
    at[0] && a.ndim == 2 ? multiply(right, bar.transposed(), to, add) : multiply(bar, right.transposed(), to, add);
  else at[1] && b.ndim == 2 ? multiply(bar.transposed(), left, to, add) : multiply(left.transposed(), bar, to, add);
}

}  // namespace

void multiply_small(const double* a, const double* b, double* y, const Product& p) {
  using Small = Matrix<double>;
  const Small left = p.turned_a ? Small{a, p.terms, p.rows, p.rows, true} : Small{a, p.rows, p.terms, p.terms, false};
  const Small right =
      p.turned_b ? Small{b, p.columns, p.terms, p.terms, true} : Small{b, p.terms, p.columns, p.columns, false};
  const auto few = [](const Small& m) { return m.rows * m.columns <= few_terms; };
  // A number has no room behind it.
  if (p.columns == 1 && p.rows == 1 && few(left)) return few_times_column<false, false>(left, b, y);
  if (p.columns == 1 && few(left)) return few_times_column<false, true>(left, b, y);
  if (p.columns != 1 && p.rows == 1 && few(right)) return few_times_column<false, true>(right.transposed(), a, y);
  multiply(left, right, y, false);
}

bool matmul::contribute(int k, In in, const Value& ybar, Attributes at, const Storage& xbar, bool add) {
  if (!is_one_matrix(in[0]) || !is_one_matrix(in[1])) return false;
  if (is_complex(xbar->dtype)) return false;
  const Storage bar = array_of(ybar, xbar->dtype);
  if (xbar->dtype == Dtype::float64) contribute_product<double>(k, in, *bar.get(), at, xbar, add);
  else contribute_product<float>(k, in, *bar.get(), at, xbar, add);
  return true;
}

namespace {

Value combined(Op op, const Value& a, const Value& b) { return rule::evaluate(rule::primitive(op), a, &b); }

/// By four products of real matrices: as much arithmetic, and none of Eigen's loops compiled once more.
Value complex_product(In in, Attributes at) {
  const auto parts = [](const Value& x, bool imaginary) { return Value(contiguous(part(x.storage(), imaginary))); };
  const Value a[] = {parts(in[0], false), parts(in[0], true)}, b[] = {parts(in[1], false), parts(in[1], true)};
  const auto times = [&](int i, int j) {
    const Value operands[] = {a[i], b[j]};
    return matmul::value(operands, at);
  };
  const Value both[] = {combined(Op::subtract, times(0, 0), times(1, 1)), combined(Op::add, times(0, 1), times(1, 0))};
  return complex_of::value(both, {});
}

/// Integers wrap around: the low bits of the product of wider ones.
Value whole_product(In in, Attributes at) {
  const Value wide[] = {Value(strided(in[0], Dtype::int64)), Value(strided(in[1], Dtype::int64))};
  return settle(strided(matmul::value(wide, at), in[0].dtype()));
}

}  // namespace

Value matmul::value(In in, Attributes at) {
  const Dtype d = in[0].dtype();
  if (is_complex(d)) return complex_product(in, at);
  if (is_float(d) && is_one_matrix(in[0]) && is_one_matrix(in[1])) {
    return d == Dtype::float64 ? one_product<double>(in, at) : one_product<float>(in, at);
  }
  if (!is_float(d) && d != Dtype::int64) return whole_product(in, at);
  Stack a(in[0].storage(), at[0] != 0), b(in[1].storage(), at[1] != 0, false);
  if (a.width() != b.height()) refuse(in, at);
  Shape shape = a.batch == b.batch ? a.batch : broadcast("matmul", a.batch, b.batch);
  if (!(a.batch == shape)) a = Stack(wide(a.a, shape), at[0] != 0);
  if (!(b.batch == shape)) b = Stack(wide(b.a, shape), at[1] != 0);
  const Shape batch = shape;
  if (in[0].ndim() > 1) shape.push_back(a.height());
  if (in[1].ndim() > 1) shape.push_back(b.width());
  const Storage y = allocate(d, shape);
  const std::int64_t each = a.height() * b.width();
  const auto fill = [&](auto t) {
    using T = decltype(t);
    T* to = y.data<T>();
    each_run(batch, a.batch_strides, b.batch_strides, [&](std::int64_t i, std::int64_t j, Run run) {
      for (std::int64_t k = 0; k < run.count; ++k, to += each) {
        multiply(a.matrix<T>(i + k * run.step_a), b.matrix<T>(j + k * run.step_b), to, false);
      }
    });
  };
  if (d == Dtype::int64) fill(std::int64_t{});
  else d == Dtype::float32 ? fill(float{}) : fill(double{});
  return settle(y);
}

}  // namespace wengert::structural
