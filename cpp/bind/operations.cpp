// Structural primitives as Python sees them; the NumPy-like signatures stand in wengert.numpy.
#include <pybind11/stl.h>

#include <algorithm>

#include "array.hpp"

#include "wengert/base/error.hpp"
#include "wengert/base/pool.hpp"
#include "wengert/rule/kernels/incomplete.hpp"
#include "wengert/rule/structural/list.hpp"

namespace wengert::bind {
namespace {

Dtype dtype_named(const std::string& name) {
  std::string all;
  for (std::size_t k = 0; k < dtype_count; ++k) {
    if (text(static_cast<Dtype>(k)) == name) return static_cast<Dtype>(k);
    all += " " + std::string(text(static_cast<Dtype>(k)));
  }
  throw DtypeError("dtype: not supported: given " + name + " (supported:" + all + ")");
}

CallId reduction_named(const std::string& name) {
  for (std::size_t k = 0; k < structural::count; ++k) {
    if (structural::info(static_cast<CallId>(k)).name == name) return static_cast<CallId>(k);
  }
  throw Error("reduction: unknown: given " + name);
}

/// axis as NumPy takes it, already turned into a tuple by Python; None is every axis.
Var reduce(const std::string& name, const Var& x, const std::optional<Dims>& axes, bool keep) {
  Dims all;
  for (int k = 0; k < x.ndim(); ++k) all.push_back(k);
  return reduction(reduction_named(name), x, axes ? normal_axes(name, *axes, x.ndim()) : all, keep);
}

Var broadcast_checked(const Var& x, const Shape& shape) { return broadcasted(x, shape); }

Var take_sorted(const Var& x, std::int64_t axis) { return sorted(x, normal_axis("sort", axis, x.ndim())); }
Var take_order(const Var& x, std::int64_t axis) { return sorting(x, normal_axis("argsort", axis, x.ndim())); }

Var concatenate_arrays(const std::vector<Var>& parts, std::int64_t axis) {
  if (parts.empty()) throw ShapeError("concatenate: no arrays given");
  const int n = parts[0].ndim(), k = normal_axis("concatenate", axis, n);
  Dtype d = parts[0].dtype();
  for (const Var& p : parts) {
    Shape expected = parts[0].shape(), found = p.shape();
    if (found.count() == n) found[k] = expected[k];
    if (!(expected == found)) {
      throw ShapeError("concatenate: shapes differ: " + text(parts[0].shape()) + " and " + text(p.shape()) +
                       " along axis " + std::to_string(k));
    }
    d = promote(d, p.dtype());
  }
  std::vector<Var> same;
  for (const Var& p : parts) same.push_back(converted(p, d));
  return concatenated(same, k);
}

Var stack_arrays(const std::vector<Var>& parts, std::int64_t axis) {
  if (parts.empty()) throw ShapeError("stack: no arrays: given an empty sequence");
  const Shape shape = parts[0].shape();
  const int k = normal_axis("stack", axis, shape.count() + 1);
  Shape wide = shape;
  wide.push_back(1);
  std::rotate(wide.begin() + k, wide.end() - 1, wide.end());
  std::vector<Var> same;
  for (const Var& p : parts) {
    if (!(p.shape() == shape)) {
      throw ShapeError("stack: shapes differ: given " + text(shape) + " and " + text(p.shape()));
    }
    same.push_back(reshaped(p, wide));
  }
  return concatenate_arrays(same, k);
}

/// Matrices of one stack: leading axes broadcast against each other.
std::pair<Var, Var> stacked_alike(const char* name, const Var& a, const Var& b) {
  const Shape p = a.shape(), q = b.shape();
  if (p.count() < 2 || q.count() < 2)
    throw ShapeError(std::string(name) + ": not matrices: a is " + text(p) + ", b is " + text(q));
  const Shape batch =
      broadcast(name, Shape(std::span(p.begin(), p.size() - 2)), Shape(std::span(q.begin(), q.size() - 2)));
  const auto wide = [&](const Var& v) {
    Shape shape = batch;
    shape.push_back(v.shape()[v.ndim() - 2]);
    shape.push_back(v.shape()[v.ndim() - 1]);
    return broadcasted(v, shape);
  };
  return {wide(a), wide(b)};
}

template <class F>
Var with_columns(const char* name, const Var& a, const Var& b, F&& f) {
  const bool vector = b.ndim() == 1;
  if (vector && a.ndim() >= 2 && a.shape()[a.ndim() - 1] != b.shape()[0]) {
    throw ShapeError(std::string(name) + ": shapes differ: a is " + text(a.shape()) + ", b is " + text(b.shape()));
  }
  const auto [left, right] = stacked_alike(name, a, vector ? reshape_with(b, 1) : b);
  const Var x = f(left, right);
  if (!vector) return x;
  Shape shape = x.shape();
  shape.resize(shape.count() - 1, 0);
  return reshaped(x, shape);
}

/// A function with derivatives by its parameters, by its name; operands are brought to one type.
Var family(const std::string& name, const std::vector<Var>& operands) {
  using rule::special::Family;
  Dtype d = Dtype::float32;
  for (const Var& x : operands) d = promote(d, x.dtype());
  std::vector<Var> same;
  for (const Var& x : operands) same.push_back(converted(x, d));
  Dims orders;
  orders.resize(static_cast<int>(operands.size()), 0);
  for (int f = 0; f < static_cast<int>(Family::count); ++f) {
    if (record(static_cast<Family>(f)).name == name) return family_of(f, same, orders);
  }
  throw Error("family: unknown: given " + name);
}

py::object numpy_of(const py::object& o) {
  if (!is_array(o.ptr())) return o;
  const Var& v = read(as_array(o.ptr()));
  if (v.recorded() || v.lanes) return o;
  // The handle and the argument: nobody else will look at it again.
  return py::reinterpret_steal<py::object>(to_numpy(v.value, true));
}

/// The array itself where it is of that type already, as NumPy's asarray has it.
py::object converted_or_same(const py::object& o, const std::string& name) {
  const Var x = require(o.ptr(), "converted");
  const Dtype d = dtype_named(name);
  return is_array(o.ptr()) && x.dtype() == d ? o : py::cast(converted(x, d));
}

void add_matmul(py::module_& m) {
  py::options plainly;
  plainly.disable_function_signatures();  // inspect reads the one in the text
  m.def(
      "matmul", [](const Var& a, const Var& b) { return matmul(a, b); },
      "matmul(a, b, /)\n--\n\nProduct of matrices, stacks of them, and vectors.");
}

/// Functions of matrices.
void add_linear_algebra(py::module_& m) {
  add_matmul(m);
  m.def("inv", inverse);
  m.def("cholesky", cholesky_factor);
  m.def("slogdet", sign_and_log_determinant);
  m.def("eig", decomposed);
  m.def("eigh", hermitian_decomposed);
  m.def("svd", singular_decomposed);
  m.def("qr", orthogonal_decomposed);
  m.def("complement", orthogonal_complement);
  m.def("solve", [](const Var& a, const Var& b) {
    return with_columns("solve", a, b, [](const Var& p, const Var& q) { return solved(p, q, false); });
  });
  m.def("triangular_solve", [](const Var& a, const Var& b, bool lower, bool transposed_a, bool unit) {
    return with_columns("triangular_solve", a, b,
                        [&](const Var& p, const Var& q) { return triangular_solved(p, q, lower, transposed_a, unit); });
  });
}

}  // namespace

void add_operations(py::module_& m) {
  m.def("asarray", [](const py::object& o) { return require(o.ptr(), "asarray"); });
  m.def("numpy", numpy_of);
  m.def("values", [](const py::object& o) {
    const Var v = is_array(o.ptr()) ? peek(as_array(o.ptr())) : require(o.ptr(), "values");
    refuse_lanes(v, "values");
    leave_guard(v, Guard::Kind::values);
    return py::reinterpret_steal<py::object>(to_numpy(v.value));
  });
  m.def("detached", detached);
  // Without its derivative, and not computed again where a program runs again: which has to see that it is the same then.
  m.def("constant", [](const Var& x) {
    leave_guard(x, Guard::Kind::values);
    return constant_of(x);
  });
  // Another handle of the same node: writes through one do not move the other.
  m.def("alias", [](const Var& x) { return x; });
  // The same of an array as it is, whatever looks on while arrays are read.
  m.def("unread_alias", [](const py::object& o) { return is_array(o.ptr()) ? as_array(o.ptr())->var : Var(); });
  m.def("converted", converted_or_same);
  m.def("full",
        [](const Shape& shape, double value, const std::string& d) { return filled(shape, dtype_named(d), value); });
  m.def("reduce", reduce, py::arg("name"), py::arg("x"), py::arg("axes").none(true), py::arg("keep"));
  m.def("reshape", [](const Var& x, const Shape& shape) { return reshaped(x, shape); });
  m.def("broadcast_to", broadcast_checked);
  m.def("concatenate", concatenate_arrays);
  m.def("stack", stack_arrays);
  m.def("flip", [](const Var& x, std::int64_t axis) { return flip(x, normal_axis("flip", axis, x.ndim())); });
  m.def("cumsum", [](const Var& x, std::int64_t axis) { return cumulated(x, normal_axis("cumsum", axis, x.ndim())); });
  m.def("cumprod",
        [](const Var& x, std::int64_t axis) { return cumulative_product(x, normal_axis("cumprod", axis, x.ndim())); });
  m.def("sort", take_sorted);
  m.def("argsort", take_order);
  m.def("select", select_of);
  m.def("clip", clipped);
  m.def("family", family);
  m.def("gather", gathered);
  m.def("scatter_add", scatter_added);
  m.def("scatter_set", scatter_assigned);
  m.def("pad", [](const Var& x, const Shape& whole, const std::vector<std::int64_t>& slice) {
    return placed(x, whole, slice);
  });
  m.def("conjugate", conjugated);
  m.def("real", real_part_of);
  m.def("imag", imaginary_part_of);
  m.def("complex_of", complex_number);
  m.def("tril", lower_part);
  m.def("triu", upper_part);
  add_linear_algebra(m);
  m.def("fourier", [](const Var& x, std::int64_t axis, bool forward) {
    return fourier_transformed(x, normal_axis("fft", axis, x.ndim()), forward ? -1 : 1);
  });
  m.def("release_memory", pool::release);
  m.def("kept_memory", pool::kept);
}

}  // namespace wengert::bind
