// Between Python's numbers, NumPy's arrays and ours.
#include <pybind11/numpy.h>

#include <algorithm>
#include <cstring>

#include "array.hpp"

#include "wengert/base/error.hpp"
#include "wengert/tape/fresh_start.hpp"

namespace wengert::bind {
namespace {

constexpr std::size_t worth_sharing = 64 * 1024;  // bytes; below, a copy costs less than the bookkeeping

/// NumPy's number of each element type.
constexpr int type_numbers[dtype_count] = {
    py::detail::npy_api::NPY_BOOL_,   py::detail::npy_api::NPY_BYTE_,     py::detail::npy_api::NPY_SHORT_,
    py::detail::npy_api::NPY_INT_,    py::detail::npy_api::NPY_LONGLONG_, py::detail::npy_api::NPY_UBYTE_,
    py::detail::npy_api::NPY_USHORT_, py::detail::npy_api::NPY_UINT_,     py::detail::npy_api::NPY_ULONGLONG_,
    py::detail::npy_api::NPY_FLOAT_,  py::detail::npy_api::NPY_DOUBLE_,   py::detail::npy_api::NPY_CFLOAT_,
    py::detail::npy_api::NPY_CDOUBLE_};
constexpr int half = 23;  // float16, which becomes float32

/// The element type of a NumPy array; C's long is as wide as one of its neighbours.
bool dtype_from(int number, Dtype& d) {
  constexpr bool wide = sizeof(long) == 8;
  if (number == py::detail::npy_api::NPY_LONG_) d = wide ? Dtype::int64 : Dtype::int32;
  else if (number == py::detail::npy_api::NPY_ULONG_) d = wide ? Dtype::uint64 : Dtype::uint32;
  else if (number == half) d = Dtype::float32;
  else {
    const auto* const found = std::find(type_numbers, type_numbers + dtype_count, number);
    if (found == type_numbers + dtype_count) return false;
    d = static_cast<Dtype>(found - type_numbers);
  }
  return true;
}
/// NumPy's own array of int64 is one of C's longs where these are as wide.
int number_of(Dtype d) {
  constexpr bool wide = sizeof(long) == 8;
  if (wide && d == Dtype::int64) return py::detail::npy_api::NPY_LONG_;
  if (wide && d == Dtype::uint64) return py::detail::npy_api::NPY_ULONG_;
  return type_numbers[index(d)];
}

void drop_reference(void* owner) { Py_DECREF(static_cast<PyObject*>(owner)); }

/// Memory that its owner promised not to write need not be copied.
bool shareable(const py::array& a) {
  return !a.writeable() && a.owndata() && static_cast<std::size_t>(a.nbytes()) >= worth_sharing;
}

[[noreturn]] void refuse(const py::array& a, const char* operation) {
  const std::string name = py::str(a.dtype());
  throw DtypeError(std::string(operation) + ": element type: not supported: given " + name + ", in an array of shape " +
                   std::string(py::str(a.attr("shape"))) +
                   " (supported: bool, int8 to int64, uint8 to uint64, float32, float64, complex64, complex128)");
}

Value from_numpy(py::array a, const char* operation, bool borrowed = false) {
  Dtype d;
  if (!dtype_from(a.dtype().num(), d)) refuse(a, operation);
  const bool direct = a.dtype().num() != half;
  const auto item = static_cast<py::ssize_t>(item_size(d));
  const char order = a.dtype().byteorder();
  bool regular = direct && (a.flags() & py::detail::npy_api::NPY_ARRAY_ALIGNED_) &&
                 (order == '=' || order == '|');  // this machine's
  for (py::ssize_t k = 0; regular && k < a.ndim(); ++k) regular = a.strides(k) % item == 0;
  if (!regular) a = py::module_::import("numpy").attr("array")(a, std::string(text(d)));
  Shape shape;
  Dims strides;
  for (py::ssize_t k = 0; k < a.ndim(); ++k) {
    shape.push_back(a.shape(k));
    strides.push_back(a.strides(k) / item);
  }
  auto* data = static_cast<std::byte*>(const_cast<void*>(a.data()));
  const Storage seen = borrow(d, shape, strides, data, drop_reference, py::object(a).release().ptr());
  // What is not shared lies row by row, so that programs, which borrow, see what the function saw.
  if ((borrowed && seen->contiguous) || (regular && shareable(a))) return settle(seen);
  const Storage own = allocate(d, shape);
  copy(seen, own);
  return settle(own);
}

constexpr int deepest = 64;  // NumPy's limit of dimensions; and no list may lead the stack to its end

bool has_arrays(PyObject* o, int depth = 0) {
  if (is_array(o)) return true;
  if (!PyList_Check(o) && !PyTuple_Check(o)) return false;
  if (depth == deepest) throw ShapeError("array: a list is nested deeper than 64 levels, or contains itself");
  for (const py::handle item : py::reinterpret_borrow<py::sequence>(o)) {
    if (has_arrays(item.ptr(), depth + 1)) return true;
  }
  return false;
}

/// A nested list with arrays in it: stacked, so that their derivatives go with them.
Var stacked(PyObject* o, int depth = 0) {
  if (depth == deepest) throw ShapeError("array: a list is nested deeper than 64 levels, or contains itself");
  std::vector<Var> parts;
  Dtype weak = Dtype::int64;
  for (const py::handle item : py::reinterpret_borrow<py::sequence>(o)) {
    Var v =
        has_arrays(item.ptr()) && !is_array(item.ptr()) ? stacked(item.ptr(), depth + 1) : require(item.ptr(), "array");
    if (is_float(v.dtype())) weak = promote(weak, v.dtype());
    parts.push_back(std::move(v));
  }
  Dtype d = parts[0].dtype();
  const Shape first = parts[0].shape();
  for (const Var& v : parts) d = promote(d, v.value.is_weak() && is_float(weak) ? weak : v.dtype());
  for (Var& v : parts) {
    if (!(v.shape() == first)) {
      throw ShapeError("array: shapes differ: the list holds " + text(first) + " and " + text(v.shape()));
    }
    Shape shape{1};
    for (const std::int64_t n : v.shape()) shape.push_back(n);
    v = reshaped(converted(v, d), shape);
  }
  return concatenated(parts, 0);
}

bool is_masked(PyObject* o) { return PyObject_HasAttrString(o, "mask") && PyObject_HasAttrString(o, "fill_value"); }

bool from_int(PyObject* o, Var& out) {
  int overflow = 0;
  const long long n = PyLong_AsLongLongAndOverflow(o, &overflow);
  if (overflow > 0) {  // up to twice as far NumPy takes it for unsigned
    const unsigned long long high = PyLong_AsUnsignedLongLong(o);
    if (high != static_cast<unsigned long long>(-1) || !PyErr_Occurred()) {
      Storage a = allocate(Dtype::uint64, {});
      *a.data<std::uint64_t>() = high;
      out = Var(Value(std::move(a)));
      return true;
    }
    PyErr_Clear();
  }
  if (overflow) {
    const double x = PyLong_AsDouble(o);
    if (x == -1 && PyErr_Occurred()) throw py::error_already_set();
    out = Var(Value(x));
  } else out = Var(Value(static_cast<std::int64_t>(n)));
  return true;
}

}  // namespace

bool convert(PyObject* o, Var& out, const char* operation) {
  if (is_array(o)) {
    out = read(as_array(o));
    return true;
  }
  if (PyFloat_CheckExact(o)) {
    out = Var(PyFloat_AS_DOUBLE(o));
    return true;
  }
  if (PyBool_Check(o)) {
    out = Var(full(Dtype::boolean, {}, o == Py_True));
    return true;
  }
  if (PyLong_CheckExact(o)) return from_int(o, out);
  if (PyFloat_Check(o)) {  // np.float64 is a float, and strong
    out = Var(Value::number(PyFloat_AS_DOUBLE(o)));
    return true;
  }
  if (PyComplex_CheckExact(o)) {
    const Py_complex z = PyComplex_AsCComplex(o);
    out = Var(Value::weak({z.real, z.imag}));
    return true;
  }
  if (o == Py_None || PyUnicode_Check(o) || PyBytes_Check(o) || PyDict_Check(o) || PyCallable_Check(o)) return false;
  const Uninterrupted whole;  // what follows asks the object, whose answers may be any code
  if ((PyList_Check(o) || PyTuple_Check(o)) && has_arrays(o)) {
    out = stacked(o);
    return true;
  }
  if (is_masked(o)) {
    throw DtypeError(std::string(operation) +
                     ": a masked array: its mask would be lost: use .filled(value), or wengert's where");
  }
  const py::array a = py::array::ensure(py::reinterpret_borrow<py::object>(o));
  if (!a) {
    PyErr_Clear();
    return false;
  }
  const bool unknown = a.dtype().kind() == 'O' && !PyList_Check(o) && !PyTuple_Check(o) && a.ptr() != o;
  if (!unknown) out = Var(from_numpy(a, operation));
  return !unknown;
}

Value borrow_value(PyObject* o, const char* operation) {
  if (PyFloat_Check(o)) return Value::number(PyFloat_AS_DOUBLE(o));
  if (py::isinstance<py::array>(py::handle(o))) {
    return from_numpy(py::reinterpret_borrow<py::array>(o), operation, true);
  }
  const Value v = require(o, operation).value;
  return v.is_weak() ? settle(strided(v, v.dtype())) : v;
}

Var require(PyObject* o, const char* operation) {
  Var v;
  if (!convert(o, v, operation)) {
    const bool rows = PyList_Check(o) || PyTuple_Check(o);
    throw DtypeError(std::string(operation) + ": no array of numbers: given " +
                     std::string(py::str(py::type::handle_of(o).attr("__name__"))) +
                     (rows ? ", whose parts differ in size or are no numbers" : ""));
  }
  return v;
}

PyObject* to_numpy(const Value& v, bool last) {
  if (!v.is_array()) {
    static PyObject* const float64 = py::object(py::module_::import("numpy").attr("float64")).release().ptr();
    const py::float_ number(v.as_double());
    PyObject* const made = PyObject_CallOneArg(float64, number.ptr());
    if (!made) throw py::error_already_set();
    return made;
  }
  Storage a = v.storage();
  if (!last || a->refs > 2 || a->base || a->drop || !a->contiguous) {  // ours and the caller's
    const Storage own = allocate(a->dtype, a.shape());
    copy(a, own);
    a = own;
  }
  std::vector<py::ssize_t> shape(a->dims(), a->dims() + a->ndim);
  Block* block = Storage(a).take();
  const py::capsule owner(block, [](void* p) { Storage::release(static_cast<Block*>(p)); });
  const py::array out(py::dtype(number_of(a->dtype)), shape, block->data, owner);
  return a->ndim == 0 ? out.attr("__getitem__")(py::tuple()).release().ptr() : out.inc_ref().ptr();
}

}  // namespace wengert::bind
