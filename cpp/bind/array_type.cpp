// Life and death of handles: a free list, live bits on the tape, views.
#include "array.hpp"
#include "capture.hpp"
#include "layout.hpp"

#include "wengert/base/error.hpp"

namespace wengert::bind {

PyTypeObject* array_type = nullptr;
std::uint64_t write_count = 0;
std::uint64_t births = 0;

namespace {

constexpr int most_free = 256;
ArrayObject* free_list[most_free];
int free_count = 0;

PyObject* fresh() noexcept {
  if (free_count > 0) {
    PyObject* o = reinterpret_cast<PyObject*>(free_list[--free_count]);
    PyObject_Init(o, array_type);
    Py_DECREF(array_type);  // instances on the free list do not count as users of the type
    return o;
  }
  auto* o = PyObject_Malloc(sizeof(ArrayObject));
  if (!o) return PyErr_NoMemory();
  PyObject_Init(static_cast<PyObject*>(o), array_type);
  Py_DECREF(array_type);
  return static_cast<PyObject*>(o);
}

/// The vmap that an array may not outlive.
std::uint32_t level_of(const Var& v) {
  const Level* level = v.lanes ? innermost_of(v.lanes) : nullptr;
  return level ? level->serial() : 0;
}

/// Where the recording has started afresh since it was used last, its node has another number.
void follow(ArrayObject* a) noexcept {
  Recording* r = active();
  if (!r || !r->moves() || !a->var.recorded() || a->serial == r->serial()) return;
  const NodeId now = r->moved(a->serial, a->var.node);
  if (now == NodeId::none) return;
  a->var.node = now;
  a->serial = r->serial();
}

void unmark(ArrayObject* a) noexcept {
  follow(a);
  Recording* r = active();
  if (a->var.recorded() && r && r->serial() == a->serial) r->mark_dead(a->var.node);
}

void dealloc(PyObject* o) {
  ArrayObject* a = as_array(o);
  unmark(a);
  if (a->view) drop_view(a);
  a->var.~Var();
  if (free_count < most_free) free_list[free_count++] = a;
  else PyObject_Free(o);
}

void set_var(ArrayObject* a, Var v) {
  Recording* r = active();
  if (v.recorded()) r->mark_live(v.node);
  follow(a);
  const Var before = std::exchange(a->var, std::move(v));
  if (before.recorded() && r && r->serial() == a->serial && before.node != a->var.node) r->mark_dead(before.node);
  a->serial = a->var.recorded() ? r->serial() : 0;
  a->scope = a->var.recorded() ? r->scope() : 0;
  a->level = level_of(a->var);
  if (a->var.lanes) a->born = ++births;
  ++a->version;
}

Var forward(const View& view, const Var& base) {
  switch (view.how) {
    case View::How::index: return reshaped(sliced(base, view.slice), view.shape);
    case View::How::transpose: return transposed(base, view.axes);
    case View::How::broadcast: return broadcasted(base, view.shape);
    case View::How::reshape: break;
  }
  return reshaped(base, view.shape);
}

/// The base after the view became v.
Var backward(const View& view, const Var& base, const Var& v) {
  switch (view.how) {
    case View::How::index: {
      Shape cut;
      for (std::size_t k = 2; k < view.slice.size(); k += 3) cut.push_back(view.slice[k]);
      return slice_assigned(base, reshaped(v, cut), view.slice);
    }
    case View::How::transpose: {
      Dims back = view.axes;
      for (int k = 0; k < back.count(); ++k) back[static_cast<int>(view.axes[k])] = k;
      return transposed(v, back);
    }
    case View::How::broadcast:
      throw DomainError("assignment: a broadcast view is read-only: of shape " + text(view.shape) +
                        "; write into a copy of it");
    case View::How::reshape: break;
  }
  return reshaped(v, base.shape());
}

}  // namespace

bool rest() noexcept {
  if (capture) return true;
  try {
    active()->on_occasion();
    return true;
  } catch (...) {
    set_python_error();
    return false;
  }
}

void follow_moves(const py::object& x) {
  if (is_array(x.ptr())) follow(as_array(x.ptr()));
}

PyObject* wrap(Var v) noexcept {
  PyObject* o = fresh();
  if (!o) return nullptr;
  ArrayObject* a = as_array(o);
  new (&a->var) Var(std::move(v));
  a->view = nullptr;
  a->version = 0;
  a->serial = a->scope = a->level = 0;
  if (a->var.lanes) [[unlikely]] {
    a->level = level_of(a->var);
    a->born = ++births;
  }
  // A number that a program is given stays weak: it is what Python has there.
  if (a->var.value.is_weak() && !a->var.recorded()) a->var.value = settle(strided(a->var.value, a->var.dtype()));
  if (a->var.recorded()) {
    Recording* r = active();
    a->serial = r->serial();
    a->scope = r->scope();
    r->mark_live(a->var.node);
  }
  return o;
}

PyObject* wrap_view(ArrayObject* base, View view) {
  PyObject* o = wrap(forward(view, read(base)));
  if (!o) throw py::error_already_set();
  view.strides = strides_shown(view, base, as_array(o)->var.shape());
  view.base = Py_NewRef(reinterpret_cast<PyObject*>(base));
  view.base_version = base->version;
  view.seen_writes = write_count;
  as_array(o)->view = new View(std::move(view));
  return o;
}

void drop_view(ArrayObject* a) noexcept {
  View* view = std::exchange(a->view, nullptr);
  // Views of views of views: let go of them one after another, not one inside another.
  while (view) {
    PyObject* base = view->base;
    delete view;
    view = nullptr;
    if (Py_REFCNT(base) == 1 && is_array(base)) view = std::exchange(as_array(base)->view, nullptr);
    Py_DECREF(base);
  }
}

namespace {

/// Is the vmap that it is batched over still at work, on this thread?
bool in_its_vmap(const ArrayObject* a) { return !a->var.lanes || level_of(a->var) == a->level; }

/// Is the transform that made it still at work, on this thread?
bool reachable(ArrayObject* a) {
  if (!in_its_vmap(a)) return false;
  if (!a->var.recorded()) return true;
  follow(a);
  const Recording* r = active();
  return r && r->serial() == a->serial && (a->scope == r->scope() || r->has_scope(a->scope));
}

}  // namespace

namespace {

/// Reads views again whose bases were written: from the bottom of the chain up, without recursion.
void refresh(ArrayObject* a) {
  std::vector<ArrayObject*> chain;
  for (; a->view && a->view->seen_writes != write_count; a = as_array(a->view->base)) chain.push_back(a);
  for (std::size_t k = chain.size(); k-- > 0;) {
    View& view = *chain[k]->view;
    ArrayObject* base = as_array(view.base);
    if (base->version != view.base_version) {
      if (!reachable(base)) return;
      set_var(chain[k], forward(view, base->var));
      view.base_version = base->version;
    }
    view.seen_writes = write_count;
  }
}

}  // namespace

const Var& read(ArrayObject* a) {
  if (capture) [[unlikely]] {
    if (const Var* v = captured(a)) return *v;
  }
  if (a->view && a->view->seen_writes != write_count) refresh(a);
  if (a->var.recorded() || a->var.lanes) [[likely]] {
    if (!in_its_vmap(a)) {
      throw TapeError("array: used outside of its vmap: it differs from lane to lane of " + origin_of(a->level) +
                      ", which has ended (or runs on another thread); return it from the function");
    }
    if (!reachable(a)) {
      throw TapeError(
          "array: used outside of its recording: it was made by " + origin_of(a->scope) +
          ", which has ended (or runs on another thread); return it from the function, or take its value with "
          "wengert.stop_gradient inside");
    }
  }
  return a->var;
}

const Var& peek(ArrayObject* a) { return reachable(a) ? read(a) : a->var; }

const Var& plain(ArrayObject* a, const char* what) {
  if (!reachable(a) && !a->var.lanes && origin_of(a->scope).starts_with("Tape")) return a->var;
  const Var& v = read(a);
  refuse_plain(v, what);
  return v;
}

void assign(ArrayObject* a, Var v) {
  refuse_captured(a);
  read(a);
  ++write_count;
  std::vector<ArrayObject*> chain{a};
  while (chain.back()->view) chain.push_back(as_array(chain.back()->view->base));
  std::vector<Var> values{std::move(v)};
  for (std::size_t k = 0; k + 1 < chain.size(); ++k) {
    values.push_back(backward(*chain[k]->view, read(chain[k + 1]), values.back()));
  }
  for (std::size_t k = chain.size(); k-- > 0;) {
    set_var(chain[k], std::move(values[k]));
    if (!chain[k]->view) continue;
    chain[k]->view->base_version = chain[k + 1]->version;
    chain[k]->view->seen_writes = write_count;
  }
}

namespace {

PyObject* refuse_new(PyTypeObject*, PyObject*, PyObject*) {
  PyErr_SetString(error_class("ArgumentError"), "Array: made by wengert.asarray(...), not by calling the class");
  return nullptr;
}
Py_ssize_t length(PyObject* o) {
  try {
    const Var& v = peek(as_array(o));
    if (v.ndim() > 0) return v.shape()[0];
    PyErr_SetString(error_class("ArgumentError"), "len: the array has shape ()");
  } catch (...) {
    set_python_error();
  }
  return -1;
}
PyObject* sequence_item(PyObject* o, Py_ssize_t i) {
  py::int_ key(i);
  return get_item(o, key.ptr());
}

}  // namespace

void add_array_type(py::module_& m) {
  std::vector<PyType_Slot> slots{
      {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
      {Py_tp_new, reinterpret_cast<void*>(refuse_new)},
      {Py_tp_methods, array_methods},
      {Py_tp_getset, array_properties},
      {Py_tp_hash, reinterpret_cast<void*>(PyObject_HashNotImplemented)},
      {Py_mp_subscript, reinterpret_cast<void*>(get_item)},
      {Py_mp_ass_subscript, reinterpret_cast<void*>(set_item)},
      {Py_mp_length, reinterpret_cast<void*>(length)},
      {Py_sq_item, reinterpret_cast<void*>(sequence_item)},
      {Py_sq_length, reinterpret_cast<void*>(length)},
      {Py_bf_getbuffer, reinterpret_cast<void*>(array_buffer.bf_getbuffer)},
      {Py_bf_releasebuffer, reinterpret_cast<void*>(array_buffer.bf_releasebuffer)},
      {Py_tp_doc,
       const_cast<char*>("An array of numbers, and its place on the tape where derivatives are being recorded.")},
  };
  add_number_slots(slots);
  slots.push_back({0, nullptr});
  PyType_Spec spec{"wengert.Array", sizeof(ArrayObject), 0, Py_TPFLAGS_DEFAULT, slots.data()};
  array_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
  if (!array_type) throw py::error_already_set();
  m.add_object("Array", reinterpret_cast<PyObject*>(array_type));
}

}  // namespace wengert::bind
