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

/// What truth values have in NumPy; other arithmetic on them is that of int8.
bool is_for_truth(Op op) {
  return op == Op::add || op == Op::multiply || op == Op::maximum || op == Op::minimum || op == Op::absolute;
}

/// The type that the rule runs in, on operands of type d.
Dtype runs_in(const Primitive& p, Dtype d) {
  if (d == Dtype::boolean && p.types == numbers && !is_for_truth(p.op)) {
    refuse_truth(p);
    return Dtype::int8;
  }
  return p.types == reals ? real(d) : d;
}

void refuse_negative_powers(const Storage& b) {
  if (is_unsigned(b->dtype)) return;
  for (std::int64_t i = 0; i < b->size; ++i) {
    if (integer_element(Value(b), i) < 0) {
      throw DomainError("power: an integer to a negative integer power is no integer: make the base a float");
    }
  }
}

/// Arrays of one type and shape that lie row by row: nothing to convert or to broadcast.
bool alike(const Value& a, const Value* b) {
  if (!a.is_array() || !a.block()->contiguous) return false;
  return !b ||
         (b->is_array() && b->block()->contiguous && b->dtype() == a.dtype() && same_shape(*a.block(), *b->block()));
}

Value run_alike(const Primitive& p, const Block& a, const Value* b) {
  Storage y = allocate(p.types == compare ? Dtype::boolean : a.dtype, std::span(a.dims(), a.ndim));
  p.value[index(a.dtype)](a.data, b ? b->block()->data : nullptr, y->data, y->size);
  return Value(std::move(y));
}

Value run(const Primitive& p, ValueLoop loop, Dtype result, const Storage& a, const Storage* b) {
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

/// An operand in type d, in the hands of d's carrier.
Storage carried(const Value& x, Dtype d) {
  Storage a = strided(x, d);
  return d == carrier(d) ? a : strided(Value(std::move(a)), carrier(d));
}

/// In the type that complex64 is computed in.
void contribute_carried(const Primitive& p, int k, const Contribution& in, const Storage& out, bool add) {
  const auto wide = [](const Storage* s) { return s && *s ? strided(Value(*s), Dtype::complex128) : Storage(); };
  const Storage a = wide(in.a), b = wide(in.b), y = wide(in.y), seed = wide(in.seed), sum = wide(&out);
  contribute(p, k, {&a, &b, &y, &seed}, sum, add);
  copy(sum, out);
}

}  // namespace

Dtype promoted(const Value& a, const Value& b) {
  if (a.is_weak() == b.is_weak()) return promote(a.dtype(), b.dtype());
  const Value& weak = a.is_weak() ? a : b;
  const Dtype strong = a.is_weak() ? b.dtype() : a.dtype();
  if (weak.kind() == Value::Kind::weak_complex) return complex_type(strong);
  if (weak.kind() == Value::Kind::weak_float) return real(strong);
  return strong == Dtype::boolean ? Dtype::int64 : strong;
}

Dtype looked_up_dtype(const Primitive& p, const Value& a, const Value* b) {
  const Dtype d = b ? promoted(a, *b) : a.dtype();
  if (p.types == compare && !(fits(a, d) && (!b || fits(*b, d)))) {
    return d == Dtype::uint64 ? Dtype::float64 : Dtype::int64;
  }
  return runs_in(p, d);
}

Type result_type(const Primitive& p, const Type& a, const Type* b) {
  const Dtype d = a.dtype;
  if (p.arity != (b ? 2 : 1)) throw ShapeError(named(p) + ": operands: expected " + std::to_string(p.arity));
  if (runs_in(p, d) != d || (b && b->dtype != d)) {
    throw DtypeError(named(p) + ": element type: not the one it runs in: given " + std::string(text(d)) +
                     (b ? " and " + std::string(text(b->dtype)) : ""));
  }
  const bool as_they_are = p.types == whole && !is_float(d);
  if (!as_they_are && !p.value[index(carrier(d))]) {
    throw DtypeError(named(p) + ": element type: no meaning for " + std::string(text(d)));
  }
  return {p.types == compare ? Dtype::boolean : d, b ? broadcast(p.name, a.shape, b->shape) : a.shape};
}

Value evaluate(const Primitive& p, const Value& a, const Value* b) {
  if (alike(a, b) && is_float(a.dtype()) && p.value[index(a.dtype())]) return run_alike(p, *a.block(), b);
  const Dtype d = common_dtype(p, a, b);
  const bool asks = p.types == compare;
  if (d == Dtype::float64 && !a.is_array() && !(b && b->is_array())) {
    const double y = p.number(a.as_double(), b ? b->as_double() : a.as_double());
    return asks ? full(Dtype::boolean, {}, y) : Value::number(y);
  }
  if (p.types == whole && !is_float(d)) return a.is_array() ? a : Value(strided(a, d));
  const ValueLoop loop = p.value[index(carrier(d))];
  if (!loop) throw DtypeError(named(p) + ": element type: no meaning for " + std::string(text(d)));
  const Storage sa = carried(a, d), sb = b ? carried(*b, d) : Storage();
  if (p.op == Op::power && is_integer(d)) refuse_negative_powers(contiguous(sb));
  Value y = run(p, loop, asks ? Dtype::boolean : carrier(d), sa, b ? &sb : nullptr);
  return asks || d == carrier(d) ? y : settle(strided(y, d));
}

void contribute(const Primitive& p, int k, const Contribution& in, const Storage& out, bool add) {
  if (out->dtype == Dtype::complex64) return contribute_carried(p, k, in, out, add);
  const PartialLoop loop = p.partial[k][partial_column(out->dtype)][add];
  const unsigned reads = p.partials[k].reads;
  const auto data = [](const Storage* s) -> const void* { return s && *s ? (*s)->data : nullptr; };
  const auto lies_alike = [&](const Storage* s, unsigned bit) {
    return !(reads & bit) || ((*s)->contiguous && (*s)->size == out->size);
  };
  if (lies_alike(in.a, 1) && lies_alike(in.b, 2) && lies_alike(in.y, 4) && (*in.seed)->contiguous &&
      (*in.seed)->size == out->size) {
    return loop({data(in.a), data(in.b), data(in.y)}, data(in.seed), out->data, out->size);
  }
  const Shape shape = out.shape();
  Cursor a(reads & 1 ? in.a : nullptr, shape), b(reads & 2 ? in.b : nullptr, shape),
      y(reads & 4 ? in.y : nullptr, shape), seed(in.seed, shape);
  const auto step = static_cast<std::int64_t>(item_size(out->dtype));
  for (std::int64_t i = 0; i < out->size; i += block_size) {
    const std::int64_t count = std::min(block_size, out->size - i);
    const Reading reading{a.next(count), b.next(count), y.next(count)};
    loop(reading, seed.next(count), out->data + i * step, count);
  }
}

}  // namespace wengert::rule
