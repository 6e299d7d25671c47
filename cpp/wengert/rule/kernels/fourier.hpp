// Discrete Fourier transforms of complex numbers in memory.
#pragma once
#include <complex>
#include <cstdint>

namespace wengert::rule {

/// The middle axis of an array (outer, n, inner) becomes, in place, y[k] = sum over j of x[j] exp(sign 2 pi i j k / n).
/// Time: outer n inner times the sum of the prime factors of n where these are small, and times log n where they are not.
void fourier_transform(std::complex<double>* x, std::int64_t outer, std::int64_t n, std::int64_t inner, int sign);

}  // namespace wengert::rule
