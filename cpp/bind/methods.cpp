// Attributes and protocols of the array type that are written in C++; the others are set from Python.
#include <pybind11/numpy.h>

#include <unordered_map>

#include "array.hpp"
#include "layout.hpp"

#include "wengert/base/error.hpp"
#include "wengert/rule/table.hpp"

namespace wengert::bind {
namespace {

PyObject* shape(PyObject* o, void*) {
  return guarded([&] { return py::cast(peek(as_array(o)).shape()).release().ptr(); });
}
PyObject* ndim(PyObject* o, void*) {
  return guarded([&] { return PyLong_FromLong(peek(as_array(o)).ndim()); });
}
PyObject* size(PyObject* o, void*) {
  return guarded([&] { return PyLong_FromLongLong(peek(as_array(o)).size()); });
}
PyObject* dtype(PyObject* o, void*) {
  static PyObject* known[dtype_count] = {};  // NumPy takes longer to find one than to use it
  return guarded([&] {
    const Dtype d = peek(as_array(o)).dtype();
    if (!known[index(d)]) known[index(d)] = py::dtype(std::string(text(d))).release().ptr();
    return Py_NewRef(known[index(d)]);
  });
}
PyObject* itemsize(PyObject* o, void*) {
  return guarded([&] { return PyLong_FromSize_t(item_size(peek(as_array(o)).dtype())); });
}
PyObject* lanes(PyObject* o, void*) {
  return guarded([&] {
    const Var& v = peek(as_array(o));
    Shape sizes = v.value.shape();
    sizes.resize(v.hidden(), 0);
    return py::cast(sizes).release().ptr();
  });
}
PyObject* levels(PyObject* o, void*) {
  return guarded([&] { return PyLong_FromUnsignedLong(peek(as_array(o)).lanes); });
}
PyObject* recorded(PyObject* o, void*) { return PyBool_FromLong(as_array(o)->var.recorded()); }
PyObject* transposed_view(PyObject* o, void*) {
  return guarded([&] {
    Dims axes;
    for (int k = read(as_array(o)).ndim() - 1; k >= 0; --k) axes.push_back(k);
    return wrap_view(as_array(o), View{View::How::transpose, {}, axes, {}, {}, nullptr, 0});
  });
}

/// __array__(dtype=None, copy=None)
PyObject* array_protocol(PyObject* o, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  return guarded([&]() -> PyObject* {
    py::object out = py::reinterpret_steal<py::object>(to_numpy(plain(as_array(o), "__array__").value));
    out = py::module_::import("numpy").attr("asarray")(out);
    const Py_ssize_t all = count + (names ? PyTuple_GET_SIZE(names) : 0);
    for (Py_ssize_t k = 0; k < all; ++k) {
      const bool copy =
          k >= count ? PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, k - count), "copy") == 0 : k == 1;
      if (!copy && args[k] != Py_None) out = out.attr("astype")(py::handle(args[k]));
      if (copy && args[k] == Py_False) throw DomainError("__array__: copy=False: the values have to be copied");
    }
    return out.release().ptr();
  });
}

/// complex(x), of one element
PyObject* complex_protocol(PyObject* o, PyObject*) {
  return guarded([&]() -> PyObject* {
    const Var& v = plain(as_array(o), "complex()");
    if (v.size() != 1) {
      throw ShapeError("complex: more or less than one element: the array is " + text(v.shape()));
    }
    const std::complex<double> z = complex_element(reshaped(Var(v.value), {}).value, 0);
    return PyComplex_FromDoubles(z.real(), z.imag());
  });
}

struct Ufunc {
  Op op;
  int arity;
};
std::unordered_map<PyObject*, Ufunc>* ufuncs = nullptr;
PyObject *call_name = nullptr, *ufunc_fallback = nullptr;

/// __array_ufunc__(ufunc, method, *inputs, **kwargs)
PyObject* ufunc_protocol(PyObject*, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  if (!at_rest()) return nullptr;
  if (!names && count >= 3 && (args[1] == call_name || PyUnicode_Compare(args[1], call_name) == 0)) {
    const auto found = ufuncs->find(args[0]);
    if (found != ufuncs->end() && count == 2 + found->second.arity) {
      return guarded([&]() -> PyObject* {
        if (count == 3 && is_array(args[2])) return wrap(apply(found->second.op, read(as_array(args[2]))));
        Var a, b;
        const char* name = rule::primitive(found->second.op).name.data();
        if (!convert(args[2], a, name)) Py_RETURN_NOTIMPLEMENTED;
        if (count == 3) return wrap(apply(found->second.op, a));
        if (!convert(args[3], b, name)) Py_RETURN_NOTIMPLEMENTED;
        return wrap(apply(found->second.op, a, b));
      });
    }
  }
  if (!ufunc_fallback) Py_RETURN_NOTIMPLEMENTED;
  return PyObject_Vectorcall(ufunc_fallback, args, static_cast<std::size_t>(count), names);
}

/// The one size that may be -1, worked out; a shape that does not hold the same elements is refused.
Shape fitting(const Var& x, const Shape& asked) {
  Shape to = asked;
  int open = -1;
  for (int k = 0; k < to.count(); ++k) {
    if (to[k] == -1 && open < 0) to[open = k] = 1;
    else if (to[k] < 0) open = to.count();  // two, or another negative size
  }
  const bool fits = open < to.count() && (open < 0 ? element_count(to) == x.size()
                                                   : element_count(to) > 0 && x.size() % element_count(to) == 0);
  if (!fits) {
    throw ShapeError("reshape: sizes differ: the array is " + text(x.shape()) + ", the shape asked for is " +
                     text(asked));
  }
  if (open >= 0) to[open] = x.size() / element_count(to);
  return to;
}

PyObject* view_as(PyObject* o, PyObject* shape_object) {
  return guarded([&]() -> PyObject* {
    const Var& x = read(as_array(o));
    const Shape to = fitting(x, py::cast<Dims>(py::handle(shape_object)));
    const bool shows = x.ndim() > 0 && to.count() > 0 && strides_in_place(x.shape(), numpy_strides(as_array(o)), to);
    if (!shows) return wrap(reshaped(x, to));
    return wrap_view(as_array(o), View{View::How::reshape, {}, {}, to, {}, nullptr, 0});
  });
}
PyObject* broadcast_as(PyObject* o, PyObject* shape_object) {
  return guarded([&] {
    const Shape to = py::cast<Dims>(py::handle(shape_object));
    const Var& x = read(as_array(o));
    if (x.ndim() == 0 || !broadcasts_to(x.shape(), to)) return wrap(broadcasted(x, to));
    return wrap_view(as_array(o), View{View::How::broadcast, {}, {}, to, {}, nullptr, 0});
  });
}
/// x.reshape(2, 3), x.reshape((2, -1)), x.reshape(6); what has keywords is rare and Python's
PyObject* reshape(PyObject* o, PyObject* const* args, Py_ssize_t count, PyObject* names) {
  if (names) {
    return guarded([&] {
      py::dict keywords;
      for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(names); ++k) {
        keywords[py::handle(PyTuple_GET_ITEM(names, k))] = py::handle(args[count + k]);
      }
      py::object shape = py::tuple(count);
      for (Py_ssize_t k = 0; k < count; ++k) PyTuple_SET_ITEM(shape.ptr(), k, Py_NewRef(args[k]));
      if (count == 1) shape = py::reinterpret_borrow<py::object>(args[0]);
      return py::module_::import("wengert.numpy").attr("reshape")(py::handle(o), shape, **keywords).release().ptr();
    });
  }
  if (count == 1 && (PyTuple_Check(args[0]) || PyList_Check(args[0]))) return view_as(o, args[0]);
  return guarded([&] {
    py::tuple sizes(count);
    for (Py_ssize_t k = 0; k < count; ++k) sizes[static_cast<std::size_t>(k)] = py::handle(args[k]);
    return view_as(o, sizes.ptr());
  });
}
PyObject* transpose_as(PyObject* o, PyObject* axes_object) {
  return guarded([&] {
    const Dims given = py::cast<Dims>(py::handle(axes_object));
    const int n = read(as_array(o)).ndim();
    Dims axes;
    for (const std::int64_t k : given) {
      const int axis = normal_axis("transpose", k, n);
      if (!axes.contains(axis)) axes.push_back(axis);
    }
    if (axes.count() != n || given.count() != n) {
      throw ShapeError("transpose: an axis is missing or given twice: the axes are " + text(given) + " for " +
                       std::to_string(n) + " dimensions");
    }
    return wrap_view(as_array(o), View{View::How::transpose, {}, axes, {}, {}, nullptr, 0});
  });
}

int get_buffer(PyObject* o, Py_buffer* view, int flags) {
  try {
    if (flags & PyBUF_WRITABLE) throw DomainError("buffer: the memory of an array is read-only to others");
    py::object array = py::module_::import("numpy").attr("asarray")(
        py::reinterpret_steal<py::object>(to_numpy(plain(as_array(o), "buffer").value)));
    return PyObject_GetBuffer(array.ptr(), view, flags);  // the view holds the NumPy array
  } catch (...) {
    set_python_error();
    view->obj = nullptr;
    return -1;
  }
}

template <class F>
PyCFunction method(F* f) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(f));
}

}  // namespace

PyMethodDef array_methods[] = {
    {"__array__", method(array_protocol), METH_FASTCALL | METH_KEYWORDS,
     "The values as a NumPy array; refused while recorded."},
    {"__complex__", complex_protocol, METH_NOARGS,
     "__complex__($self, /)\n--\n\nThe one element as a Python number; refused while recorded."},
    {"__array_ufunc__", method(ufunc_protocol), METH_FASTCALL | METH_KEYWORDS, "NumPy's ufuncs on recorded arrays."},
    {"reshape", method(reshape), METH_FASTCALL | METH_KEYWORDS,
     "A view of the same elements under another shape; one size may be -1."},
    {"_view_as", view_as, METH_O, "A view of another shape; one size may be -1."},
    {"_broadcast_as", broadcast_as, METH_O, "A read-only view of a larger shape."},
    {"_transpose_as", transpose_as, METH_O, "A view with axes in another order."},
    {nullptr, nullptr, 0, nullptr},
};
PyGetSetDef array_properties[] = {
    {"shape", shape, nullptr, "Sizes along the axes.", nullptr},
    {"ndim", ndim, nullptr, "Number of axes.", nullptr},
    {"size", size, nullptr, "Number of elements.", nullptr},
    {"dtype", dtype, nullptr, "Element type, as NumPy's dtype.", nullptr},
    {"itemsize", itemsize, nullptr, "Bytes an element.", nullptr},
    {"recorded", recorded, nullptr, "Is this array on a tape?", nullptr},
    {"_lanes", lanes, nullptr, "Sizes of the vmap axes that this array differs along, the outermost first.", nullptr},
    {"_levels", levels, nullptr, "The vmaps that this array differs along: bit k is the k-th one at work.", nullptr},
    {"T", transposed_view, nullptr, "A view with the axes in reverse order.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};
PyBufferProcs array_buffer{get_buffer, nullptr};

void find_ufuncs() {
  ufuncs = new std::unordered_map<PyObject*, Ufunc>();
  call_name = PyUnicode_InternFromString("__call__");
  const py::module_ numpy = py::module_::import("numpy");
  const py::object ufunc_type = numpy.attr("ufunc");
  for (const rule::Primitive& p : rule::table()) {
    const std::string name(p.name);
    if (!py::hasattr(numpy, name.c_str())) continue;
    const py::object f = numpy.attr(name.c_str());
    if (py::isinstance(f, ufunc_type)) ufuncs->emplace(f.inc_ref().ptr(), Ufunc{p.op, p.arity});
  }
}

void add_protocols(py::module_& m) {
  m.def("set_ufunc_fallback", [](const py::object& f) { ufunc_fallback = py::object(f).release().ptr(); });
}

}  // namespace wengert::bind
