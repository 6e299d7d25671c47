// Values of the primitives that take complex numbers apart and put them together.
#include <cmath>

#include "wengert/rule/structural/list.hpp"

namespace wengert::structural {
namespace {

Storage complex_operand(std::string_view name, const Value& x) {
  if (is_complex(x.dtype())) return x.storage();
  throw DtypeError(std::string(name) + ": element type: complex numbers expected: given " +
                   std::string(text(x.dtype())));
}

/// y = f(x) for each element, computed in float64; Y turns the type of x into that of y.
template <class Y, class F>
Value each_element(std::string_view name, const Value& given, F&& f) {
  const Dtype d = given.dtype();
  const Storage x = contiguous(complex_operand(name, given));
  const auto loop = [&](auto t) {
    using T = decltype(t);
    using To = typename Y::template of<T>;
    const Storage y = allocate(dtype_of<To>, x.shape());
    const auto* from = x.data<T>();
    for (std::int64_t i = 0; i < x->size; ++i) {
      y.data<To>()[i] = converted_element<To>(f(converted_element<std::complex<double>>(from[i])));
    }
    return settle(y);
  };
  return d == Dtype::complex64 ? loop(std::complex<float>{}) : loop(std::complex<double>{});
}
struct Same {
  template <class T>
  using of = T;
};
struct Part {
  template <class T>
  using of = typename T::value_type;
};

/// As NumPy: along an axis to infinity the direction is known, between two it is not.
std::complex<double> direction(std::complex<double> z) {
  const double size = std::hypot(z.real(), z.imag());
  if (size == 0) return 0;
  if (!std::isinf(size)) return {z.real() / size, z.imag() / size};
  const bool real = std::isinf(z.real()), imaginary = std::isinf(z.imag());
  if (real && imaginary) return {std::nan(""), std::nan("")};
  return real ? std::complex<double>(std::copysign(1, z.real()), 0)
              : std::complex<double>(0, std::copysign(1, z.imag()));
}

}  // namespace

Value conjugate::value(In in, Attributes) {
  return each_element<Same>("conjugate", in[0], [](std::complex<double> z) { return std::conj(z); });
}
Value modulus::value(In in, Attributes) {
  return each_element<Part>("modulus", in[0], [](std::complex<double> z) { return std::hypot(z.real(), z.imag()); });
}
Value phase::value(In in, Attributes) { return each_element<Same>("phase", in[0], direction); }

Value real_part::value(In in, Attributes) { return settle(part(complex_operand("real", in[0]), false)); }
Value imaginary_part::value(In in, Attributes) { return settle(part(complex_operand("imag", in[0]), true)); }

Value complex_of::value(In in, Attributes) {
  const Dtype d = complex_type(in[0].dtype());
  const Storage y = allocate(d, in[0].shape());
  copy(strided(in[0], part_of(d)), part(y, false));
  copy(strided(in[1], part_of(d)), part(y, true));
  return settle(y);
}

}  // namespace wengert::structural
