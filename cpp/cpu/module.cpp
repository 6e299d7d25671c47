// wengert._cpu: what Python asks before it loads a core, whose first instruction may be one that this processor lacks.
// So this module alone is built for every processor, and shares no code with the others.
#include <Python.h>

#include "level.hpp"

namespace {

int add_level(PyObject* m) { return PyModule_AddStringConstant(m, "LEVEL", wengert::cpu::level()); }

PyModuleDef_Slot slots[] = {
    {Py_mod_exec, reinterpret_cast<void*>(add_level)},
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, nullptr},
};

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "_cpu",
                          "LEVEL: the highest instruction set that this processor has.",
                          0,
                          nullptr,
                          slots,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

PyMODINIT_FUNC PyInit__cpu() { return PyModuleDef_Init(&definition); }
