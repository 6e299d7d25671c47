// x = sin(x * a + b), again and again; its value and gradient by a hand-written adjoint.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace hand {

class Chain {
 public:
  explicit Chain(std::size_t steps) : states_(steps), slopes_(steps) {}

  /// The last x; gradient with respect to x, a and b.
  double operator()(double x, double a, double b, std::array<double, 3>& gradient) {
    const double y = forward(x, a, b);
    gradient = reverse(a);
    return y;
  }

 private:
  double forward(double x, double a, double b) {
    for (std::size_t i = 0; i < states_.size(); ++i) {
      const double u = x * a + b;
      states_[i] = x;
      slopes_[i] = std::cos(u);
      x = std::sin(u);
    }
    return x;
  }

  std::array<double, 3> reverse(double a) const {
    double xbar = 1.0, abar = 0.0, bbar = 0.0;
    for (std::size_t i = states_.size(); i-- > 0;) {
      const double ubar = xbar * slopes_[i];
      abar += ubar * states_[i];
      bbar += ubar;
      xbar = ubar * a;
    }
    return {xbar, abar, bbar};
  }

  std::vector<double> states_, slopes_;
};

}  // namespace hand
