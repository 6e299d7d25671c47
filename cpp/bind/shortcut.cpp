// The way of most calls of a compiled function: for speed, in a file of its own.
#include <pybind11/numpy.h>

#include <unordered_map>

#include "program.hpp"

namespace wengert::bind {
namespace {

/// The shortest way from a call to a program: for arguments that are numbers and arrays, one by one, and results that are
/// tuples, lists and dicts of arrays and of what is the same in each run.
class Shortcut {
 public:
  /// The result, or a null object where this way does not lead to one: no program, or a guard that does not hold.
  py::object run(const py::args& args) {
    std::string form;
    std::vector<Value> inputs;
    if (innermost_level() || !read(args, form, inputs)) return py::none();
    const auto found = entries_.find(form);
    if (found == entries_.end()) return py::none();
    const Entry entry = found->second;  // another thread may change the table meanwhile
    std::vector<Value> outputs;
    if (entry.handle->attempt(inputs, outputs)) return py::none();
    ++runs_;
    return entry.result(std::move(outputs), form.find('a') == std::string::npos);
  }
  /// From now on calls with arguments like these run this program; its results take the places of `array` in `tree`.
  void lead(const py::tuple& args, std::shared_ptr<Handle> handle, py::object tree, py::object array) {
    std::string form;
    std::vector<Value> inputs;
    if (!read(args, form, inputs)) return;
    if (entries_.size() >= most) entries_.clear();
    entries_[form] = {std::move(handle), std::move(tree), std::move(array)};
  }
  void clear() { entries_.clear(); }
  std::size_t runs() const { return runs_; }

 private:
  static constexpr std::size_t most = 64;
  struct Entry {
    std::shared_ptr<Handle> handle;
    py::object tree, array;

    py::object result(std::vector<Value> outputs, bool plain) const {
      auto next = outputs.begin();
      return filled(tree, next, plain);
    }
    py::object filled(const py::handle& node, std::vector<Value>::iterator& next, bool plain) const {
      if (node.is(array)) return Handle::result(std::move(*next++), plain);
      if (PyTuple_CheckExact(node.ptr())) {
        py::tuple all(py::len(node));
        for (std::size_t k = 0; k < all.size(); ++k) all[k] = filled(PyTuple_GET_ITEM(node.ptr(), k), next, plain);
        return all;
      }
      if (PyList_CheckExact(node.ptr())) {
        py::list all;
        for (const py::handle each : node) all.append(filled(each, next, plain));
        return all;
      }
      if (PyDict_CheckExact(node.ptr())) {
        py::dict all;
        for (const auto& [key, each] : py::reinterpret_borrow<py::dict>(node)) all[key] = filled(each, next, plain);
        return all;
      }
      return py::reinterpret_borrow<py::object>(node);
    }
  };
  static bool read(const py::handle& args, std::string& form, std::vector<Value>& inputs) {
    for (const py::handle arg : py::reinterpret_borrow<py::tuple>(args)) {
      PyObject* const o = arg.ptr();
      char kind = 'n';
      if (PyFloat_CheckExact(o)) {
        kind = 'f';
        inputs.push_back(Value::number(PyFloat_AS_DOUBLE(o)));
      } else if (is_array(o)) {
        const Var& v = peek(as_array(o));
        if (v.recorded() || v.lanes) return false;
        kind = 'a';
        inputs.push_back(v.value);
      } else if (PyFloat_Check(o) || py::isinstance<py::array>(arg)) {
        inputs.push_back(borrow_value(o, "compile"));
      } else {
        return false;
      }
      append_form(form, kind, inputs.back());
    }
    return true;
  }

  std::unordered_map<std::string, Entry> entries_;
  std::size_t runs_ = 0;
};

}  // namespace

void add_shortcut(py::module_& m) {
  py::class_<Shortcut>(m, "Shortcut", "The shortest way from a call to a program.")
      .def(py::init<>())
      .def("run", &Shortcut::run)
      .def("lead", &Shortcut::lead)
      .def("clear", &Shortcut::clear)
      .def_property_readonly("runs", &Shortcut::runs);
}

}  // namespace wengert::bind
