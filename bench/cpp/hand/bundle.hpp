// Residuals of bundle adjustment (ADBench) with all their derivatives by dual numbers, one observation after another.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace hand {

/// A value and its derivatives by 15 variables; the sixteenth fills the last register.
struct Dual {
  using Slopes = Eigen::Array<double, 16, 1>;
  double v;
  Slopes d;

  static Dual variable(double x, int k) {
    Dual y{x, Slopes::Zero()};
    y.d[k] = 1.0;
    return y;
  }
  friend Dual operator+(const Dual& a, const Dual& b) { return {a.v + b.v, a.d + b.d}; }
  friend Dual operator-(const Dual& a, const Dual& b) { return {a.v - b.v, a.d - b.d}; }
  friend Dual operator*(const Dual& a, const Dual& b) { return {a.v * b.v, a.d * b.v + b.d * a.v}; }
  friend Dual operator/(const Dual& a, const Dual& b) {
    const double inverse = 1.0 / b.v, q = a.v * inverse;
    return {q, (a.d - q * b.d) * inverse};
  }
  friend Dual operator+(double a, const Dual& b) { return {a + b.v, b.d}; }
  friend Dual operator-(double a, const Dual& b) { return {a - b.v, -b.d}; }
  friend Dual operator-(const Dual& a, double b) { return {a.v - b, a.d}; }
  friend Dual sqrt(const Dual& a) {
    const double root = std::sqrt(a.v);
    return {root, a.d * (0.5 / root)};
  }
};

/// x: camera (11), point (3), weight. Where the camera sees the point, weighted and less the feature.
inline std::array<Dual, 2> residuals(const std::array<Dual, 15>& x, double u, double v) {
  const Dual* const axis = x.data();
  const Dual p[3] = {x[11] - x[3], x[12] - x[4], x[13] - x[5]};
  const Dual angle = sqrt(axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2]);
  const double cosine = std::cos(angle.v), sine = std::sin(angle.v);
  const Dual c{cosine, angle.d * -sine}, s{sine, angle.d * cosine};
  const Dual k[3] = {axis[0] / angle, axis[1] / angle, axis[2] / angle};
  const Dual along = (k[0] * p[0] + k[1] * p[1] + k[2] * p[2]) * (1.0 - c);
  const auto turned = [&](int i, int j, int l) { return p[i] * c + (k[j] * p[l] - k[l] * p[j]) * s + k[i] * along; };
  const Dual z = turned(2, 0, 1), a = turned(0, 1, 2) / z, b = turned(1, 2, 0) / z;
  const Dual square = a * a + b * b;
  const Dual scale = (1.0 + x[9] * square + x[10] * (square * square)) * x[6];
  return {x[14] * ((a * scale + x[7]) - u), x[14] * ((b * scale + x[8]) - v)};
}

/// in: 15 variables and the feature (2), an array of n each; out: n rows of 15 + 15 derivatives of the residuals and one of
/// the weight's. Gives the sum of squares of all three.
inline double bundle(std::int64_t n, const double* const* in, double* out) {
  double sum = 0.0;
  std::array<Dual, 15> x;
  for (std::int64_t i = 0; i < n; ++i, out += 31) {
    for (int k = 0; k < 15; ++k) x[static_cast<std::size_t>(k)] = Dual::variable(in[k][i], k);
    const auto [a, b] = residuals(x, in[15][i], in[16][i]);
    std::copy_n(a.d.data(), 15, out);
    std::copy_n(b.d.data(), 15, out + 15);
    const double w = in[14][i], e = 1.0 - w * w;
    out[30] = -2.0 * w;
    sum += a.v * a.v + b.v * b.v + e * e;
  }
  return sum;
}

}  // namespace hand
