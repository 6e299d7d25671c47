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

PyObject* applied(const rule::Primitive& p, PyObject* const* args, Py_ssize_t count) {
  if (count != p.arity) return wrong_count(p, count);
  return guarded([&] {
    const char* const name = p.name.data();  // of a literal
    if (p.arity == 2) return wrap(apply(p.op, require(args[0], name), require(args[1], name)));
    return wrap(is_array(args[0]) ? apply(p.op, read(as_array(args[0]))) : apply(p.op, require(args[0], name)));
  });
}

/// All that is different from one to the next.
template <class R>
PyObject* function(PyObject*, PyObject* const* args, Py_ssize_t count) {
  return applied(rule::primitive(R::op), args, count);
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
