// wengert._webgpu: programs to plans for graphics processors, and the rule table as JavaScript. One module for all
// instruction sets, loaded when a device or a page is first asked for: lowering waits for no arithmetic. It shares no code
// with the cores at run time.
#include <Python.h>

#include "wengert/js/formulas.hpp"
#include "wengert/webgpu/plan.hpp"

namespace {

using namespace wengert;

/// plan(program, prelude, software = False) -> JSON: the plan, or what is the matter, and at which node.
PyObject* plan(PyObject*, PyObject* args) {
  Py_buffer row;
  const char* prelude;
  int software = 0;
  if (!PyArg_ParseTuple(args, "y*s|p", &row, &prelude, &software)) return nullptr;
  std::string found;
  try {
    const std::span<const std::int64_t> all(static_cast<const std::int64_t*>(row.buf),
                                            static_cast<std::size_t>(row.len) / sizeof(std::int64_t));
    found = webgpu::planned_json(webgpu::SourceReader(all).read(), prelude, software != 0);
  } catch (const std::exception& e) {
    PyErr_SetString(PyExc_RuntimeError, e.what());
  }
  PyBuffer_Release(&row);
  if (PyErr_Occurred()) return nullptr;
  return PyUnicode_FromStringAndSize(found.data(), static_cast<Py_ssize_t>(found.size()));
}

PyObject* formulas(PyObject*, PyObject*) {
  const std::string found = js::formulas_json();
  return PyUnicode_FromStringAndSize(found.data(), static_cast<Py_ssize_t>(found.size()));
}

PyMethodDef functions[] = {{"plan", plan, METH_VARARGS, "The plan of a program, as JSON."},
                           {"formulas", formulas, METH_NOARGS, "Values and partials of the rule table, as JSON."},
                           {nullptr, nullptr, 0, nullptr}};

PyModuleDef_Slot slots[] = {
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, nullptr},
};

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "_webgpu",
                          "Programs to plans for graphics processors.",
                          0,
                          functions,
                          slots,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC PyInit__webgpu() { return PyModuleDef_Init(&definition); }
