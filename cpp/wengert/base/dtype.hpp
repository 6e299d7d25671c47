// Element types and NumPy 2's promotion among them.
#pragma once
#include <algorithm>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wengert {

/// Truth values, signed and unsigned integers, real and complex numbers; each group from narrow to wide.
enum class Dtype : std::uint8_t {
  boolean,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float32,
  float64,
  complex64,
  complex128
};
inline constexpr std::size_t dtype_count = 13;

constexpr std::size_t index(Dtype d) { return static_cast<std::size_t>(d); }
/// Real or complex: does it carry derivatives?
constexpr bool is_float(Dtype d) { return d >= Dtype::float32; }
constexpr bool is_complex(Dtype d) { return d >= Dtype::complex64; }
constexpr bool is_unsigned(Dtype d) { return d >= Dtype::uint8 && d <= Dtype::uint64; }
constexpr bool is_integer(Dtype d) { return d > Dtype::boolean && d < Dtype::float32; }
constexpr std::size_t item_size(Dtype d) {
  constexpr std::size_t sizes[] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 4, 8, 8, 16};
  return sizes[index(d)];
}
constexpr std::string_view text(Dtype d) {
  constexpr std::string_view names[] = {"bool",   "int8",   "int16",   "int32",   "int64",     "uint8",     "uint16",
                                        "uint32", "uint64", "float32", "float64", "complex64", "complex128"};
  return names[index(d)];
}

/// The type of the real and of the imaginary part.
constexpr Dtype part_of(Dtype d) {
  return d == Dtype::complex64 ? Dtype::float32 : d == Dtype::complex128 ? Dtype::float64 : d;
}
/// The complex type whose parts hold d: integers need float64's.
constexpr Dtype complex_type(Dtype d) {
  return d == Dtype::float32 || d == Dtype::complex64 ? Dtype::complex64 : Dtype::complex128;
}

/// NumPy's result type of two integers: signed and unsigned meet in the next wider signed one, in float64 beyond.
constexpr Dtype promote_integers(Dtype a, Dtype b) {
  if (is_unsigned(a) == is_unsigned(b)) return std::max(a, b);
  const std::size_t s = item_size(is_unsigned(a) ? b : a), u = item_size(is_unsigned(a) ? a : b);
  const std::size_t size = s > u ? s : 2 * u;
  return size == 2 ? Dtype::int16 : size == 4 ? Dtype::int32 : size == 8 ? Dtype::int64 : Dtype::float64;
}
/// NumPy's result type of two strong types: integers of up to 16 bits fit float32's mantissa, others need float64's.
constexpr Dtype promote(Dtype a, Dtype b) {
  const Dtype high = std::max(a, b), low = std::min(a, b);
  if (a == b || low == Dtype::boolean) return high;
  if (!is_float(high)) return promote_integers(a, b);
  const bool wide = is_float(low) ? part_of(low) == Dtype::float64 : item_size(low) > 2;
  if (is_complex(high)) return wide ? Dtype::complex128 : high;
  return wide ? Dtype::float64 : high;
}
/// The type that a function of real numbers computes in.
constexpr Dtype real(Dtype d) { return is_float(d) ? d : Dtype::float64; }
/// The type whose loops serve d: narrow integers are computed as wide ones and cut off, which is how they wrap around;
/// complex64 is computed in complex128 and rounded once.
constexpr Dtype carrier(Dtype d) {
  if (d == Dtype::complex64) return Dtype::complex128;
  return is_integer(d) && d != Dtype::int32 && d != Dtype::uint64 ? Dtype::int64 : d;
}
/// The type that whole numbers and truth values are added up in.
constexpr Dtype summed(Dtype d) { return is_float(d) ? d : is_unsigned(d) ? Dtype::uint64 : Dtype::int64; }

template <class T>
inline constexpr Dtype dtype_of = Dtype::float64;
#define WG_TYPE(TYPE, DTYPE) \
  template <>                \
  inline constexpr Dtype dtype_of<TYPE> = Dtype::DTYPE;
WG_TYPE(bool, boolean)
WG_TYPE(std::int8_t, int8)
WG_TYPE(std::int16_t, int16)
WG_TYPE(std::int32_t, int32)
WG_TYPE(std::int64_t, int64)
WG_TYPE(std::uint8_t, uint8)
WG_TYPE(std::uint16_t, uint16)
WG_TYPE(std::uint32_t, uint32)
WG_TYPE(std::uint64_t, uint64)
WG_TYPE(float, float32)
WG_TYPE(std::complex<float>, complex64)
WG_TYPE(std::complex<double>, complex128)
#undef WG_TYPE
template <class T>
inline constexpr bool is_complex_type = is_complex(dtype_of<T>);

/// Calls f with a value of the C++ type behind d: where a run-time type turns into a template argument.
template <class F>
constexpr decltype(auto) visit(Dtype d, F&& f) {
  switch (d) {
    case Dtype::boolean: return f(bool{});
    case Dtype::int8: return f(std::int8_t{});
    case Dtype::int16: return f(std::int16_t{});
    case Dtype::int32: return f(std::int32_t{});
    case Dtype::int64: return f(std::int64_t{});
    case Dtype::uint8: return f(std::uint8_t{});
    case Dtype::uint16: return f(std::uint16_t{});
    case Dtype::uint32: return f(std::uint32_t{});
    case Dtype::uint64: return f(std::uint64_t{});
    case Dtype::float32: return f(float{});
    case Dtype::complex64: return f(std::complex<float>{});
    case Dtype::complex128: return f(std::complex<double>{});
    case Dtype::float64: break;
  }
  return f(double{});
}
/// The same for a type that is its own carrier: what loops of arithmetic are compiled for.
template <class F>
constexpr decltype(auto) visit_carrier(Dtype d, F&& f) {
  switch (d) {
    case Dtype::boolean: return f(bool{});
    case Dtype::int32: return f(std::int32_t{});
    case Dtype::int64: return f(std::int64_t{});
    case Dtype::uint64: return f(std::uint64_t{});
    case Dtype::float32: return f(float{});
    case Dtype::complex128: return f(std::complex<double>{});
    default: return f(double{});
  }
}
/// The same for a type that carries derivatives.
template <class F>
constexpr decltype(auto) visit_float(Dtype d, F&& f) {
  switch (d) {
    case Dtype::float32: return f(float{});
    case Dtype::complex64: return f(std::complex<float>{});
    case Dtype::complex128: return f(std::complex<double>{});
    default: return f(double{});
  }
}
/// Calls f with a value of some type of that size and alignment: where elements are moved, not computed with.
template <class F>
constexpr decltype(auto) visit_bits(Dtype d, F&& f) {
  if (is_complex(d)) return d == Dtype::complex64 ? f(std::complex<float>{}) : f(std::complex<double>{});
  switch (item_size(d)) {
    case 1: return f(std::uint8_t{});
    case 2: return f(std::uint16_t{});
    case 4: return f(std::uint32_t{});
    default: return f(std::uint64_t{});
  }
}

/// One element in another type: a complex number loses its imaginary part in a real one.
template <class To, class From>
constexpr To converted_element(const From& x) {
  if constexpr (is_complex_type<From> && is_complex_type<To>) {
    using Part = typename To::value_type;
    return {static_cast<Part>(x.real()), static_cast<Part>(x.imag())};
  } else if constexpr (is_complex_type<From>) {
    if constexpr (std::is_same_v<To, bool>) return x != From{};
    else return static_cast<To>(x.real());
  } else if constexpr (is_complex_type<To>) {
    return {static_cast<typename To::value_type>(x), 0};
  } else {
    return static_cast<To>(x);
  }
}

}  // namespace wengert
