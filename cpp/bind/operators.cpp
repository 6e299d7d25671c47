// Python's operators on arrays. The case of two float64 numbers is written out: it is what a scalar program does.
#include "array.hpp"

#include "wengert/base/error.hpp"
#include "wengert/rule/table.hpp"

namespace wengert::bind {
namespace {

/// A float64 of shape () that may be used now: a handle's number, or a Python float with a constant's node to come.
inline bool plain_number(PyObject* o, Recording* r, double& x, NodeId& node) {
  if (is_array(o)) {
    ArrayObject* a = as_array(o);
    if (!a->var.value.is_number() || a->view ||
        (a->var.recorded() && (a->serial != r->passing() || a->scope != r->scope())))
      return false;
    x = a->var.value.as_double();
    node = a->var.node;
    return true;
  }
  if (PyFloat_Check(o)) {
    x = PyFloat_AS_DOUBLE(o);
    node = NodeId::none;
    return true;
  }
  return false;
}

template <Op op>
double compute(double a, double b) {
  if constexpr (op == Op::add) return a + b;
  else if constexpr (op == Op::subtract) return a - b;
  else if constexpr (op == Op::multiply) return a * b;
  else if constexpr (op == Op::divide) return a / b;
  else return rule::primitive(op).number(a, b);
}

/// A type that opted out of NumPy's ufuncs wants its own operators to be asked.
bool claims(PyObject* o) {
  if (is_array(o) || PyFloat_Check(o) || PyLong_Check(o) || PyList_Check(o) || PyTuple_Check(o)) return false;
  PyObject* protocol = PyObject_GetAttrString(reinterpret_cast<PyObject*>(Py_TYPE(o)), "__array_ufunc__");
  if (!protocol) PyErr_Clear();
  Py_XDECREF(protocol);
  return protocol == Py_None;
}

PyObject* general(Op op, PyObject* l, PyObject* r) {
  if (!at_rest()) return nullptr;
  if (is_array(l) && is_array(r)) {
    return guarded([&] {
      const Var& a = read(as_array(l));
      return wrap(apply(op, a, read(as_array(r))));
    });
  }
  if (claims(l) || claims(r)) Py_RETURN_NOTIMPLEMENTED;
  return guarded([&]() -> PyObject* {
    Var a, b;
    const char* name = rule::primitive(op).name.data();  // ends with a zero: it is a literal
    if (!convert(l, a, name) || !convert(r, b, name)) Py_RETURN_NOTIMPLEMENTED;
    return wrap(apply(op, a, b));
  });
}

template <Op op>
PyObject* binary(PyObject* l, PyObject* r) {
  double x, y;
  NodeId a, b;
  Recording* tape = active();
  if (tape && plain_number(l, tape, x, a) && plain_number(r, tape, y, b)) [[likely]] {
    return guarded([&] {
      const double z = compute<op>(x, y);
      if (a == NodeId::none && b == NodeId::none) return wrap(Var(Value::number(z)));
      if (a == NodeId::none) a = tape->constant(Value::number(x));
      if (b == NodeId::none) b = tape->constant(Value::number(y));
      return wrap(Var(Value::number(z), tape->push(op, a, b, z)));
    });
  }
  return general(op, l, r);
}

template <Op op>
PyObject* unary(PyObject* o) {
  if (!at_rest()) return nullptr;
  return guarded([&] { return wrap(apply(op, read(as_array(o)))); });
}

/// x ** n as NumPy takes it: a few exponents are operations of their own, whole ones need no logarithm.
Var power_of(const Var& a, const Var& b) {
  const Value& n = b.value;
  const bool real_base = is_float(a.dtype());
  if (n.kind() == Value::Kind::weak_int && n.as_int() == 2) return square(a);  // of truth values it is int8, as NumPy's
  if (!b.recorded() && !n.is_array() && real_base) {
    const double e = n.as_double();
    if (e == 2) return square(a);
    if (e == 1) return positive(a);
    if (e == 0.5) return sqrt(a);
    if (e == -1) return reciprocal(a);
    if (e == static_cast<double>(static_cast<int>(e)) && std::abs(e) < 1e6) return integer_power(a, b);
  }
  return power(a, b);
}

PyObject* nb_power(PyObject* l, PyObject* r, PyObject* modulus) {
  if (!at_rest()) return nullptr;
  return guarded([&]() -> PyObject* {
    Var a, b;
    if (modulus != Py_None || !convert(l, a) || !convert(r, b)) Py_RETURN_NOTIMPLEMENTED;
    return wrap(power_of(a, b));
  });
}

PyObject* nb_divmod(PyObject* l, PyObject* r) {
  return guarded([&]() -> PyObject* {
    Var a, b;
    if (!convert(l, a) || !convert(r, b)) Py_RETURN_NOTIMPLEMENTED;
    return py::make_tuple(apply(Op::floor_divide, a, b), apply(Op::remainder, a, b)).release().ptr();
  });
}

PyObject* nb_matmul(PyObject* l, PyObject* r) {
  if (!at_rest()) return nullptr;
  return guarded([&]() -> PyObject* {
    Var a, b;
    if (!convert(l, a) || !convert(r, b)) Py_RETURN_NOTIMPLEMENTED;
    return wrap(matmul(a, b));
  });
}

/// May results of one kind be written into an array of the other: NumPy's "same kind", with its integers one kind.
bool fits_kind(Dtype from, Dtype to) {
  return (is_float(to) || !is_float(from)) && (is_complex(to) || !is_complex(from)) &&
         (from == Dtype::boolean || to != Dtype::boolean) &&
         !(is_unsigned(to) && is_integer(from) && !is_unsigned(from));
}

/// x += y writes into x, as NumPy does: other names and views of x see it. Numbers are values, and get a new one.
PyObject* in_place(PyObject* l, PyObject* r, PyObject* (*op)(PyObject*, PyObject*)) {
  if (!is_array(l)) return op(l, r);
  py::object result = py::reinterpret_steal<py::object>(op(l, r));
  if (!result || result.ptr() == Py_NotImplemented) return result.release().ptr();
  return guarded([&]() -> PyObject* {
    const Var before = read(as_array(l));
    if (before.ndim() == 0 && !as_array(l)->view) return result.release().ptr();
    const Var& after = read(as_array(result.ptr()));
    if (!(after.shape() == before.shape())) {
      throw ShapeError("in-place operation: the result does not fit: the array is " + text(before.shape()) +
                       ", the result is " + text(after.shape()));
    }
    if (!fits_kind(after.dtype(), before.dtype())) {
      throw DtypeError("in-place operation: the result does not fit: the array is " +
                       std::string(text(before.dtype())) + ", the result is " + std::string(text(after.dtype())));
    }
    assign(as_array(l), converted(after, before.dtype()));
    return Py_NewRef(l);
  });
}
template <PyObject* (*op)(PyObject*, PyObject*)>
PyObject* inplace(PyObject* l, PyObject* r) {
  return in_place(l, r, op);
}
PyObject* power_two(PyObject* l, PyObject* r) { return nb_power(l, r, Py_None); }
PyObject* nb_inplace_power(PyObject* l, PyObject* r, PyObject*) { return in_place(l, r, power_two); }

/// Bits of whole numbers carry no derivative: NumPy's own function, by its protocol.
py::object bitwise(Op op, PyObject* l, PyObject* r) {
  const char* name = op == Op::logical_and ? "bitwise_and" : op == Op::logical_or ? "bitwise_or" : "bitwise_xor";
  return py::module_::import("numpy").attr(name)(py::handle(l), py::handle(r));
}

template <Op op>
PyObject* logical(PyObject* l, PyObject* r) {
  return guarded([&]() -> PyObject* {
    Var a, b;
    if (!convert(l, a) || !convert(r, b)) Py_RETURN_NOTIMPLEMENTED;
    if (!is_float(a.dtype()) && !is_float(b.dtype()) && (a.dtype() != Dtype::boolean || b.dtype() != Dtype::boolean)) {
      return bitwise(op, l, r).release().ptr();
    }
    if (is_float(a.dtype()) || is_float(b.dtype())) {
      throw DtypeError(std::string(rule::primitive(op).name) +
                       ": element type: & | ^ are for truth values and whole numbers: a is " +
                       std::string(text(a.dtype())) + ", b is " + std::string(text(b.dtype())));
    }
    return wrap(apply(op, a, b));
  });
}
PyObject* nb_invert(PyObject* o) {
  return guarded([&] {
    const Var& v = read(as_array(o));
    if (v.dtype() == Dtype::boolean) return wrap(logical_not(v));
    if (!is_float(v.dtype())) return py::module_::import("numpy").attr("invert")(py::handle(o)).release().ptr();
    throw DtypeError("invert: element type: ~ is for truth values and whole numbers: x is " +
                     std::string(text(v.dtype())));
  });
}

/// The one element of an array of size 1.
Value only(const Var& v, const char* what) {
  refuse_lanes(v, what);
  if (v.size() != 1)
    throw ShapeError(std::string(what) + ": more or less than one element: the array is " + text(v.shape()));
  return reshaped(Var(v.value), {}).value;
}
PyObject* whole_number(const Value& v) {
  const std::int64_t n = integer_element(v, 0);
  return v.dtype() == Dtype::uint64 ? PyLong_FromUnsignedLongLong(static_cast<std::uint64_t>(n))
                                    : PyLong_FromLongLong(n);
}
int nb_bool(PyObject* o) {
  try {
    const Var& v = read(as_array(o));
    const bool yes = complex_element(only(v, "bool"), 0) != 0.0;
    leave_guard(v, Guard::Kind::truth);
    return yes;
  } catch (...) {
    set_python_error();
    return -1;
  }
}
PyObject* nb_int(PyObject* o) {
  return guarded([&] {
    const Var& x = read(as_array(o));
    const Value v = only(x, "int");
    leave_guard(x, is_float(v.dtype()) ? Guard::Kind::integer : Guard::Kind::values);
    if (is_complex(v.dtype())) throw DtypeError("int: element type: a complex number is no integer: use .real");
    return is_float(v.dtype()) ? PyLong_FromDouble(element(v, 0)) : whole_number(v);
  });
}
PyObject* nb_index(PyObject* o) {
  return guarded([&] {
    const Var& v = read(as_array(o));
    if (is_float(v.dtype()) || v.dtype() == Dtype::boolean || v.ndim() != 0) {
      throw DtypeError("index: only an integer of shape () is an index: given " + std::string(text(v.dtype())) + " " +
                       text(v.shape()));
    }
    refuse_lanes(v, "index");
    leave_guard(v, Guard::Kind::values);
    return whole_number(v.value);
  });
}
PyObject* nb_float(PyObject* o) {
  return guarded([&] {
    only(peek(as_array(o)), "float");
    const Value one = only(plain(as_array(o), "float()"), "float");
    if (is_complex(one.dtype()))
      throw DtypeError("float: element type: a complex number is no float: use .real, or complex()");
    return PyFloat_FromDouble(element(one, 0));
  });
}

PyObject* compare(PyObject* l, PyObject* r, int how) {
  static constexpr Op ops[] = {Op::less, Op::less_equal, Op::equal, Op::not_equal, Op::greater, Op::greater_equal};
  if (!is_array(r) && (r == Py_None || PyUnicode_Check(r))) Py_RETURN_NOTIMPLEMENTED;
  return general(ops[how], l, r);
}

template <class F>
void* pointer(F* f) {
  return reinterpret_cast<void*>(f);
}

}  // namespace

void add_number_slots(std::vector<PyType_Slot>& slots) {
  const PyType_Slot numbers[] = {
      {Py_nb_add, pointer(binary<Op::add>)},
      {Py_nb_subtract, pointer(binary<Op::subtract>)},
      {Py_nb_multiply, pointer(binary<Op::multiply>)},
      {Py_nb_true_divide, pointer(binary<Op::divide>)},
      {Py_nb_floor_divide, pointer(binary<Op::floor_divide>)},
      {Py_nb_remainder, pointer(binary<Op::remainder>)},
      {Py_nb_divmod, pointer(nb_divmod)},
      {Py_nb_power, pointer(nb_power)},
      {Py_nb_matrix_multiply, pointer(nb_matmul)},
      {Py_nb_negative, pointer(unary<Op::negative>)},
      {Py_nb_positive, pointer(unary<Op::positive>)},
      {Py_nb_absolute, pointer(unary<Op::absolute>)},
      {Py_nb_invert, pointer(nb_invert)},
      {Py_nb_and, pointer(logical<Op::logical_and>)},
      {Py_nb_or, pointer(logical<Op::logical_or>)},
      {Py_nb_xor, pointer(logical<Op::logical_xor>)},
      {Py_nb_bool, pointer(nb_bool)},
      {Py_nb_int, pointer(nb_int)},
      {Py_nb_index, pointer(nb_index)},
      {Py_nb_float, pointer(nb_float)},
      {Py_nb_inplace_add, pointer(inplace<binary<Op::add>>)},
      {Py_nb_inplace_subtract, pointer(inplace<binary<Op::subtract>>)},
      {Py_nb_inplace_multiply, pointer(inplace<binary<Op::multiply>>)},
      {Py_nb_inplace_true_divide, pointer(inplace<binary<Op::divide>>)},
      {Py_nb_inplace_floor_divide, pointer(inplace<binary<Op::floor_divide>>)},
      {Py_nb_inplace_remainder, pointer(inplace<binary<Op::remainder>>)},
      {Py_nb_inplace_power, pointer(nb_inplace_power)},
      {Py_nb_inplace_and, pointer(inplace<logical<Op::logical_and>>)},
      {Py_nb_inplace_or, pointer(inplace<logical<Op::logical_or>>)},
      {Py_nb_inplace_matrix_multiply, pointer(inplace<nb_matmul>)},
      {Py_tp_richcompare, pointer(compare)},
  };
  slots.insert(slots.end(), std::begin(numbers), std::end(numbers));
}

}  // namespace wengert::bind
