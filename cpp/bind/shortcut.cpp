// The way of most calls of a compiled function: for speed, in a file of its own.
#include <pybind11/numpy.h>

#include <algorithm>
#include <unordered_map>

#include "program.hpp"

namespace wengert::bind {
namespace {

using Keys = std::vector<py::object>;

/// Keys in the order of their leaves, or none where not all of them are strings.
bool sorted_keys(PyObject* dict, Keys& keys) {
  PyObject *key = nullptr, *value = nullptr;
  bool in_order = true;
  for (Py_ssize_t at = 0; PyDict_Next(dict, &at, &key, &value);) {
    if (!PyUnicode_CheckExact(key)) return false;
    in_order = in_order && (keys.empty() || PyUnicode_Compare(keys.back().ptr(), key) < 0);
    keys.push_back(py::reinterpret_borrow<py::object>(key));
  }
  if (in_order) return true;
  std::ranges::sort(keys,
                    [](const py::object& a, const py::object& b) { return PyUnicode_Compare(a.ptr(), b.ptr()) < 0; });
  return true;
}

/// The arguments of a call: numbers and arrays, and what else they are, so that equal calls have equal forms.
class Arguments {
 public:
  std::string form;
  std::vector<Value> inputs;
  bool plain = true;  // no array of ours among them

  /// Whether they are tuples, lists and dicts of numbers, arrays that nothing records, strings and None.
  bool read(PyObject* o, int depth = 0) {
    if (depth == deepest) return false;
    if (PyFloat_CheckExact(o)) return take('f', Value::number(PyFloat_AS_DOUBLE(o)));
    if (is_array(o)) {
      const Var& v = peek(as_array(o));
      plain = false;
      return !v.recorded() && !v.lanes && take('a', v.value);
    }
    if (py::isinstance<py::array>(o) || PyFloat_Check(o)) return take('n', borrow_value(o, "compile"));
    if (PyTuple_CheckExact(o) || PyList_CheckExact(o)) return sequence(o, depth);
    if (PyDict_CheckExact(o)) return mapping(o, depth);
    return other(o);
  }

 private:
  static constexpr int deepest = 32;

  bool take(char kind, Value v) {
    append_form(form, kind, v);
    inputs.push_back(std::move(v));
    return true;
  }
  template <class Number>
  void tell(char kind, Number n) {
    form += kind;
    form.append(reinterpret_cast<const char*>(&n), sizeof n);
  }
  bool tell_text(PyObject* text) {
    Py_ssize_t size = 0;
    const char* const data = PyUnicode_AsUTF8AndSize(text, &size);
    if (data == nullptr) return PyErr_Clear(), false;
    tell('s', size);
    form.append(data, static_cast<std::size_t>(size));
    return true;
  }
  /// What may change meanwhile is looked at element by element, as long as it lasts.
  bool sequence(PyObject* o, int depth) {
    tell(PyTuple_CheckExact(o) ? '(' : '[', PySequence_Fast_GET_SIZE(o));
    for (Py_ssize_t k = 0; k < PySequence_Fast_GET_SIZE(o); ++k) {
      const auto item = py::reinterpret_borrow<py::object>(PySequence_Fast_GET_ITEM(o, k));
      if (!read(item.ptr(), depth + 1)) return false;
    }
    return true;
  }
  bool mapping(PyObject* o, int depth) {
    Keys keys;
    if (!sorted_keys(o, keys)) return false;
    tell('{', keys.size());
    return std::ranges::all_of(keys, [&](const py::object& key) {
      const auto item = py::reinterpret_borrow<py::object>(PyDict_GetItemWithError(o, key.ptr()));
      return item && tell_text(key.ptr()) && read(item.ptr(), depth + 1);
    });
  }
  /// What belongs to the signature as it is.
  bool other(PyObject* o) {
    if (o == Py_None) return form += 'N', true;
    if (PyBool_Check(o)) return form += o == Py_True ? 'T' : 'F', true;
    if (PyUnicode_CheckExact(o)) return tell_text(o);
    if (!PyLong_CheckExact(o)) return false;
    int beyond = 0;
    tell('i', PyLong_AsLongLongAndOverflow(o, &beyond));
    return beyond == 0;
  }
};

/// A program, and the tree of its results: those that stand where `array` does, others as they are.
class Entry {
 public:
  Entry() = default;
  Entry(std::shared_ptr<Handle> h, py::object results, py::object place)
      : handle(std::move(h)), tree_(std::move(results)), array_(std::move(place)) {
    sort_keys(tree_);
  }
  std::shared_ptr<Handle> handle;

  py::object result(std::vector<Value> outputs, bool plain) const {
    auto next = outputs.begin();
    return filled(tree_, next, plain);
  }

 private:
  using Next = std::vector<Value>::iterator;

  void sort_keys(const py::handle& node) {
    if (PyDict_CheckExact(node.ptr())) {
      Keys& keys = keys_[node.ptr()];
      sorted_keys(node.ptr(), keys);
      for (const py::object& key : keys) sort_keys(PyDict_GetItem(node.ptr(), key.ptr()));
    } else if (PyTuple_CheckExact(node.ptr()) || PyList_CheckExact(node.ptr())) {
      for (const py::handle each : node) sort_keys(each);
    }
  }
  py::object filled(const py::handle& node, Next& next, bool plain) const {
    if (node.is(array_)) return Handle::result(std::move(*next++), plain);
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
    if (PyDict_CheckExact(node.ptr())) return filled_dict(node, next, plain);
    return py::reinterpret_borrow<py::object>(node);
  }
  /// With its keys in the order that the function put them in.
  py::object filled_dict(const py::handle& node, Next& next, bool plain) const {
    auto all = py::reinterpret_steal<py::dict>(PyDict_Copy(node.ptr()));
    for (const py::object& key : keys_.at(node.ptr())) {
      all[key] = filled(PyDict_GetItem(node.ptr(), key.ptr()), next, plain);
    }
    return all;
  }

  py::object tree_, array_;
  std::unordered_map<PyObject*, Keys> keys_;  // of each dict in the tree, in the order of the leaves
};

/// The shortest way from a call to a program.
class Shortcut {
 public:
  /// The result, or None where this way does not lead to one: no program, or a guard that does not hold.
  py::object run(const py::args& args, const py::kwargs& kwargs) {
    Arguments given;
    if (innermost_level() || !read(args, kwargs, given)) return py::none();
    const auto found = entries_.find(given.form);
    if (found == entries_.end()) return py::none();
    const std::shared_ptr<const Entry> entry = found->second;  // another thread may change the table meanwhile
    std::vector<Value> outputs;
    if (entry->handle->attempt(given.inputs, outputs)) return py::none();
    ++runs_;
    return entry->result(std::move(outputs), given.plain);
  }
  /// From now on calls with arguments like these run this program; its results take the places of `array` in `tree`.
  void lead(const py::tuple& args, const py::dict& kwargs, std::shared_ptr<Handle> handle, py::object tree,
            py::object array) {
    Arguments given;
    if (!read(args, kwargs, given)) return;
    if (entries_.size() >= most) entries_.clear();
    entries_[given.form] = std::make_shared<const Entry>(std::move(handle), std::move(tree), std::move(array));
  }
  std::size_t runs() const { return runs_; }

 private:
  static constexpr std::size_t most = 64;

  static bool read(const py::tuple& args, const py::dict& kwargs, Arguments& given) {
    return given.read(args.ptr()) && (kwargs.empty() || given.read(kwargs.ptr()));
  }

  std::unordered_map<std::string, std::shared_ptr<const Entry>> entries_;
  std::size_t runs_ = 0;
};

}  // namespace

void add_shortcut(py::module_& m) {
  py::class_<Shortcut>(m, "Shortcut", "The shortest way from a call to a program.")
      .def(py::init<>())
      .def("run", &Shortcut::run)
      .def("lead", &Shortcut::lead)
      .def_property_readonly("runs", &Shortcut::runs);
}

}  // namespace wengert::bind
