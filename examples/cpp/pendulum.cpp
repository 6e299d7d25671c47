// How long is a pendulum that swings once a second? By Newton's method on a simulation, recorded once.
#include <cmath>
#include <cstdio>
#include <span>
#include <vector>

#include <wengert/wengert.hpp>

using wengert::Var;

/// Angle [rad] of a pendulum [m] that was let go at 0.5 rad half a second ago.
Var angle_after(std::span<const Var> lengths) {
  constexpr int steps = 1000;
  constexpr double dt = 0.5e-3;
  Var angle = 0.5, speed = 0.0;
  for (int i = 0; i < steps; ++i) {
    speed = speed - dt * 9.81 / lengths[0] * sin(angle);
    angle = angle + dt * speed;
  }
  return angle;
}

int main() {
  std::vector<double> length{1.0}, slope{0.0};
  const wengert::Program program = wengert::record(angle_after, length);
  wengert::Workspace work(program);
  for (int i = 0; i < 20; ++i) {
    const double angle = program.value_and_gradient(work, length, slope), step = angle / slope[0];
    length[0] -= step;
    if (std::abs(step) < 1e-12) break;
  }
  std::printf("a pendulum of %.4f m swings once a second\n", length[0]);
}
