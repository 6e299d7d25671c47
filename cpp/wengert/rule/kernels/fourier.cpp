// Stockham's self-sorting transform of mixed radix (C. Van Loan, Computational Frameworks for the Fast Fourier Transform,
// 1992, section 1.7), and Bluestein's for sizes with a large prime factor: a convolution with a chirp, by transforms of a
// size without one. Each root of unity comes from an angle of at most pi / 4, so that no error adds up.
#include "wengert/rule/kernels/fourier.hpp"

#include <cmath>
#include <numbers>
#include <vector>

namespace wengert::rule {
namespace {

using Complex = std::complex<double>;
using Table = std::vector<Complex>;

constexpr std::int64_t largest_radix = 61;  // beyond it Bluestein's three longer transforms are the quicker

// Without the standard's detour for infinite parts.
inline Complex times(Complex a, Complex b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

/// exp(2 pi i k / n) for 0 <= k < n, from the same in the first eighth of the circle.
Complex root(std::int64_t k, std::int64_t n) {
  if (2 * k > n) return std::conj(root(n - k, n));
  if (4 * k > n) {  // -conj of the angle's complement to a half turn
    const double angle = std::numbers::pi * static_cast<double>(n - 2 * k) / static_cast<double>(n);
    if (8 * k > 3 * n) return {-std::cos(angle), std::sin(angle)};
    const double rest = std::numbers::pi * static_cast<double>(4 * k - n) / static_cast<double>(2 * n);
    return {-std::sin(rest), std::cos(rest)};
  }
  if (8 * k > n) {
    const double rest = std::numbers::pi * static_cast<double>(n - 4 * k) / static_cast<double>(2 * n);
    return {std::sin(rest), std::cos(rest)};
  }
  const double angle = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n);
  return {std::cos(angle), std::sin(angle)};
}

Table roots(std::int64_t n, int sign) {
  Table w(static_cast<std::size_t>(n));
  for (std::int64_t k = 0; 2 * k <= n; ++k) {
    const Complex r = sign < 0 ? std::conj(root(k, n)) : root(k, n);
    w[static_cast<std::size_t>(k)] = r;
    if (k) w[static_cast<std::size_t>(n - k)] = std::conj(r);
  }
  return w;
}

/// Fours first, then the primes, ascending; 1 has none.
std::vector<std::int64_t> factors(std::int64_t n) {
  std::vector<std::int64_t> found;
  for (; n % 4 == 0; n /= 4) found.push_back(4);
  for (std::int64_t p = 2; p * p <= n; ++p) {
    for (; n % p == 0; n /= p) found.push_back(p);
  }
  if (n > 1) found.push_back(n);
  return found;
}

/// One pass: x[j, q, k] over (radix, rest, stride) to y[q, i, k] over (rest, radix, stride), a small transform from j to
/// i, and a turn by q i / (radix rest). Steps tell the table of all roots how many make one of these turns.
struct Pass {
  const Complex* x;
  Complex* y;
  const Table& w;
  std::int64_t radix, rest, stride, step;  // step = n / (radix rest)
  int sign;

  Complex turn(std::int64_t count) const { return w[static_cast<std::size_t>(count)]; }
  Complex quarter(Complex a) const { return sign > 0 ? Complex(-a.imag(), a.real()) : Complex(a.imag(), -a.real()); }

  void twos() const {
    for (std::int64_t q = 0; q < rest; ++q) {
      const Complex w1 = turn(q * step);
      const Complex *a = x + q * stride, *b = a + rest * stride;
      Complex *c = y + 2 * q * stride, *d = c + stride;
      for (std::int64_t k = 0; k < stride; ++k) {
        c[k] = a[k] + b[k];
        d[k] = times(a[k] - b[k], w1);
      }
    }
  }
  void threes() const {
    const double half_root = sign * std::numbers::sqrt3 / 2;
    for (std::int64_t q = 0; q < rest; ++q) {
      const Complex w1 = turn(q * step), w2 = turn(2 * q * step);
      const Complex *a = x + q * stride, *b = a + rest * stride, *c = b + rest * stride;
      Complex* to = y + 3 * q * stride;
      for (std::int64_t k = 0; k < stride; ++k) {
        const Complex sum = b[k] + c[k], apart = half_root * (b[k] - c[k]);
        const Complex middle = a[k] - 0.5 * sum, across(-apart.imag(), apart.real());
        to[k] = a[k] + sum;
        to[k + stride] = times(middle + across, w1);
        to[k + 2 * stride] = times(middle - across, w2);
      }
    }
  }
  void fours() const {
    for (std::int64_t q = 0; q < rest; ++q) {
      const Complex w1 = turn(q * step), w2 = turn(2 * q * step), w3 = turn(3 * q * step);
      const Complex *a = x + q * stride, *b = a + rest * stride, *c = b + rest * stride, *d = c + rest * stride;
      Complex* to = y + 4 * q * stride;
      for (std::int64_t k = 0; k < stride; ++k) {
        const Complex even = a[k] + c[k], odd = b[k] + d[k], minus = a[k] - c[k], across = quarter(b[k] - d[k]);
        to[k] = even + odd;
        to[k + stride] = times(minus + across, w1);
        to[k + 2 * stride] = times(even - odd, w2);
        to[k + 3 * stride] = times(minus - across, w3);
      }
    }
  }
  /// Any radix, by its definition: the pair j and radix - j turns opposite ways.
  void any() const {
    const std::int64_t whole = step * rest;  // roots of order `radix` are so far apart in the table
    for (std::int64_t q = 0; q < rest; ++q) {
      for (std::int64_t i = 0; i < radix; ++i) {
        Complex* to = y + (radix * q + i) * stride;
        for (std::int64_t k = 0; k < stride; ++k) to[k] = x[q * stride + k];
        for (std::int64_t j = 1; j < radix; ++j) {
          const Complex w1 = turn(i * j % radix * whole);
          const Complex* from = x + (j * rest + q) * stride;
          for (std::int64_t k = 0; k < stride; ++k) to[k] += times(from[k], w1);
        }
        const Complex last = turn(q * i * step);
        for (std::int64_t k = 0; k < stride; ++k) to[k] = times(to[k], last);
      }
    }
  }
  void run() const {
    if (radix == 2) twos();
    else if (radix == 3) threes();
    else if (radix == 4) fours();
    else any();
  }
};

/// One (n, inner) array in x, with the room of another in `room`; the result is in x.
void transform(Complex* x, Complex* room, std::int64_t n, std::int64_t inner, const std::vector<std::int64_t>& radices,
               const Table& w, int sign) {
  Complex *from = x, *to = room;
  std::int64_t rest = n, stride = inner;
  for (const std::int64_t radix : radices) {
    rest /= radix;
    Pass{from, to, w, radix, rest, stride, n / (radix * rest), sign}.run();
    stride *= radix;
    std::swap(from, to);
  }
  if (from != x) std::copy(from, from + n * inner, x);
}

/// The least size from n on whose only prime factors are 2 and 3.
std::int64_t smooth(std::int64_t n) {
  std::int64_t best = 1;
  while (best < n) best *= 2;
  for (std::int64_t threes = 3; threes < best; threes *= 3) {
    std::int64_t size = threes;
    while (size < n) size *= 2;
    best = std::min(best, size);
  }
  return best;
}

/// j k = (j^2 + k^2 - (k - j)^2) / 2 makes a transform of any size a convolution, which wraps around at a size of 2 n - 1 or
/// more without harm.
class Bluestein {
 public:
  Bluestein(std::int64_t n, int sign)
      : n_(n),
        size_(smooth(2 * n - 1)),
        radices_(factors(size_)),
        there_(roots(size_, -1)),
        back_(roots(size_, 1)),
        chirp_(static_cast<std::size_t>(n)),
        filter_(static_cast<std::size_t>(size_)),
        work_(filter_.size()),
        room_(filter_.size()) {
    for (std::int64_t k = 0; k < n; ++k) {
      const Complex r = root(k * k % (2 * n), 2 * n);
      chirp(k) = sign > 0 ? r : std::conj(r);
      filter_[static_cast<std::size_t>(k)] = std::conj(chirp(k));
      if (k) filter_[static_cast<std::size_t>(size_ - k)] = std::conj(chirp(k));
    }
    transform(filter_.data(), room_.data(), size_, 1, radices_, there_, -1);
  }
  /// The numbers x[0], x[stride], ...
  void run(Complex* x, std::int64_t stride) {
    std::fill(work_.begin(), work_.end(), Complex());
    for (std::int64_t k = 0; k < n_; ++k) work_[static_cast<std::size_t>(k)] = times(x[k * stride], chirp(k));
    transform(work_.data(), room_.data(), size_, 1, radices_, there_, -1);
    for (std::size_t k = 0; k < work_.size(); ++k) work_[k] = times(work_[k], filter_[k]);
    transform(work_.data(), room_.data(), size_, 1, radices_, back_, 1);
    const double scale = 1 / static_cast<double>(size_);
    for (std::int64_t k = 0; k < n_; ++k) x[k * stride] = scale * times(work_[static_cast<std::size_t>(k)], chirp(k));
  }

 private:
  Complex& chirp(std::int64_t k) { return chirp_[static_cast<std::size_t>(k)]; }
  std::int64_t n_, size_;
  std::vector<std::int64_t> radices_;
  Table there_, back_, chirp_, filter_, work_, room_;
};

}  // namespace

void fourier_transform(Complex* x, std::int64_t outer, std::int64_t n, std::int64_t inner, int sign) {
  if (n < 2 || inner == 0) return;
  const std::vector<std::int64_t> radices = factors(n);
  if (radices.back() > largest_radix) {
    Bluestein lane(n, sign);
    for (std::int64_t k = 0; k < outer * inner; ++k) lane.run(x + k / inner * n * inner + k % inner, inner);
    return;
  }
  const Table w = roots(n, sign);
  Table room(static_cast<std::size_t>(n * inner));
  for (std::int64_t k = 0; k < outer; ++k) transform(x + k * n * inner, room.data(), n, inner, radices, w, sign);
}

}  // namespace wengert::rule
