// Element types and NumPy 2's promotion among them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wengert {

/// In the order of promotion: of two, the higher one holds both, but for int64 (int32) with float32.
enum class Dtype : std::uint8_t { boolean, int32, int64, float32, float64 };
inline constexpr std::size_t dtype_count = 5;

constexpr std::size_t index(Dtype d) { return static_cast<std::size_t>(d); }
constexpr bool is_float(Dtype d) { return d >= Dtype::float32; }
constexpr std::size_t item_size(Dtype d) {
  constexpr std::size_t sizes[] = {1, 4, 8, 4, 8};
  return sizes[index(d)];
}
constexpr std::string_view text(Dtype d) {
  constexpr std::string_view names[] = {"bool", "int32", "int64", "float32", "float64"};
  return names[index(d)];
}

/// NumPy's result type of two strong types: an integer of 32 or 64 bits needs float64's mantissa.
constexpr Dtype promote(Dtype a, Dtype b) {
  const Dtype high = a > b ? a : b, low = a > b ? b : a;
  const bool integer = low == Dtype::int32 || low == Dtype::int64;
  return high == Dtype::float32 && integer ? Dtype::float64 : high;
}
/// The type that a function of real numbers computes in.
constexpr Dtype real(Dtype d) { return is_float(d) ? d : Dtype::float64; }

template <class T>
inline constexpr Dtype dtype_of = Dtype::float64;
template <>
inline constexpr Dtype dtype_of<bool> = Dtype::boolean;
template <>
inline constexpr Dtype dtype_of<std::int32_t> = Dtype::int32;
template <>
inline constexpr Dtype dtype_of<std::int64_t> = Dtype::int64;
template <>
inline constexpr Dtype dtype_of<float> = Dtype::float32;

/// Calls f with a value of the C++ type behind d: the one place that turns a run-time type into a template argument.
template <class F>
constexpr decltype(auto) visit(Dtype d, F&& f) {
  switch (d) {
    case Dtype::boolean: return f(bool{});
    case Dtype::int32: return f(std::int32_t{});
    case Dtype::int64: return f(std::int64_t{});
    case Dtype::float32: return f(float{});
    case Dtype::float64: break;
  }
  return f(double{});
}

}  // namespace wengert
