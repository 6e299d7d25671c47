#include "wengert/base/value.hpp"

#include "wengert/base/error.hpp"

namespace wengert {

namespace {

template <class To>
To element_as(const Value& v, std::int64_t i) {
  return visit(v.dtype(),
               [&](auto x) { return converted_element<To>(reinterpret_cast<const decltype(x)*>(v.block()->data)[i]); });
}

}  // namespace

Value Value::weak(std::complex<double> z) {
  Storage a = allocate(Dtype::complex128, {});
  *a.data<std::complex<double>>() = z;
  Value v(std::move(a));
  v.kind_ = Kind::weak_complex;
  return v;
}

double element(const Value& v, std::int64_t i) { return v.is_array() ? element_as<double>(v, i) : v.as_double(); }
std::int64_t integer_element(const Value& v, std::int64_t i) {
  return v.is_array() ? element_as<std::int64_t>(v, i) : v.as_int();
}
std::complex<double> complex_element(const Value& v, std::int64_t i) {
  return v.is_array() ? element_as<std::complex<double>>(v, i) : v.as_double();
}

bool fits(const Value& v, Dtype d) {
  if (v.kind() != Value::Kind::weak_int || !is_integer(d)) return true;
  const std::int64_t n = v.as_int();
  if (is_unsigned(d) && n < 0) return false;
  if (item_size(d) == 8) return true;
  const int bits = static_cast<int>(8 * item_size(d)) - !is_unsigned(d);
  return (n < 0 ? -(n + 1) : n) >> bits == 0;
}

Storage strided(const Value& v, Dtype dtype) {
  if (v.is_array() && v.dtype() == dtype) return v.storage();
  if (!fits(v, dtype)) {
    throw DomainError("array: integer out of range: " + std::to_string(v.as_int()) + " does not fit " +
                      std::string(text(dtype)));
  }
  Storage out = allocate(dtype, v.shape());
  if (v.is_array()) {
    copy(v.storage(), out);
  } else {
    visit(dtype, [&](auto x) {
      using T = decltype(x);
      const bool whole = v.kind() == Value::Kind::weak_int;
      *out.data<T>() = whole ? converted_element<T>(v.as_int()) : converted_element<T>(v.as_double());
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
