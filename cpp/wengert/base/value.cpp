#include "wengert/base/value.hpp"

#include "wengert/base/error.hpp"

namespace wengert {

double element(const Value& v, std::int64_t i) {
  if (!v.is_array()) return v.as_double();
  return visit(v.dtype(),
               [&](auto x) { return static_cast<double>(reinterpret_cast<const decltype(x)*>(v.block()->data)[i]); });
}

std::int64_t integer_element(const Value& v, std::int64_t i) {
  if (!v.is_array()) return v.as_int();
  return visit(v.dtype(), [&](auto x) {
    return static_cast<std::int64_t>(reinterpret_cast<const decltype(x)*>(v.block()->data)[i]);
  });
}

bool fits_int32(const Value& v) {
  return v.kind() != Value::Kind::weak_int || v.as_int() == static_cast<std::int32_t>(v.as_int());
}

Storage strided(const Value& v, Dtype dtype) {
  if (v.is_array() && v.dtype() == dtype) return v.storage();
  if (dtype == Dtype::int32 && !fits_int32(v)) {
    throw DomainError("array: integer out of range: " + std::to_string(v.as_int()) + " does not fit int32");
  }
  Storage out = allocate(dtype, v.shape());
  if (v.is_array()) {
    copy(v.storage(), out);
  } else {
    visit(dtype, [&](auto x) {
      using T = decltype(x);
      *out.data<T>() = v.kind() == Value::Kind::weak_int ? static_cast<T>(v.as_int()) : static_cast<T>(v.as_double());
    });
  }
  return out;
}

Storage array_of(const Value& v, Dtype dtype) { return contiguous(strided(v, dtype)); }

Value settle(Storage a) {
  if (a->ndim == 0 && a->dtype == Dtype::float64) return Value::number(*a.data<double>());
  return Value(std::move(a));
}

Value full(Dtype dtype, const Shape& shape, double value) {
  if (shape.count() == 0 && dtype == Dtype::float64) return Value::number(value);
  Storage a = allocate(dtype, shape);
  fill(a, value);
  return Value(std::move(a));
}

}  // namespace wengert
