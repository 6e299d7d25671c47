// One Python function for each elementwise primitive, made by a loop over the table.
#include <array>

#include "array.hpp"

#include "wengert/base/error.hpp"
#include "wengert/rule/table.hpp"

namespace wengert::bind {
namespace {

PyObject* wrong_count(const rule::Primitive& p, Py_ssize_t count) {
  PyErr_Format(error_class("ArgumentError"), "%s: takes %d operand(s), given %zd", std::string(p.name).c_str(), p.arity,
               count);
  return nullptr;
}

template <class R>
PyObject* function(PyObject*, PyObject* const* args, Py_ssize_t count) {
  static const std::string name(R::name);
  if (count != R::arity) return wrong_count(rule::primitive(R::op), count);
  return guarded([&] {
    if constexpr (R::arity == 1) {
      if (is_array(args[0])) return wrap(apply(R::op, read(as_array(args[0]))));
      return wrap(apply(R::op, require(args[0], name.c_str())));
    } else {
      return wrap(apply(R::op, require(args[0], name.c_str()), require(args[1], name.c_str())));
    }
  });
}

/// "sin(x)\n--\n\nSine of x in radians." : the signature that inspect reads, and the doc.
std::string doc_of(const rule::Primitive& p) {
  return std::string(p.name) + (p.arity == 1 ? "(x, /)" : "(a, b, /)") + "\n--\n\n" + std::string(p.doc);
}

}  // namespace

void add_functions(py::module_& m) {
  static std::vector<std::string> texts;
  static std::vector<PyMethodDef> methods;
  texts.reserve(2 * rule::op_count);
  rule::each_rule([]<class R>() {
    texts.emplace_back(R::name);
    const char* name = texts.back().c_str();
    texts.push_back(doc_of(rule::primitive(R::op)));
    methods.push_back({name, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function<R>)), METH_FASTCALL,
                       texts.back().c_str()});
  });
  methods.push_back({nullptr, nullptr, 0, nullptr});
  py::module_ functions = m.def_submodule("elementwise", "The elementwise primitives.");
  if (PyModule_AddFunctions(functions.ptr(), methods.data()) < 0) throw py::error_already_set();
}

}  // namespace wengert::bind
