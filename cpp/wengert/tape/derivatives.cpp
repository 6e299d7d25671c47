#include "wengert/tape/derivatives.hpp"

#include <cstring>

#include "wengert/rule/elementwise.hpp"

namespace wengert {

Derivatives::Derivatives(const Recording& r, std::size_t first, std::size_t count)
    : r_(r), first_(first), count_(count), bytes_(count * sizeof(Slot) + 1) {
  slots_ = static_cast<Slot*>(pool::take(bytes_));
  std::memset(static_cast<void*>(slots_), 0, count * sizeof(Slot));
}

Derivatives::~Derivatives() {
  for (std::size_t i = 0; i < count_ && r_.has_arrays(); ++i) {
    if (r_.is_array(first_ + i)) Storage::release(slots_[i].block);
  }
  pool::give(slots_, bytes_);
}

Value Derivatives::get(std::size_t i) const {
  if (!r_.is_array(i)) return Value::number(slots_[i - first_].number);
  Block* block = slots_[i - first_].block;
  if (!block) {
    const Value v = r_.value(i);
    return full(v.dtype(), v.shape(), 0);
  }
  Storage::retain(block);
  return Value(Storage(block));
}

Storage Derivatives::take(std::size_t i) { return Storage(std::exchange(slots_[i - first_].block, nullptr)); }

void Derivatives::set(std::size_t i, const Value& v) {
  if (!r_.is_array(i)) {
    number(i) = v.as_double();
    return;
  }
  Storage::release(std::exchange(block(i), v.storage().take()));
}

void Derivatives::add(std::size_t i, Value v) {
  if (!r_.is_array(i)) {
    number(i) += element(v, 0);
    return;
  }
  Storage x = strided(v, r_.block(i)->dtype);
  v = Value();  // so that a lone reference stays lone
  if (!block(i)) {
    block(i) = x.take();
    return;
  }
  Storage y = take(i);
  accumulate(y, x);
  block(i) = y.take();
}

Storage Derivatives::writable(std::size_t i) {
  Storage y = take(i);
  if (!y) {
    const Block& x = *r_.block(i);
    y = allocate(x.dtype, std::span(x.dims(), x.ndim));
    clear(y);
  } else if (!y.unique() || !y->contiguous) {
    const Storage own = allocate(y->dtype, y.shape());
    copy(y, own);
    y = own;
  }
  return y;
}

void accumulate(Storage& y, const Storage& x) {
  const rule::Primitive& add = rule::primitive(Op::add);
  const rule::ValueLoop loop = add.value[index(y->dtype)];  // complex64 has none
  if (loop && y.unique() && y->contiguous && x->contiguous) {
    loop(y->data, x->data, y->data, y->size);
  } else if (loop && x.unique() && y->contiguous && x->contiguous) {
    loop(y->data, x->data, x->data, y->size);
    y = x;
  } else {
    const Value more(x);
    y = strided(rule::evaluate(add, Value(y), &more), y->dtype);
  }
}

}  // namespace wengert
