#include "taped.hpp"

namespace wengert::test {
namespace {

bool alike(const std::vector<Var>& derivatives, const std::vector<Var>& of) {
  return std::equal(derivatives.begin(), derivatives.end(), of.begin(), of.end(),
                    [](const Var& d, const Var& x) { return d.shape() == x.shape() && d.dtype() == x.dtype(); });
}

/// All elements of a list; zeros where a variable carries nothing.
Numbers flat(const std::vector<Var>& list) {
  Numbers out;
  for (const Var& v : list) {
    const Numbers part = elements(v);
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

/// Those of a list that are on the tape, and what belongs to them.
void on_tape(std::vector<Var>& list, std::vector<Var>& seeds) {
  for (std::size_t k = list.size(); k-- > 0;) {
    if (list[k].recorded()) continue;
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(k));
    seeds.erase(seeds.begin() + static_cast<std::ptrdiff_t>(k));
  }
}

}  // namespace

bool transposed_of_each_other(Taped& t, Random& random, const std::vector<Var>& x, const Var& y, double tolerance) {
  const std::vector<Var> dx = directions(random, x);
  const Var ybar = direction(random, y);
  const std::vector<Var> dy = t.tangent(x, dx, {y}, Mode::values), xbar = t.adjoint({y}, {ybar}, x, Mode::values);
  if (!alike(dy, {y}) || !alike(xbar, x)) return false;
  Product out, in;
  out.add(ybar, dy[0]);
  for (std::size_t k = 0; k < x.size(); ++k) in.add(xbar[k], dx[k]);
  return std::abs(out.sum - in.sum) <= tolerance * (1 + out.size + in.size);
}

bool recorded_as_computed(Taped& t, Random& random, const std::vector<Var>& x, const Var& y) {
  const std::vector<Var> dx = directions(random, x);
  const std::vector<Var> ybar{direction(random, y)};
  const Numbers forward = flat(t.tangent(x, dx, {y}, Mode::values)),
                reverse = flat(t.adjoint({y}, ybar, x, Mode::values));
  const std::vector<Var> dy = t.tangent(x, dx, {y}, Mode::record), xbar = t.adjoint({y}, ybar, x, Mode::record);
  return alike(dy, {y}) && alike(xbar, x) && close(flat(dy), forward, 1e-14) && close(flat(xbar), reverse, 1e-14);
}

bool second_orders_agree(Taped& t, Random& random, const std::vector<Var>& x, const Var& y, double tolerance) {
  const std::vector<Var> v = directions(random, x), w{direction(random, y)};
  Numbers zeros;
  for (const Var& each : x) zeros.resize(zeros.size() + elements(each).size());
  const std::vector<Var> gradient = t.adjoint({y}, w, x, Mode::record);
  const std::vector<Var> dy = t.tangent(x, v, {y}, Mode::record);

  std::vector<Var> forward_over_reverse;
  for (const Var& g : gradient)
    forward_over_reverse.push_back(g.recorded() ? t.tangent(x, v, {g}, Mode::values)[0] : zeros_like(g));
  std::vector<Var> outputs = gradient, seeds = v;
  on_tape(outputs, seeds);
  const Numbers want = flat(forward_over_reverse);
  const Numbers reverse_over_reverse = outputs.empty() ? zeros : flat(t.adjoint(outputs, seeds, x, Mode::values));
  const Numbers reverse_over_forward = dy[0].recorded() ? flat(t.adjoint(dy, w, x, Mode::values)) : zeros;
  return close(reverse_over_reverse, want, tolerance) && close(reverse_over_forward, want, tolerance);
}

}  // namespace wengert::test
