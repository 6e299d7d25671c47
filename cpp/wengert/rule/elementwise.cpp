#include "wengert/rule/elementwise.hpp"

#include "wengert/base/error.hpp"
#include "wengert/rule/cursor.hpp"

namespace wengert::rule {
namespace {

std::string named(const Primitive& p) { return std::string(p.name); }

/// Truth values have no minus and no difference in NumPy.
void refuse_truth(const Primitive& p) {
  if (p.op == Op::negative || p.op == Op::subtract || p.op == Op::positive || p.op == Op::sign) {
    throw DtypeError(named(p) + ": element type: the operands are bool; use logical_not, logical_xor or astype(int)");
  }
}

void refuse_negative_powers(const Storage& b) {
  for (std::int64_t i = 0; i < b->size; ++i) {
    if (integer_element(Value(b), i) < 0) {
      throw DomainError("power: an integer to a negative integer power is no integer: make the base a float");
    }
  }
}

bool same_shape(const Storage& a, const Storage& b) {
  return a->ndim == b->ndim && std::equal(a->dims(), a->dims() + a->ndim, b->dims());
}

Value run(const Primitive& p, ValueLoop loop, Dtype result, const Storage& a, const Storage* b) {
  if (!b || same_shape(a, *b)) {
    if (a->contiguous && (!b || (*b)->contiguous)) {
      Storage y = allocate(result, std::span(a->dims(), a->ndim));
      loop(a->data, b ? (*b)->data : nullptr, y->data, y->size);
      return settle(std::move(y));
    }
  }
  const Shape shape = b ? broadcast(p.name, a.shape(), b->shape()) : a.shape();
  Storage y = allocate(result, shape);
  Cursor from_a(&a, shape), from_b(b, shape);
  const auto step = static_cast<std::int64_t>(item_size(result));
  for (std::int64_t i = 0; i < y->size; i += block_size) {
    const std::int64_t count = std::min(block_size, y->size - i);
    const void* pa = from_a.next(count);
    loop(pa, from_b.next(count), y->data + i * step, count);
  }
  return settle(std::move(y));
}

}  // namespace

Dtype promoted(const Value& a, const Value& b) {
  if (a.is_weak() == b.is_weak()) return promote(a.dtype(), b.dtype());
  const Value& weak = a.is_weak() ? a : b;
  const Dtype strong = a.is_weak() ? b.dtype() : a.dtype();
  if (weak.kind() == Value::Kind::weak_float) return real(strong);
  return strong == Dtype::boolean ? Dtype::int64 : strong;
}

Dtype common_dtype(const Primitive& p, const Value& a, const Value* b) {
  const Dtype d = b ? promoted(a, *b) : a.dtype();
  return p.types == reals ? real(d) : d;
}

Value evaluate(const Primitive& p, const Value& a, const Value* b) {
  const Dtype d = common_dtype(p, a, b);
  const bool asks = p.types == compare;
  if (d == Dtype::float64 && !a.is_array() && !(b && b->is_array())) {
    const double y = p.number(a.as_double(), b ? b->as_double() : a.as_double());
    return asks ? full(Dtype::boolean, {}, y) : Value::number(y);
  }
  if (p.types == whole && !is_float(d)) return a.is_array() ? a : Value(strided(a, d));
  if (d == Dtype::boolean) refuse_truth(p);
  const ValueLoop loop = p.value[index(d)];
  if (!loop) throw DtypeError(named(p) + ": element type: no meaning for " + std::string(text(d)));
  const Storage sa = strided(a, d), sb = b ? strided(*b, d) : Storage();
  if (p.op == Op::power && !is_float(d) && d != Dtype::boolean) refuse_negative_powers(contiguous(sb));
  return run(p, loop, asks ? Dtype::boolean : d, sa, b ? &sb : nullptr);
}

void contribute(const Primitive& p, int k, const Contribution& in, const Storage& out, bool add) {
  const PartialLoop loop = p.partial[k][out->dtype == Dtype::float64][add];
  const unsigned reads = p.partials[k].reads;
  const Shape shape = out.shape();
  Cursor a(reads & 1 ? in.a : nullptr, shape), b(reads & 2 ? in.b : nullptr, shape),
      y(reads & 4 ? in.y : nullptr, shape), seed(in.seed, shape);
  const bool straight = a.straight() && b.straight() && y.straight() && seed.straight();
  const std::int64_t block = straight ? std::max<std::int64_t>(out->size, 1) : block_size;
  const auto step = static_cast<std::int64_t>(item_size(out->dtype));
  for (std::int64_t i = 0; i < out->size; i += block) {
    const std::int64_t count = std::min(block, out->size - i);
    const Reading reading{a.next(count), b.next(count), y.next(count)};
    loop(reading, seed.next(count), out->data + i * step, count);
  }
}

}  // namespace wengert::rule
