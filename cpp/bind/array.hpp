// The Python array: a CPython type of its own, since a call through a general dispatcher costs more than the arithmetic.
#pragma once
#include <pybind11/pybind11.h>

#include <memory>
#include <vector>

#include "wengert/tape/functions.hpp"
#include "wengert/tape/guards.hpp"
#include "wengert/tape/lanes.hpp"

namespace wengert::bind {

namespace py = pybind11;

/// How an array shows another's memory: read by `forward` from the base, written back by `backward`.
struct View {
  enum class How : std::uint8_t { index, transpose, reshape, broadcast } how;
  std::vector<std::int64_t> slice;  // index: attributes of the slice
  Dims axes;                        // transpose
  Shape shape;                      // index, reshape, broadcast: the shape shown
  Dims strides = {};                // that NumPy's view would have
  PyObject* base;
  std::uint32_t base_version;
  std::uint64_t seen_writes = 0;  // the count of all writes when this view was last found up to date
};

/// Writes to arrays so far, all of them: where it stands still, no view needs to look at its base.
extern std::uint64_t write_count;
/// Handles of batched arrays made so far.
extern std::uint64_t births;

struct ArrayObject {
  PyObject_HEAD Var var;
  std::uint32_t serial;   // of the recording that var.node is in
  std::uint32_t scope;    // of the transform that made it
  std::uint32_t version;  // counts writes
  std::uint32_t level;    // the innermost vmap that var.lanes names, by its serial
  std::uint64_t born;     // where var.lanes names any: the how manieth of such handles it is
  View* view;
};

extern PyTypeObject* array_type;

inline bool is_array(PyObject* o) { return Py_TYPE(o) == array_type; }
inline ArrayObject* as_array(PyObject* o) { return reinterpret_cast<ArrayObject*>(o); }

/// A new handle; null with a Python error set where memory is exhausted.
PyObject* wrap(Var v) noexcept;
/// The variable behind a handle: views read again, leaked ones refused (throws).
const Var& read(ArrayObject* a);
/// The same where only its form or its numbers are asked for: allowed after the recording ended.
const Var& peek(ArrayObject* a);
/// For plain numbers: refused while recorded, and for what leaked out of a transform; what a closed Tape holds may be read.
const Var& plain(ArrayObject* a, const char* what);
/// A recording that waits to be used again, or a new one; it goes back when nobody holds it.
std::shared_ptr<Recording> spare_recording();

/// Any number, array, or nested list of numbers; false where it is none of these.
bool convert(PyObject* o, Var& out, const char* operation = "asarray");
/// The same; throws DtypeError naming the operation.
Var require(PyObject* o, const char* operation);
/// The numbers of a Python number or array, where they lie: nobody may write them as long as they are looked at.
Value borrow_value(PyObject* o, const char* operation);
/// Gives a handle a new value: the base of a view is written too.
void assign(ArrayObject* a, Var v);
/// Another look at `base`, which the handle returned follows.
PyObject* wrap_view(ArrayObject* base, View view);
void drop_view(ArrayObject* a) noexcept;

/// A NumPy array (or scalar, for shape ()) of the values; `last` says that the caller lets go of v, so that its memory can be had.
PyObject* to_numpy(const Value& v, bool last = false);
/// Throws TracedValueError where a recorded array, or one that differs from lane to lane, is asked for plain numbers.
void refuse_plain(const Var& v, const char* what);
/// The same for what a recorded array may tell: its truth, a position.
void refuse_lanes(const Var& v, const char* what);

/// Sets a Python exception from the C++ one in flight.
void set_python_error() noexcept;
/// A class of wengert.errors.
PyObject* error_class(const char* name);
/// The innermost Python frame that is neither this package's nor NumPy's, or None.
py::object user_frame();
/// The line that is at work there, and the text of such a line, its file without folders.
Place place_here();
std::string line_at(Place place);
/// The code object and the line of it; None where that is not known.
py::object source_of(Place place);
/// "file:line: source", and a line that underlines the expression of this instruction, to stand behind "  at ".
std::string line_of(const py::object& code, int instruction);
/// The same of that frame, or "".
std::string user_line();

// array_type.cpp calls these to fill the type.
void add_number_slots(std::vector<PyType_Slot>& slots);
PyObject* get_item(PyObject* self, PyObject* key);
int set_item(PyObject* self, PyObject* key, PyObject* v);
extern PyMethodDef array_methods[];
extern PyGetSetDef array_properties[];
extern PyBufferProcs array_buffer;
void add_functions(py::module_& m);
void add_operations(py::module_& m);
void add_scope(py::module_& m);
void add_custom(py::module_& m);
void add_capture(py::module_& m);
void add_batching(py::module_& m);
void add_array_type(py::module_& m);
void add_table(py::module_& m);
void add_debug(py::module_& m);
void add_protocols(py::module_& m);
void add_dlpack(py::module_& m);
void add_program(py::module_& m);
void add_loop(py::module_& m);
void add_schedule(py::module_& m);
void add_webgpu(py::module_& m);
void add_explore(py::module_& m);
/// What the ufunc protocol needs to know of NumPy.
void find_ufuncs();
/// Name of the transform behind a serial, for errors.
std::string origin_of(std::uint32_t serial);
/// Keeps what `origin_of` says.
void remember_origin(std::uint32_t serial, std::string name, const py::object& code);
/// The code of a function, or the name of its type: never the function, which may hold on to anything.
py::object code_of(const py::object& function);

/// Brings an array's node up to date, where the recording has started afresh.
void follow_moves(const py::object& x);
/// Called where an operation begins and nobody holds numbers of nodes: a recording may start afresh. False: an exception.
bool rest() noexcept;
inline bool at_rest() noexcept {
  const Recording* r = active();
  return !r || r->passing() != 0 || rest();
}

/// Runs f, turning C++ exceptions into Python's.
template <class F>
PyObject* guarded(F&& f) noexcept {
  try {
    return f();
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

}  // namespace wengert::bind

namespace pybind11::detail {

/// Arrays pass through pybind11's own functions as what they are.
template <>
struct type_caster<wengert::Var> {
  PYBIND11_TYPE_CASTER(wengert::Var, const_name("wengert.Array"));
  bool load(handle source, bool) { return wengert::bind::convert(source.ptr(), value); }
  static handle cast(const wengert::Var& v, return_value_policy, handle) {
    PyObject* o = wengert::bind::wrap(v);
    if (!o) throw error_already_set();
    return o;
  }
};

/// Tuples of integers.
template <>
struct type_caster<wengert::Dims> {
  PYBIND11_TYPE_CASTER(wengert::Dims, const_name("tuple[int, ...]"));
  bool load(handle source, bool) {
    if (!PyTuple_Check(source.ptr()) && !PyList_Check(source.ptr())) return false;
    for (const handle item : reinterpret_borrow<sequence>(source)) {
      const Py_ssize_t n = PyNumber_AsSsize_t(item.ptr(), PyExc_OverflowError);
      if (n == -1 && PyErr_Occurred()) throw error_already_set();
      value.push_back(n);
    }
    return true;
  }
  static handle cast(const wengert::Dims& dims, return_value_policy, handle) {
    tuple t(dims.size());
    for (int k = 0; k < dims.count(); ++k) t[static_cast<std::size_t>(k)] = int_(dims[k]);
    return t.release();
  }
};

}  // namespace pybind11::detail
