#include "functions.hpp"

#include "simd.hpp"

namespace hand {

namespace {

template <class F>
void apply(const double* x, double* y, std::size_t n) {
  map(x, y, n, F{});
}

template <class F>
constexpr ArrayFunction entry(const char* name, double low, double high, F) {
  return {name, low, high, apply<F>};
}

constexpr ArrayFunction table[] = {
    entry("exp", -20, 20, [](Batch x) { return xsimd::exp(x); }),
    entry("log", 1e-3, 1e3, [](Batch x) { return xsimd::log(x); }),
    entry("sin", -10, 10, [](Batch x) { return xsimd::sin(x); }),
    entry("cos", -10, 10, [](Batch x) { return xsimd::cos(x); }),
    entry("tan", -10, 10, [](Batch x) { return xsimd::tan(x); }),
    entry("sinh", -5, 5, [](Batch x) { return xsimd::sinh(x); }),
    entry("cosh", -5, 5, [](Batch x) { return xsimd::cosh(x); }),
    entry("tanh", -5, 5, [](Batch x) { return xsimd::tanh(x); }),
    entry("log1p", -0.5, 5, [](Batch x) { return xsimd::log1p(x); }),
    entry("expm1", -2, 2, [](Batch x) { return xsimd::expm1(x); }),
    entry("arcsin", -1, 1, [](Batch x) { return xsimd::asin(x); }),
    entry("arccos", -1, 1, [](Batch x) { return xsimd::acos(x); }),
    entry("arctan", -10, 10, [](Batch x) { return xsimd::atan(x); }),
    entry("arcsinh", -10, 10, [](Batch x) { return xsimd::asinh(x); }),
    entry("cbrt", -10, 10, [](Batch x) { return xsimd::cbrt(x); }),
    entry("sqrt", 0, 10, [](Batch x) { return xsimd::sqrt(x); }),
};

}  // namespace

std::span<const ArrayFunction> array_functions() { return table; }

}  // namespace hand
