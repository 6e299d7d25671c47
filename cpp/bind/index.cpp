// x[key] and x[key] = v, with NumPy's meaning: slices show the same memory, arrays of positions copy.
#include "array.hpp"

#include "wengert/base/error.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/tape/writes.hpp"

namespace wengert::bind {
namespace {

/// An axis of the result: from a slice of the operand, new, or from an array of positions.
struct Key {
  std::vector<std::int64_t> slice;            // start, step, count of every axis of the operand
  Shape basic;                                // the shape after slices, whole-number positions (gone) and new axes
  Shape cut;                                  // the shape after the slices alone
  std::vector<std::pair<int, Var>> advanced;  // axis of `basic`, positions
  bool copies() const { return !advanced.empty(); }
  bool together = true;  // the positions stand side by side
  bool dots = false;     // an ellipsis was given: even one element is shown, not read
};

[[noreturn]] void out_of_range(std::int64_t i, int axis, std::int64_t n) {
  throw IndexError("index: out of range: position " + std::to_string(i) + " of axis " + std::to_string(axis) +
                   " with size " + std::to_string(n));
}

/// Where a mask is true: positions along each of its axes.
std::vector<Var> positions_of(const Storage& mask) {
  const Storage m = contiguous(mask);
  std::vector<std::vector<std::int64_t>> at(m->ndim);
  const Dims steps = row_major(m.shape());
  for (std::int64_t i = 0; i < m->size; ++i) {
    if (!m.data<bool>()[i]) continue;
    for (int k = 0; k < m->ndim; ++k) at[static_cast<std::size_t>(k)].push_back(i / steps[k] % m->dims()[k]);
  }
  std::vector<Var> out;
  for (const auto& list : at) {
    const Storage a = allocate(Dtype::int64, Shape{static_cast<std::int64_t>(list.size())});
    std::copy(list.begin(), list.end(), a.data<std::int64_t>());
    out.emplace_back(Value(a));
  }
  return out;
}

class Parser {
 public:
  Parser(const Shape& shape, PyObject* given) : shape_(shape) {
    std::vector<PyObject*> items;
    if (PyTuple_Check(given)) {
      for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(given); ++k) items.push_back(PyTuple_GET_ITEM(given, k));
    } else {
      items.push_back(given);
    }
    int used = 0;
    for (PyObject* item : items) {
      if (item == Py_Ellipsis) {
        if (key.dots) throw IndexError("index: more than one ellipsis (...)");
        key.dots = true;
      } else {
        used += width(item);
      }
    }
    if (used > shape.count()) {
      throw IndexError("index: too many indices: " + std::to_string(used) + " for an array of shape " + text(shape));
    }
    // Beside an array of positions a whole number is one too, as in NumPy.
    const auto lists = [](const auto& each) { return each.second.ndim() > 0 || each.second.dtype() == Dtype::boolean; };
    among_lists_ = std::any_of(operands_.begin(), operands_.end(), lists);
    for (PyObject* item : items) {
      if (item == Py_Ellipsis) rest(shape.count() - used);
      else take(item);
    }
    rest(shape.count() - axis_);
  }
  Key key;

 private:
  int width(PyObject* item) {
    if (item == Py_None) return 0;
    if (PySlice_Check(item) || (PyLong_Check(item) && !PyBool_Check(item))) return 1;
    return operand(item).dtype() == Dtype::boolean ? operand(item).ndim() : 1;
  }
  Var operand(PyObject* item) {
    for (const auto& [o, v] : operands_) {
      if (o == item) return v;
    }
    Var v;
    if (!convert(item, v)) {
      throw IndexError("index: only integers, slices, None, ... and arrays of integers or bools: given " +
                       std::string(py::str(py::type::handle_of(item).attr("__name__"))));
    }
    if (v.dtype() == Dtype::float64 && v.size() == 0) v = converted(constant_of(v), Dtype::int64);  // x[[]]
    if (is_float(v.dtype())) {
      throw IndexError("index: positions must be integers or bools: given " + std::string(text(v.dtype())) +
                       " of shape " + text(v.shape()));
    }
    operands_.emplace_back(item, v);
    return v;
  }

  void rest(int count) {
    for (int k = 0; k < count; ++k) add(0, 1, shape_[axis_], true);
  }
  void add(std::int64_t start, std::int64_t step, std::int64_t count, bool keep) {
    key.slice.insert(key.slice.end(), {start, step, count});
    key.cut.push_back(count);
    if (keep) {
      key.basic.push_back(count);
      if (!key.advanced.empty()) closed_ = true;
    }
    ++axis_;
  }
  void take(PyObject* item) {
    if (item == Py_None) {
      key.basic.push_back(1);
      if (!key.advanced.empty()) closed_ = true;
    } else if (PySlice_Check(item)) {
      Py_ssize_t start, stop, step;
      if (PySlice_Unpack(item, &start, &stop, &step) < 0) throw py::error_already_set();
      const Py_ssize_t count = PySlice_AdjustIndices(shape_[axis_], &start, &stop, step);
      add(count ? start : 0, step, count, true);
    } else if (PyLong_Check(item) && !PyBool_Check(item)) {
      const Py_ssize_t i = PyLong_AsSsize_t(item);
      if (i == -1 && PyErr_Occurred()) throw py::error_already_set();
      if (among_lists_) advance(Var(Value(static_cast<std::int64_t>(i))));
      else whole(i);
    } else {
      positions(operand(item));
    }
  }
  void whole(std::int64_t i) {
    const std::int64_t n = shape_[axis_];
    if (i < -n || i >= n) out_of_range(i, axis_, n);
    add(i < 0 ? i + n : i, 1, 1, false);
  }
  void positions(const Var& v) {
    if (v.dtype() != Dtype::boolean) return advance(v);
    refuse_lanes(v, "index: a mask, which picks another number of elements in each lane");
    leave_guard(v, Guard::Kind::values);
    if (v.ndim() == 0) return answer(element(v.value, 0) != 0);
    const Shape mask = v.shape();
    for (int k = 0; k < mask.count(); ++k) {
      if (mask[k] != shape_[axis_ + k] && mask[k] != 0) {  // as NumPy: an empty mask fits any axis
        throw IndexError("index: the mask does not fit: the mask is " + text(mask) + ", the array is " + text(shape_));
      }
    }
    for (const Var& p : positions_of(contiguous(v.value.storage()))) advance(p);
  }
  /// One truth value: a new axis, of which it takes the one place or none.
  void answer(bool yes) {
    const Storage at = allocate(Dtype::int64, Shape{yes});
    clear(at);
    if (closed_) key.together = false;
    key.advanced.emplace_back(key.basic.count(), Var(Value(at)));
    key.basic.push_back(1);
  }
  void advance(const Var& v) {
    if (v.ndim() == 0 && !v.recorded() && !v.lanes && !among_lists_) return whole(integer_element(v.value, 0));
    const std::int64_t n = shape_[axis_];
    const Storage list = array_of(v.value, Dtype::int64);
    for (std::int64_t i = 0; i < list->size; ++i) {
      const std::int64_t p = list.data<std::int64_t>()[i];
      if (p < -n || p >= n) out_of_range(p, axis_, n);
    }
    if (closed_) key.together = false;
    key.advanced.emplace_back(key.basic.count(), converted(v, Dtype::int64));
    const bool was = closed_;
    add(0, 1, n, true);
    closed_ = was;
  }

  const Shape& shape_;
  int axis_ = 0;
  bool among_lists_ = false;
  bool closed_ = false;  // something stands behind the first arrays of positions
  std::vector<std::pair<PyObject*, Var>> operands_;
};

/// Row-major positions, in an array of shape key.basic, of what the arrays of positions pick.
Var flat_positions(const Key& key) {
  const Shape& shape = key.basic;
  const Dims steps = row_major(shape);
  Shape picked;
  for (const auto& [axis, p] : key.advanced) picked = broadcast("index", picked, p.shape());
  std::vector<bool> advanced(static_cast<std::size_t>(shape.count()));
  for (const auto& each : key.advanced) advanced[static_cast<std::size_t>(each.first)] = true;
  // The picked axes come where the first array stands, or in front where slices lie between the arrays.
  const int front = key.together ? key.advanced[0].first : 0;
  int behind = 0;
  for (int k = front; k < shape.count(); ++k) behind += !advanced[static_cast<std::size_t>(k)];
  Var at(Value(std::int64_t{0}));
  for (const auto& [axis, p] : key.advanced) {
    const Var wrapped = select_of(p < Var(Value(0)), p + Var(Value(shape[axis])), p);
    at = at + broadcasted(wrapped, picked) * Var(Value(steps[axis]));
  }
  at = reshape_with(at, behind);
  for (int k = 0, slot = shape.count() - static_cast<int>(key.advanced.size()); k < shape.count(); ++k) {
    if (advanced[static_cast<std::size_t>(k)]) continue;
    --slot;  // axes behind this one, the picked ones counted where they come
    const Storage run = allocate(Dtype::int64, Shape{shape[k]});
    for (std::int64_t i = 0; i < shape[k]; ++i) run.data<std::int64_t>()[i] = i * steps[k];
    at = at + reshape_with(Var(Value(run)), slot + (k < front ? picked.count() : 0));
  }
  return at;
}

Var basic_part(const Var& x, const Key& key) {
  bool all = true;
  for (int k = 0; k < x.ndim(); ++k) {
    const auto j = 3 * static_cast<std::size_t>(k);
    all = all && key.slice[j] == 0 && key.slice[j + 1] == 1 && key.slice[j + 2] == x.shape()[k];
  }
  return reshaped(all ? x : sliced(x, key.slice), key.basic);
}

bool simple_integer(PyObject* key, const Var& v, std::int64_t& i) {
  if (!PyLong_CheckExact(key) || v.ndim() != 1) return false;
  i = PyLong_AsSsize_t(key);
  if (i == -1 && PyErr_Occurred()) throw py::error_already_set();
  const std::int64_t n = v.shape()[0];
  if (i < -n || i >= n) out_of_range(i, 0, n);
  if (i < 0) i += n;
  return true;
}

/// A write that nobody else can see needs no copy of the array.
bool write_in_place(ArrayObject* a, const Key& key, const Var& v) {
  if (a->view || a->var.recorded() || v.recorded() || key.copies() || !a->var.value.is_array()) return false;
  if (a->var.lanes || v.lanes) return false;
  const Storage own = a->var.value.storage();
  if (own->refs != 2 || own->base || own->drop) return false;
  Shape shape;
  Dims strides;
  std::int64_t offset = 0;
  for (int k = 0; k < own->ndim; ++k) {
    const std::int64_t* triple = &key.slice[3 * static_cast<std::size_t>(k)];
    offset += triple[0] * own->strides()[k];
    strides.push_back(triple[1] * own->strides()[k]);
    shape.push_back(triple[2]);
  }
  copy(strided(v.value, own->dtype), view(own, shape, strides, offset));
  ++a->version;
  ++write_count;
  return true;
}

}  // namespace

PyObject* get_item(PyObject* self, PyObject* key_object) {
  if (!at_rest()) return nullptr;
  return guarded([&]() -> PyObject* {
    ArrayObject* a = as_array(self);
    const Var& x = read(a);
    std::int64_t i;
    if (simple_integer(key_object, x, i)) {
      const std::int64_t at[] = {i, 1, 1};
      return wrap(reshaped(sliced(x, at), {}));
    }
    Parser parser(x.shape(), key_object);
    Key& key = parser.key;
    if (key.copies()) return wrap(gathered(basic_part(x, key), flat_positions(key)));
    if (key.basic.count() == 0 && !key.dots) return wrap(basic_part(x, key));
    return wrap_view(a, View{View::How::index, std::move(key.slice), {}, key.basic, {}, nullptr, 0});
  });
}

namespace {

/// v with the shape of a place; NumPy lets leading axes of size 1 go.
Var fitted(const Var& v, const Shape& place) {
  Shape shape = v.shape();
  while (shape.count() > place.count() && shape[0] == 1) shape = Shape(std::span(shape.begin() + 1, shape.end()));
  if (!broadcasts_to(shape, place)) {
    throw ShapeError("assignment: shapes differ: the place is " + text(place) + ", the value is " + text(v.shape()));
  }
  return broadcasted(reshaped(v, shape), place);
}

void require_type(const Var& v, Dtype d) {
  const bool loses = is_complex(v.dtype()) && !is_complex(d);
  if (!loses && (!is_float(v.dtype()) || is_float(d) || !v.recorded())) return;
  throw DtypeError("assignment: the value does not fit: the array is " + std::string(text(d)) + ", the value is " +
                   (v.recorded() ? "a recorded " : "") + std::string(text(v.dtype())) + "; make the array " +
                   (loses ? "complex128" : "float64"));
}

/// Is it of the transform that is at work, and no view?
bool only_seen_here(const ArrayObject* a) {
  const Recording* r = active();
  return r && !a->view && a->var.recorded() && a->serial == r->serial() && a->scope == r->scope();
}

void set_part(ArrayObject* a, PyObject* key_object, const Var& given) {
  const Shape shape = read(a).shape();
  const Dtype d = read(a).dtype();
  require_type(given, d);
  // A number that a program is given is one of its inputs.
  const Var v = !given.value.is_weak() ? given
                : given.recorded()     ? converted(given, d)
                                       : settle(strided(given.value, d));
  Parser parser(shape, key_object);
  const Key& key = parser.key;
  if (key.copies()) {
    const Var x = read(a), positions = flat_positions(key);
    const Var part = scatter_assigned(basic_part(x, key), positions, fitted(v, positions.shape()));
    assign(a, slice_assigned(x, reshaped(part, key.cut), key.slice));
    return;
  }
  const Var whole = reshaped(fitted(v, key.basic), key.cut);
  if (write_in_place(a, key, whole)) return;
  std::optional<Var> over;
  if (only_seen_here(a)) over = written_over(a->var, whole, key.slice, 1);
  assign(a, over ? std::move(*over) : slice_assigned(read(a), whole, key.slice));
}

}  // namespace

int set_item(PyObject* self, PyObject* key_object, PyObject* value) {
  try {
    if (!value) throw DtypeError("delete: elements of an array cannot be deleted");
    set_part(as_array(self), key_object, require(value, "assignment"));
    return 0;
  } catch (...) {
    set_python_error();
    return -1;
  }
}

}  // namespace wengert::bind
