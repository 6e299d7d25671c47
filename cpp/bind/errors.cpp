// C++ exceptions become the classes of wengert.errors.
#include <unordered_map>

#include "array.hpp"

#include "wengert/base/error.hpp"

namespace wengert::bind {

PyObject* error_class(const char* name) {
  return py::module_::import("wengert.errors").attr(name).ptr();  // kept alive by its module
}

namespace {

void set(const char* name, const char* message) { PyErr_SetString(error_class(name), message); }

}  // namespace

void set_python_error() noexcept {
  try {
    try {
      throw;
    } catch (py::error_already_set& e) {
      e.restore();
    } catch (const AxisError& e) {
      set("AxisError", e.what());
    } catch (const ShapeError& e) {
      set("ShapeError", e.what());
    } catch (const DtypeError& e) {
      set("DTypeError", e.what());
    } catch (const LinearAlgebraError& e) {
      set("LinAlgError", e.what());
    } catch (const DomainError& e) {
      set("DomainError", e.what());
    } catch (const NonFiniteError& e) {
      set("NonFiniteError", e.what());
    } catch (const IndexError& e) {
      set("IndexError", e.what());
    } catch (const TapeError& e) {
      set("TapeError", e.what());
    } catch (const FormatError& e) {
      set("FormatError", e.what());
    } catch (const StorageError& e) {
      set("StorageError", e.what());
    } catch (const MemoryError& e) {
      set("OutOfMemoryError", e.what());
    } catch (const std::bad_alloc&) {
      PyErr_NoMemory();
    } catch (const std::exception& e) {
      set("Error", e.what());
    }
  } catch (py::error_already_set& e) {
    e.restore();
  }
}

namespace {

std::string folder_of(const char* package) {
  return py::str(py::module_::import(package).attr("__path__").attr("__getitem__")(0));
}

}  // namespace

py::object user_frame() {
  static std::string own, numpy;  // under the interpreter's lock, which a guarded initialisation could wait for
  if (own.empty()) own = folder_of("wengert");
  if (numpy.empty()) numpy = folder_of("numpy");
  // Codes that were met, kept alive so that an address stays its own.
  static auto* const known = new std::unordered_map<PyObject*, bool>();
  const auto is_users = [](PyFrameObject* f) {
    const auto code = py::reinterpret_steal<py::object>(reinterpret_cast<PyObject*>(PyFrame_GetCode(f)));
    const auto [found, fresh] = known->try_emplace(code.ptr(), false);
    if (fresh) {
      const std::string file = py::str(code.inc_ref().attr("co_filename"));
      found->second = !file.starts_with(own) && !file.starts_with(numpy);
    }
    return found->second;
  };
  auto frame = py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(PyEval_GetFrame()));
  while (frame) {
    auto* f = reinterpret_cast<PyFrameObject*>(frame.ptr());
    if (is_users(f)) return frame;
    frame = py::reinterpret_steal<py::object>(reinterpret_cast<PyObject*>(PyFrame_GetBack(f)));
  }
  return py::none();
}

namespace {

/// A line and what underlines it, of a function that finds both.
std::string underlined(const py::tuple& text) {
  const std::string line = py::str(text[0]), caret = py::str(text[1]);
  return caret.empty() ? line : line + "\n" + caret;
}

py::object lines() { return py::module_::import("wengert._explain.lines"); }

}  // namespace

std::string user_line() { return underlined(lines().attr("current")()); }

namespace {

std::string at_user_line() {
  const std::string line = user_line();
  return line.empty() ? "" : "\n  at " + line;
}

}  // namespace

std::string line_of(const py::object& code, int instruction) {
  return underlined(lines().attr("line_of")(code, instruction));
}

void refuse_lanes(const Var& v, const char* what) {
  if (!v.lanes) return;
  const std::string message = std::string(what) +
                              ": the value differs from lane to lane of vmap, and Python wants one for all: it is " +
                              std::string(text(v.dtype())) + " of shape " + text(v.shape()) + at_user_line() +
                              "\n  use wengert.where(condition, x, y) for a branch, and arrays for numbers";
  PyErr_SetString(error_class("TracedValueError"), message.c_str());
  throw py::error_already_set();
}

void refuse_plain(const Var& v, const char* what) {
  refuse_lanes(v, what);
  if (!v.recorded()) return;
  // Truth values and integers are recorded for a program that is to run again only, and carry no derivative.
  if (!is_float(v.dtype())) return leave_guard(v, Guard::Kind::values);
  const std::string message =
      std::string(what) +
      ": a recorded array was asked for plain numbers, which would cut its derivative without a word: it is " +
      std::string(text(v.dtype())) + " of shape " + text(v.shape()) + at_user_line();
  PyErr_SetString(error_class("TracedValueError"), message.c_str());
  throw py::error_already_set();
}

}  // namespace wengert::bind
