// A number or an array, with no derivative attached: what kernels take and give.
#pragma once
#include <cstring>

#include "wengert/base/storage.hpp"

namespace wengert {

/// 16 bytes. A float64 of shape () lives in place; other types and shapes live in a Block. Numbers that a program wrote
/// out (2.0, 3) are weak: they take the type of what they meet, as in NumPy 2.
class Value {
 public:
  /// Up to `weak_complex` there is a Block, of shape () for that one; in an order in which both questions are one comparison.
  enum class Kind : std::uint8_t { array, weak_complex, weak_float, weak_int, number };

  Value() = default;
  Value(double x) : Value(Kind::weak_float, x) {}
  Value(int n) : Value(static_cast<std::int64_t>(n)) {}
  Value(std::int64_t n) : kind_(Kind::weak_int) { payload_.integer = n; }
  Value(Storage a) : kind_(Kind::array) { payload_.block = a.take(); }
  Value(const Value& other) : payload_(other.payload_), kind_(other.kind_) {
    if (is_array()) Storage::retain(payload_.block);
  }
  Value(Value&& other) noexcept : payload_(other.payload_), kind_(std::exchange(other.kind_, Kind::number)) {}
  Value& operator=(Value other) noexcept {
    std::swap(payload_, other.payload_);
    std::swap(kind_, other.kind_);
    return *this;
  }
  ~Value() {
    if (is_array()) Storage::release(payload_.block);
  }
  /// A strong float64 of shape ().
  static Value number(double x) { return {Kind::number, x}; }
  /// A complex number that a program wrote out.
  static Value weak(std::complex<double> z);

  Kind kind() const { return kind_; }
  bool is_array() const { return kind_ <= Kind::weak_complex; }
  bool is_number() const { return kind_ == Kind::number; }
  bool is_weak() const { return kind_ > Kind::array && kind_ < Kind::number; }
  Dtype dtype() const {
    return is_array() ? payload_.block->dtype : kind_ == Kind::weak_int ? Dtype::int64 : Dtype::float64;
  }
  int ndim() const { return is_array() ? payload_.block->ndim : 0; }
  std::int64_t size() const { return is_array() ? payload_.block->size : 1; }
  Shape shape() const { return is_array() ? Shape(std::span(payload_.block->dims(), payload_.block->ndim)) : Shape(); }

  /// The float64 in place; only where !is_array().
  double as_double() const { return kind_ == Kind::weak_int ? static_cast<double>(payload_.integer) : payload_.number; }
  std::int64_t as_int() const {
    return kind_ == Kind::weak_int ? payload_.integer : static_cast<std::int64_t>(payload_.number);
  }
  Block* block() const { return payload_.block; }
  Storage storage() const {
    Storage::retain(payload_.block);
    return Storage(payload_.block);
  }
  Block* take_block() {
    kind_ = Kind::number;
    return payload_.block;
  }
  bool same_bits(const Value& other) const {
    return kind_ == other.kind_ && std::memcmp(&payload_, &other.payload_, sizeof payload_) == 0;
  }

 private:
  Value(Kind kind, double x) : kind_(kind) { payload_.number = x; }
  union Payload {
    double number;
    std::int64_t integer;
    Block* block;
  } payload_{0.0};
  Kind kind_ = Kind::number;
};

/// The element at `i` of a row-major array (or the number itself).
double element(const Value& v, std::int64_t i);
/// Of uint64 the same bits.
std::int64_t integer_element(const Value& v, std::int64_t i);
std::complex<double> complex_element(const Value& v, std::int64_t i);
/// False for a number written out that is too large for the type, or negative for one without a sign.
bool fits(const Value& v, Dtype d);
/// As an array of that type, row-major; `number` and weak values become arrays of shape ().
Storage array_of(const Value& v, Dtype dtype);
/// The same, with strides and broadcasting as they are.
Storage strided(const Value& v, Dtype dtype);
/// A fresh float64 result of shape () goes back in place.
Value settle(Storage a);
Value full(Dtype dtype, const Shape& shape, double value);

}  // namespace wengert
