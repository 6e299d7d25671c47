// A recording at work, and its sweeps with fewer words.
#pragma once
#include "support.hpp"
#include "wengert/tape/sweep.hpp"

namespace wengert::test {

/// A recording that is active as long as this is.
struct Taped {
  Recording r;
  Activation scope{&r};

  /// A variable that a program holds a handle to.
  Var held(Var v) {
    r.mark_live(v.node);
    return v;
  }
  std::vector<Var> watched(const std::vector<Var>& in) {
    std::vector<Var> out;
    for (const Var& x : in) out.push_back(watch(x));
    return out;
  }
  /// Adjoints of `wanted` from those of `outputs`; nodes before the first of them take no part.
  std::vector<Var> adjoint(const std::vector<Var>& outputs, const std::vector<Var>& seeds,
                           const std::vector<Var>& wanted, Mode mode) {
    return adjoint_sweep(r, first(wanted), seeded(outputs, seeds), nodes(wanted), mode);
  }
  /// Tangents of `wanted` from those of `inputs`.
  std::vector<Var> tangent(const std::vector<Var>& inputs, const std::vector<Var>& seeds,
                           const std::vector<Var>& wanted, Mode mode) {
    return tangent_sweep(r, first(inputs), seeded(inputs, seeds), nodes(wanted), mode);
  }

 private:
  static NodeId first(const std::vector<Var>& list) {
    NodeId least = NodeId::none;
    for (const Var& v : list) least = std::min(least, v.node);
    return least;
  }
  static std::vector<NodeId> nodes(const std::vector<Var>& list) {
    std::vector<NodeId> out;
    for (const Var& v : list) out.push_back(v.node);
    return out;
  }
  static std::vector<Seed> seeded(const std::vector<Var>& list, const std::vector<Var>& seeds) {
    std::vector<Seed> out;
    for (std::size_t k = 0; k < list.size(); ++k) out.push_back({list[k].node, seeds[k]});
    return out;
  }
};

/// A direction like x: eighths, so that products and sums of a few of them are exact, in float32 too.
inline Var direction(Random& random, const Var& x) {
  Numbers elements(static_cast<std::size_t>(x.size()) * parts(x.dtype()));
  for (double& e : elements) e = static_cast<double>(whole(random, -8, 8)) / 8;
  return Var(settle(array(x.dtype(), x.shape(), elements)));
}
inline std::vector<Var> directions(Random& random, const std::vector<Var>& list) {
  std::vector<Var> out;
  for (const Var& x : list) out.push_back(direction(random, x));
  return out;
}

/// <ybar, J dx> and <J^T ybar, dx> agree, and both derivatives look like what they belong to.
bool transposed_of_each_other(Taped& t, Random& random, const std::vector<Var>& x, const Var& y,
                              double tolerance = 1e-12);
/// Sweeps that record themselves give the numbers of those that do not.
bool recorded_as_computed(Taped& t, Random& random, const std::vector<Var>& x, const Var& y);
/// The Hessian of <w, y>, times a direction: forward over reverse, reverse over reverse, reverse over forward.
bool second_orders_agree(Taped& t, Random& random, const std::vector<Var>& x, const Var& y, double tolerance = 1e-10);

}  // namespace wengert::test
