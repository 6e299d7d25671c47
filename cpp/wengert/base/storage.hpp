// Arrays of values: immutable once shared, strided, reference-counted, in pooled memory.
#pragma once
#include <cstddef>
#include <utility>

#include "wengert/base/dtype.hpp"
#include "wengert/base/shape.hpp"

namespace wengert {

/// One array: this header, its shape and strides, and (unless it is a view) its elements, in one piece of memory.
struct Block {
  std::uint32_t
      refs;  // plain: an array belongs to one thread at a time (Python's lock sees to it); others borrow its data
  Dtype dtype;
  std::uint8_t ndim;
  bool contiguous;    // row-major without gaps
  std::int64_t size;  // elements
  std::byte* data;
  std::size_t bytes;          // of this piece of memory, as the pool gave it
  Block* base;                // the array whose memory a view shows, else null
  void (*drop)(void* owner);  // how to let go of memory that came from outside, else null
  void* owner;

  std::int64_t* dims() { return reinterpret_cast<std::int64_t*>(this + 1); }
  const std::int64_t* dims() const { return reinterpret_cast<const std::int64_t*>(this + 1); }
  const std::int64_t* strides() const { return dims() + ndim; }  // in elements
};

/// A counted reference to a Block.
class Storage {
 public:
  Storage() = default;
  explicit Storage(Block* adopted) : block_(adopted) {}
  Storage(const Storage& other) : block_(other.block_) { retain(block_); }
  Storage(Storage&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  Storage& operator=(Storage other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~Storage() { release(block_); }

  Block* operator->() const { return block_; }
  Block* get() const { return block_; }
  Block* take() { return std::exchange(block_, nullptr); }
  explicit operator bool() const { return block_ != nullptr; }
  Shape shape() const { return Shape(std::span(block_->dims(), block_->ndim)); }
  Dims strides() const { return Dims(std::span(block_->strides(), block_->ndim)); }
  template <class T>
  T* data() const {
    return reinterpret_cast<T*>(block_->data);
  }
  /// Nobody else can see a write.
  bool unique() const { return block_->refs == 1 && !block_->base && !block_->drop; }

  static void retain(Block* block) {
    if (block) ++block->refs;
  }
  static void release(Block* block) {
    if (block && --block->refs == 0) destroy(block);
  }

 private:
  static void destroy(Block* block) noexcept;
  Block* block_ = nullptr;
};

inline bool same_shape(const Block& a, const Block& b) {
  bool same = a.ndim == b.ndim;
  for (int k = 0; same && k < a.ndim; ++k) same = a.dims()[k] == b.dims()[k];
  return same;
}

/// A row-major array whose elements are not set yet.
Storage allocate(Dtype dtype, std::span<const std::int64_t> shape);
/// Another look at the memory of `base`; `offset` and strides in elements.
Storage view(const Storage& base, const Shape& shape, const Dims& strides, std::int64_t offset);
/// The real or the imaginary parts of a complex array, where they lie.
Storage part(const Storage& a, bool imaginary);
/// Memory that somebody else owns and will not write; `drop(owner)` is called once it is not needed any more.
Storage borrow(Dtype dtype, const Shape& shape, const Dims& strides, std::byte* data, void (*drop)(void*), void* owner);
/// The same elements, row-major: the array itself where it is so already.
Storage contiguous(const Storage& a);
/// Elements of `from` (any strides, broadcasting) written to `to`, which has strides of its own; types may differ.
void copy(const Storage& from, const Storage& to);
void fill(const Storage& a, double value);
/// Zero everywhere; `a` is row-major.
void clear(const Storage& a);

}  // namespace wengert
