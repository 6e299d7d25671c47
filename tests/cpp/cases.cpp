#include "cases.hpp"

#include <map>
#include <set>

#include "wengert/rule/kernels/incomplete.hpp"

namespace wengert::test {
namespace {

using namespace structural;
using Positions = std::vector<std::int64_t>;

struct Use {
  std::vector<Var> in;
  Positions at;
  bool symmetric = false;
};

/// Of the operands of the use that is being drawn.
Dtype drawn = Dtype::float64;

Shape some_shape(Random& random, int least, int most) {
  Shape shape;
  for (auto n = whole(random, least, most); n > 0; --n) shape.push_back(whole(random, 1, 4));
  return shape;
}
/// An array, a view of strange strides, or (shape ()) a number.
Var operand(Random& random, const Shape& shape, double lo = -1, double hi = 1) {
  if (whole(random, 0, 1)) return random_var(random, shape, lo, hi, drawn);
  return Var(settle(random_view(random, drawn, shape, lo, hi)));
}
Var broadcast_operand(Random& random, const Shape& shape) {
  Shape narrow(std::span(shape.begin() + whole(random, 0, shape.count()), shape.end()));
  for (std::int64_t& n : narrow) n = whole(random, 0, 2) ? n : 1;
  return operand(random, narrow);
}
Var positions(Random& random, std::int64_t size, const Shape& shape) {
  const Storage a = allocate(Dtype::int64, shape);
  for (std::int64_t i = 0; i < a->size; ++i) a.data<std::int64_t>()[i] = whole(random, -size, size - 1);
  return Var(Value(a));
}

Use reduction_use(Random& random) {
  const Shape shape = some_shape(random, 0, 4);
  Positions at{whole(random, 0, 1)};
  for (int k = 0; k < shape.count(); ++k) {
    if (whole(random, 0, 1)) at.push_back(k);
  }
  return {{operand(random, shape)}, at};
}
Use product_use(Random& random) {
  Use use = reduction_use(random);
  const Var x = use.in[0];
  use.in[0] =
      Var((x * converted(0.5 < absolute(random_var(random, x.shape())), Dtype::float64)).value);  // half of them zero
  return use;
}
Use position_use(Random& random) {
  const Shape shape = some_shape(random, 1, 4);
  return {{rint(3.0 * operand(random, shape))}, {whole(random, 0, 1), whole(random, 0, shape.count() - 1)}};
}
Use scan_use(Random& random) {
  const Shape shape = some_shape(random, 1, 4);
  return {{operand(random, shape)}, {whole(random, 0, shape.count() - 1)}};
}
Use order_use(Random& random) {
  Use use = scan_use(random);
  use.in[0] = rint(3.0 * use.in[0]);
  return use;
}

Use reshape_use(Random& random) {
  const Shape shape = some_shape(random, 0, 3);
  Positions at(shape.begin(), shape.end());
  std::shuffle(at.begin(), at.end(), random);
  if (whole(random, 0, 1)) at = {1, element_count(shape)};
  return {{operand(random, shape)}, at};
}
Use broadcast_use(Random& random) {
  const Shape shape = some_shape(random, 0, 4);
  return {{broadcast_operand(random, shape)}, {shape.begin(), shape.end()}};
}
Use transpose_use(Random& random) {
  const Shape shape = some_shape(random, 0, 4);
  Positions at;
  for (int k = 0; k < shape.count(); ++k) at.push_back(k);
  std::shuffle(at.begin(), at.end(), random);
  return {{operand(random, shape)}, at};
}
Use astype_use(Random& random) {
  const auto any = [&] {
    return static_cast<Dtype>(index(Dtype::float32) + static_cast<std::size_t>(whole(random, 0, 3)));
  };
  const Dtype from = any(), to = any();
  const Var x = rint(8.0 * operand(random, some_shape(random, 0, 3))) / 8.0;
  return {{converted(x, from)}, {static_cast<std::int64_t>(to)}};
}

/// A slice of an array of that shape.
Positions slice_of(Random& random, const Shape& shape) {
  Positions at;
  for (const std::int64_t n : shape) {
    const std::int64_t start = whole(random, 0, n - 1), step = whole(random, 1, 2) * (whole(random, 0, 1) ? 1 : -1);
    const std::int64_t most = step > 0 ? (n - 1 - start) / step + 1 : start / -step + 1;
    at.insert(at.end(), {start, step, whole(random, 0, 5) ? most : whole(random, 0, most)});
  }
  return at;
}
Shape counts(const Positions& slice) {
  Shape out;
  for (std::size_t k = 2; k < slice.size(); k += 3) out.push_back(slice[k]);
  return out;
}
Use slice_use(Random& random) {
  const Shape shape = some_shape(random, 1, 4);
  return {{operand(random, shape)}, slice_of(random, shape)};
}
Use pad_use(Random& random) {
  const Shape shape = some_shape(random, 0, 3);
  Positions at = slice_of(random, shape);
  const Var x = operand(random, counts(at));
  at.insert(at.end(), shape.begin(), shape.end());
  return {{x}, at};
}
Use slice_set_use(Random& random) {
  const Shape shape = some_shape(random, 1, 3);
  const Positions at = slice_of(random, shape);
  return {{operand(random, shape), broadcast_operand(random, counts(at))}, at};
}
Use gather_use(Random& random) {
  const Var x = operand(random, some_shape(random, 0, 3));
  return {{x, positions(random, x.size(), some_shape(random, 0, 3))}, {}};
}
Use scatter_use(Random& random) {
  const Var x = operand(random, some_shape(random, 1, 3));
  const Shape shape = some_shape(random, 0, 2);
  return {{x, positions(random, x.size(), shape), broadcast_operand(random, shape)}, {}};
}
Use concatenate_use(Random& random) {
  Shape shape = some_shape(random, 1, 3);
  const auto axis = whole(random, 0, shape.count() - 1);
  Use use{{}, {axis}};
  for (auto n = whole(random, 1, 4); n > 0; --n) {
    shape[static_cast<int>(axis)] = whole(random, 0, 3);
    use.in.push_back(operand(random, shape));
  }
  return use;
}
Use select_use(Random& random) {
  const Shape shape = some_shape(random, 0, 3);
  const Var condition = real_part_of(broadcast_operand(random, shape)) > 0.0;
  return {{condition, broadcast_operand(random, shape), broadcast_operand(random, shape)}, {}};
}
Use clip_use(Random& random) {
  const Shape shape = some_shape(random, 0, 3);
  return {{broadcast_operand(random, shape), broadcast_operand(random, shape), broadcast_operand(random, shape)}, {}};
}
/// One of the functions with derivatives by their parameters, inside of their ranges.
Use parametric_use(Random& random) {
  const Shape shape = some_shape(random, 0, 2);
  const auto family = whole(random, 0, 3);
  const int arity = record(static_cast<rule::special::Family>(family)).arity;
  Use use{{}, {family}};
  for (int k = 0; k < arity; ++k) {
    const Var inside = sigmoid(broadcast_operand(random, shape));
    use.in.push_back(k == 2 ? inside : inside + 1.2);
    use.at.push_back(0);
  }
  return use;
}

Use complex_use(Random& random) { return {{operand(random, some_shape(random, 0, 3))}, {}}; }
Use parts_use(Random& random) {
  const Shape shape = some_shape(random, 0, 3);
  return {{operand(random, shape), operand(random, shape)}, {}};
}

Shape matrix(const Shape& batch, std::int64_t rows, std::int64_t columns) {
  Shape shape = batch;
  shape.push_back(rows);
  shape.push_back(columns);
  return shape;
}
Shape part_of(Random& random, const Shape& batch) {
  Shape narrow(std::span(batch.begin() + whole(random, 0, batch.count()), batch.end()));
  for (std::int64_t& n : narrow) n = whole(random, 0, 2) ? n : 1;
  return narrow;
}
Use matmul_use(Random& random) {
  const Shape batch = some_shape(random, 0, 2);
  const auto size = [&] { return whole(random, whole(random, 0, 9) ? 1 : 0, 5); };
  const std::int64_t m = size(), k = size(), n = size();
  const bool ta = whole(random, 0, 1), tb = whole(random, 0, 1);
  const Shape left = part_of(random, batch), right = part_of(random, batch);
  return {
      {operand(random, matrix(left, ta ? k : m, ta ? m : k)), operand(random, matrix(right, tb ? n : k, tb ? k : n))},
      {ta, tb}};
}
/// Square matrices with a heavy diagonal: far from singular.
Var square(Random& random, const Shape& batch, std::int64_t n) {
  const Var one = ones_like(random_var(random, {n, n}));
  return operand(random, matrix(batch, n, n)) + 5.0 * lower_part(upper_part(one, 0), 0);
}
Use square_use(Random& random) { return {{square(random, some_shape(random, 0, 2), whole(random, 1, 4))}, {}}; }
Use cholesky_use(Random& random) {
  const Var a = square_use(random).in[0];
  return {{product(a, conjugated(a), false, true)}, {}, true};
}
Use solve_use(Random& random) {
  const Shape batch = some_shape(random, 0, 2);
  const std::int64_t n = whole(random, 1, 4);
  return {{square(random, batch, n), operand(random, matrix(batch, n, whole(random, 1, 3)))}, {whole(random, 0, 1)}};
}
Use triangular_use(Random& random) {
  Use use = solve_use(random);
  use.at = {whole(random, 0, 1), whole(random, 0, 1), whole(random, 0, 1)};
  return use;
}

/// Matrices whose singular values are far apart.
Var oblong(Random& random, std::int64_t m, std::int64_t n) {
  const Shape shape = matrix(some_shape(random, 0, 2), m, n);
  const Var a = operand(random, shape), steps = 5.0 * cumulated(ones_like(a), a.ndim() - 1);
  return a + lower_part(upper_part(steps, 0), 0);
}
Use eig_use(Random& random) {
  const std::int64_t n = whole(random, 1, 4);
  return {{oblong(random, n, n)}, {whole(random, 0, 1)}};
}
Use eigh_use(Random& random) {
  const std::int64_t n = whole(random, 1, 4);
  const Var a = oblong(random, n, n);
  return {{a + matrix_transposed(a)}, {whole(random, 0, 1)}, true};
}
Use svd_use(Random& random) {
  return {{oblong(random, whole(random, 1, 4), whole(random, 1, 4))}, {whole(random, 0, 1)}};
}
Use qr_use(Random& random) {
  const std::int64_t n = whole(random, 1, 3);
  return {{oblong(random, n + whole(random, 0, 2), n)}, {}};
}
Use complement_use(Random& random) {
  const Use use = qr_use(random);
  const std::int64_t m = height(use.in[0]);
  const Var packed = orthogonal_decomposed(use.in[0]);
  return {{matrix_transposed(section(packed, packed.ndim() - 1, 0, m))}, {}};
}

Use fourier_use(Random& random) {
  const Use use = scan_use(random);
  return {{converted(use.in[0], Dtype::complex128)}, {whole(random, 0, 1) ? 1 : -1, use.at[0]}};
}

const std::map<std::string_view, Use (*)(Random&)> uses{
    {"sum", reduction_use},
    {"prod", product_use},
    {"max", reduction_use},
    {"min", reduction_use},
    {"argmax", position_use},
    {"argmin", position_use},
    {"logsumexp", reduction_use},
    {"norm", reduction_use},
    {"cumsum", scan_use},
    {"cumprod", scan_use},
    {"argsort", order_use},
    {"stop", complex_use},
    {"reshape", reshape_use},
    {"broadcast_to", broadcast_use},
    {"transpose", transpose_use},
    {"astype", astype_use},
    {"slice", slice_use},
    {"pad", pad_use},
    {"slice_set", slice_set_use},
    {"gather", gather_use},
    {"scatter_add", scatter_use},
    {"scatter_set", scatter_use},
    {"concatenate", concatenate_use},
    {"select", select_use},
    {"clip", clip_use},
    {"matmul", matmul_use},
    {"inv", square_use},
    {"solve", solve_use},
    {"triangular_solve", triangular_use},
    {"cholesky", cholesky_use},
    {"slogdet", square_use},
    {"conjugate", complex_use},
    {"real_part", complex_use},
    {"imaginary_part", complex_use},
    {"complex_of", parts_use},
    {"modulus", complex_use},
    {"phase", complex_use},
    {"parametric", parametric_use},
    {"eig", eig_use},
    {"eigh", eigh_use},
    {"svd", svd_use},
    {"qr", qr_use},
    {"complement", complement_use},
    {"fourier", fourier_use},
};

const std::set<std::string_view> real_only{"logsumexp", "norm", "clip", "complex_of",
                                           "astype",    "eigh", "svd",  "parametric"};

}  // namespace

Case draw(CallId id, Random& random, bool complex_too) {
  const std::string_view name = info(id).name;
  const auto found = uses.find(name);
  REQUIRE_MESSAGE(found != uses.end(), name, " has no case: add one to cases.cpp");
  const bool may_be = complex_too && !real_only.contains(name) && whole(random, 0, 1);
  drawn = may_be || found->second == complex_use ? Dtype::complex128 : Dtype::float64;
  Use use = found->second(random);
  return {name, id, std::move(use.in), std::move(use.at), use.symmetric};
}

}  // namespace wengert::test
