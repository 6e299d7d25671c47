// DLPack: arrays handed from library to library without a copy.
// source : the C structures of DLPack 1.0, and "Python Specification for DLPack" (dmlc.github.io/dlpack)
#include <pybind11/stl.h>

#include "array.hpp"

#include "wengert/base/error.hpp"

namespace wengert::bind {
namespace {

struct DlDevice {
  std::int32_t type, id;
};
struct DlType {
  std::uint8_t code, bits;
  std::uint16_t lanes;
};
struct DlTensor {
  void* data;
  DlDevice device;
  std::int32_t ndim;
  DlType type;
  std::int64_t *shape, *strides;  // in elements; no strides: row-major
  std::uint64_t byte_offset;
};
/// Of the versions before 1.0: nothing says that the memory is not to be written.
struct Unversioned {
  DlTensor tensor;
  void* context;
  void (*deleter)(Unversioned*);
};
struct Versioned {
  std::uint32_t major, minor;
  void* context;
  void (*deleter)(Versioned*);
  std::uint64_t flags;
  DlTensor tensor;
};

constexpr std::int32_t cpu = 1;
constexpr std::uint64_t read_only = 1, is_copied = 2;

template <class M>
constexpr const char* fresh_name = std::is_same_v<M, Versioned> ? "dltensor_versioned" : "dltensor";
template <class M>
constexpr const char* used_name = std::is_same_v<M, Versioned> ? "used_dltensor_versioned" : "used_dltensor";

[[noreturn]] void refuse(const std::string& message) {
  PyErr_SetString(error_class("ExchangeError"), message.c_str());
  throw py::error_already_set();
}

/// "uint8" is an unsigned integer (1) of 8 bits: the names say what DLPack has numbers for.
DlType type_of(Dtype d) {
  const std::string_view name = text(d);
  const int code = name[0] == 'i' ? 0 : name[0] == 'u' ? 1 : name[0] == 'f' ? 2 : name[0] == 'c' ? 5 : 6;
  return {static_cast<std::uint8_t>(code), static_cast<std::uint8_t>(8 * item_size(d)), 1};
}

Dtype dtype_from(const DlType& t) {
  for (std::size_t k = 0; k < dtype_count; ++k) {
    const DlType each = type_of(static_cast<Dtype>(k));
    if (each.code == t.code && each.bits == t.bits && t.lanes == 1) return static_cast<Dtype>(k);
  }
  refuse("from_dlpack: element type: code " + std::to_string(t.code) + " of " + std::to_string(t.bits) + " bits and " +
         std::to_string(t.lanes) + " lanes has no dtype here");
}

/// A block that a capsule holds. Who takes the capsule may let go of it on any thread, Python's lock held or not.
template <class M>
void release_block(M* m) {
  if (!Py_IsInitialized()) return;
  const PyGILState_STATE state = PyGILState_Ensure();
  Storage::release(static_cast<Block*>(m->context));
  delete m;
  PyGILState_Release(state);
}

template <class M>
void drop_unused(PyObject* capsule) {
  if (!PyCapsule_IsValid(capsule, fresh_name<M>)) return;
  auto* m = static_cast<M*>(PyCapsule_GetPointer(capsule, fresh_name<M>));
  if (m->deleter) m->deleter(m);
}

template <class M>
PyObject* capsule_of(Storage a, std::uint64_t flags) {
  auto m = std::make_unique<M>();
  m->tensor = {a->data, {cpu, 0}, a->ndim, type_of(a->dtype), a->dims(), a->dims() + a->ndim, 0};
  m->deleter = release_block<M>;
  m->context = a.get();
  if constexpr (std::is_same_v<M, Versioned>) {
    m->major = 1;
    m->minor = 0;
    m->flags = flags;
  }
  PyObject* capsule = PyCapsule_New(m.get(), fresh_name<M>, drop_unused<M>);
  if (!capsule) throw py::error_already_set();
  static_cast<void>(a.take());  // the capsule's now
  static_cast<void>(m.release());
  return capsule;
}

/// The memory itself goes out read-only, which only a versioned capsule can say; what may be written is a copy.
py::object to_dlpack(const py::object& o, bool versioned, std::optional<bool> copied) {
  const Value v = plain(as_array(o.ptr()), "__dlpack__").value;
  Storage a = v.is_array() ? v.storage() : array_of(v, Dtype::float64);
  if (!versioned && copied && !*copied) {
    refuse(
        "__dlpack__: copy=False: the memory is read-only to others, which only max_version=(1, 0) and later can say");
  }
  const bool copies = !versioned || (copied && *copied);
  if (copies) {
    const Storage own = allocate(a->dtype, a.shape());
    copy(a, own);
    a = own;
  }
  return py::reinterpret_steal<py::object>(versioned ? capsule_of<Versioned>(a, copies ? is_copied : read_only)
                                                     : capsule_of<Unversioned>(a, 0));
}

template <class M>
void drop_foreign(void* owner) {
  auto* m = static_cast<M*>(owner);
  if (m->deleter) m->deleter(m);
}

template <class M>
Storage borrowed(M* m) {
  const DlTensor& t = m->tensor;
  if (t.device.type != cpu) refuse("from_dlpack: device: of type " + std::to_string(t.device.type) + ", not the CPU");
  const Dtype d = dtype_from(t.type);
  const Shape shape(std::span(t.shape, static_cast<std::size_t>(t.ndim)));
  Dims strides = row_major(shape);
  if (t.strides) strides = Dims(std::span(t.strides, static_cast<std::size_t>(t.ndim)));
  std::byte* data = static_cast<std::byte*>(t.data) + t.byte_offset;
  if (element_count(shape) > 0 && reinterpret_cast<std::uintptr_t>(data) % (t.type.bits / 8u) != 0) {
    refuse("from_dlpack: memory: not aligned to its element type, " + std::string(text(d)));
  }
  return borrow(d, shape, strides, data, drop_foreign<M>, m);
}

/// Takes the memory out of a capsule. What its owner may still write is copied, unless `copied` forbids it.
template <class M>
Value taken(PyObject* capsule, std::optional<bool> copied) {
  auto* m = static_cast<M*>(PyCapsule_GetPointer(capsule, fresh_name<M>));
  std::uint64_t flags = 0;
  if constexpr (std::is_same_v<M, Versioned>) {
    flags = m->flags;
    if (m->major != 1) refuse("from_dlpack: version: " + std::to_string(m->major) + ", not 1");
  }
  const Storage seen = borrowed(m);
  PyCapsule_SetName(capsule, used_name<M>);
  const bool shares = (flags & is_copied) != 0 || (copied ? !*copied : (flags & read_only) != 0);
  if (shares) return settle(seen);
  const Storage own = allocate(seen->dtype, seen.shape());
  copy(seen, own);
  return settle(own);
}

Var from_dlpack(const py::object& o, std::optional<bool> copied) {
  if (PyCapsule_IsValid(o.ptr(), fresh_name<Versioned>)) return Var(taken<Versioned>(o.ptr(), copied));
  if (PyCapsule_IsValid(o.ptr(), fresh_name<Unversioned>)) return Var(taken<Unversioned>(o.ptr(), copied));
  refuse("from_dlpack: no unused capsule: given " + std::string(py::str(py::type::handle_of(o).attr("__name__"))));
}

}  // namespace

void add_dlpack(py::module_& m) {
  m.def("to_dlpack", to_dlpack);
  m.def("from_dlpack", from_dlpack);
}

}  // namespace wengert::bind
