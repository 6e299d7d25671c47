#include "wengert/base/storage.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "wengert/base/error.hpp"
#include "wengert/base/odometer.hpp"
#include "wengert/base/pool.hpp"

namespace wengert {
namespace {

constexpr std::size_t header_bytes(std::size_t ndim) { return sizeof(Block) + 2 * ndim * sizeof(std::int64_t); }
constexpr std::size_t aligned(std::size_t bytes) {
  return (bytes + pool::alignment - 1) / pool::alignment * pool::alignment;
}

bool is_row_major(std::span<const std::int64_t> shape, std::span<const std::int64_t> strides) {
  std::int64_t step = 1;
  for (std::size_t k = shape.size(); k-- > 0;) {
    if (shape[k] != 1 && strides[k] != step) return false;
    step *= shape[k];
  }
  return true;
}

Block* make(Dtype dtype, std::span<const std::int64_t> shape, std::size_t data_bytes) {
  const std::size_t head = aligned(header_bytes(shape.size()));
  std::size_t bytes = head + data_bytes;
  auto* memory = static_cast<std::byte*>(pool::take(bytes));
  auto* block = new (memory) Block{
      1, dtype, static_cast<std::uint8_t>(shape.size()), true, 0, memory + head, bytes, nullptr, nullptr, nullptr};
  std::copy(shape.begin(), shape.end(), block->dims());
  return block;
}

Storage look(Dtype dtype, const Shape& shape, const Dims& strides, std::byte* data) {
  const std::int64_t size = element_count(shape);
  Block* block = make(dtype, shape, 0);
  std::copy(strides.begin(), strides.end(), block->dims() + shape.count());
  block->size = size;
  block->data = data;
  block->contiguous = size == 0 || is_row_major(shape, strides);
  return Storage(block);
}

Storage look_into(const Storage& base, Dtype dtype, const Shape& shape, const Dims& strides, std::byte* data) {
  Storage v = look(dtype, shape, strides, data);
  v->base = base->base ? base->base : base.get();
  Storage::retain(v->base);
  return v;
}

/// A straight run of elements written as another type's.
using RunCopy = void (*)(const std::byte* from, std::byte* to, Run run);

template <class From, class To>
void convert_run(const std::byte* from, std::byte* to, Run run) {
  const From* x = reinterpret_cast<const From*>(from);
  To* y = reinterpret_cast<To*>(to);
  if (run.step_a == 1 && run.step_b == 1) {
    for (std::int64_t k = 0; k < run.count; ++k) y[k] = converted_element<To>(x[k]);
    return;
  }
  for (std::int64_t k = 0; k < run.count; ++k) y[k * run.step_b] = converted_element<To>(x[k * run.step_a]);
}

template <class Bits>
void move_run(const std::byte* from, std::byte* to, Run run) {
  if (run.step_a == 1 && run.step_b == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(run.count) * sizeof(Bits));
    return;
  }
  const Bits* x = reinterpret_cast<const Bits*>(from);
  Bits* y = reinterpret_cast<Bits*>(to);
  for (std::int64_t k = 0; k < run.count; ++k) y[k * run.step_b] = x[k * run.step_a];
}

RunCopy run_copy(Dtype from, Dtype to) {
  if (from == to) return visit_bits(from, [](auto bits) -> RunCopy { return move_run<decltype(bits)>; });
  return visit(
      from, [&](auto x) { return visit(to, [](auto y) -> RunCopy { return convert_run<decltype(x), decltype(y)>; }); });
}

}  // namespace

void Storage::destroy(Block* block) noexcept {
  Block* base = block->base;
  if (block->drop) block->drop(block->owner);
  pool::give(block, block->bytes);
  release(base);  // a view's base is never a view: no chain to run down
}

Storage allocate(Dtype dtype, std::span<const std::int64_t> shape) {
  const std::int64_t size = element_count(shape);
  const std::size_t bytes = static_cast<std::size_t>(size) * item_size(dtype);
  Block* block = nullptr;
  try {
    block = make(dtype, shape, bytes);
  } catch (const std::bad_alloc&) {
    throw MemoryError("array: memory exhausted: shape " + text(shape) + " of " + std::string(text(dtype)) + " takes " +
                      std::to_string(bytes) + " bytes");
  }
  block->size = size;
  std::int64_t step = 1;
  std::int64_t* strides = block->dims() + block->ndim;
  for (int k = block->ndim - 1; k >= 0; --k) {
    strides[k] = step;
    step *= shape[static_cast<std::size_t>(k)];
  }
  return Storage(block);
}

Storage view(const Storage& base, const Shape& shape, const Dims& strides, std::int64_t offset) {
  const auto shift = offset * static_cast<std::int64_t>(item_size(base->dtype));
  return look_into(base, base->dtype, shape, strides, base->data + shift);
}

Storage part(const Storage& a, bool imaginary) {
  const Dtype d = part_of(a->dtype);
  Dims strides = a.strides();
  for (std::int64_t& step : strides) step *= 2;
  return look_into(a, d, a.shape(), strides, a->data + (imaginary ? item_size(d) : 0));
}

Storage borrow(Dtype dtype, const Shape& shape, const Dims& strides, std::byte* data, void (*drop)(void*),
               void* owner) {
  Storage b = look(dtype, shape, strides, data);
  b->drop = drop;
  b->owner = owner;
  return b;
}

Storage contiguous(const Storage& a) {
  if (a->contiguous) return a;
  Storage out = allocate(a->dtype, a.shape());
  copy(a, out);
  return out;
}

void copy(const Storage& from, const Storage& to) {
  if (from->dtype == to->dtype && from->contiguous && to->contiguous && from->size == to->size) {
    std::memcpy(to->data, from->data, static_cast<std::size_t>(to->size) * item_size(to->dtype));
    return;
  }
  const Shape shape = to.shape(), have = from.shape();
  if (!broadcasts_to(have, shape)) {
    throw ShapeError("copy: shapes differ: the elements are " + text(have) + ", the place is " + text(shape));
  }
  Dims strides;
  strides.resize(shape.count(), 0);
  const int shift = shape.count() - have.count();
  for (int k = 0; k < have.count(); ++k) strides[k + shift] = have[k] == 1 ? 0 : from->strides()[k];
  const Storage wide = shape == have ? from : view(from, shape, strides, 0);
  const RunCopy copy_run = run_copy(from->dtype, to->dtype);
  const auto item = static_cast<std::int64_t>(item_size(from->dtype)),
             place = static_cast<std::int64_t>(item_size(to->dtype));
  each_run(shape, wide.strides(), to.strides(), [&](std::int64_t i, std::int64_t j, Run run) {
    copy_run(from->data + i * item, to->data + j * place, run);
  });
}

void clear(const Storage& a) {
  std::memset(static_cast<void*>(a->data), 0, static_cast<std::size_t>(a->size) * item_size(a->dtype));
}

void fill(const Storage& a, double value) {
  visit(a->dtype, [&](auto x) {
    using T = decltype(x);
    std::fill_n(a.data<T>(), a->size, converted_element<T>(value));
  });
}

}  // namespace wengert
