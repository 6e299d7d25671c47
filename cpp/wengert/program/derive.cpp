#include "wengert/program/derive.hpp"

#include "wengert/program/recorder.hpp"
#include "wengert/program/require.hpp"
#include "wengert/tape/functions.hpp"
#include "wengert/tape/sweep.hpp"

namespace wengert::program {
namespace {

void require_rules(const Program& p, Derivative kind) {
  if (!p.listing().opaque) return;
  throw TapeError(std::string(name(kind)) +
                  ": no derivative: the program holds functions with rules of their own, and knows their values only");
}

void require_number(const Listing& p) {
  if (p.outputs.size() != 1) {
    throw ShapeError("gradient: the result is no number: there are " + std::to_string(p.outputs.size()) + " results");
  }
  const Type& t = p.type(index(p.outputs[0]));
  if (t.shape.count() == 0 && is_float(t.dtype) && !is_complex(t.dtype)) return;
  throw ShapeError("gradient: the result is no real number: it is " + std::string(text(t.dtype)) + " of shape " +
                   text(t.shape));
}

/// A value of this type to record with: no operation of a sweep asks what a seed is.
Value sample(const Type& t) { return full(t.dtype, t.shape, 1.0); }

/// A program at work on variables, and sweeps over that.
class Derivation {
 public:
  Derivation(const Program& p, Derivative kind, std::span<const Value> at) : p_(p), kind_(kind) {
    for (const Value& v : at) x_.push_back(recorder_.input(v));
    const Listing& list = p.listing();
    if (kind == Derivative::tangent) {
      for (const Type& t : list.inputs) seeds_.push_back(recorder_.input(sample(t)));
    } else if (kind == Derivative::adjoint) {
      for (const NodeId id : list.outputs) seeds_.push_back(recorder_.input(sample(list.type(index(id)))));
    } else {
      seeds_.push_back(sample(list.type(index(list.outputs[0]))));
    }
  }

  Built built() {
    std::vector<Var> results;
    if (const auto failure = replay_on_variables(p_, x_, results))
      refuse_guard(name(kind_), p_.listing(), failure->guard);
    const bool forward = kind_ == Derivative::tangent;
    const std::vector<Var> found = forward ? swept(tangent_sweep, x_, results) : swept(adjoint_sweep, results, x_);
    results.insert(results.end(), found.begin(), found.end());
    return recorder_.finish(results);
  }

 private:
  static bool varies(const Var& x) { return x.recorded() && is_float(x.dtype()); }

  /// The derivatives of `to`, seeded at `from`.
  template <class Sweep>
  std::vector<Var> swept(Sweep sweep, std::span<const Var> from, std::span<const Var> to) {
    std::vector<Seed> seeds;
    for (std::size_t k = 0; k < from.size(); ++k) {
      if (varies(from[k])) seeds.push_back({from[k].node, seeds_[k]});
    }
    std::vector<NodeId> wanted;
    for (const Var& v : to) {
      if (varies(v)) wanted.push_back(v.node);
    }
    const std::vector<Var> found = sweep(recorder_.recording(), NodeId{0}, seeds, wanted, Mode::record);
    std::vector<Var> all;
    for (std::size_t next = 0; const Var& v : to) all.push_back(varies(v) ? found[next++] : zeros_like(v));
    return all;
  }

  const Program& p_;
  Derivative kind_;
  Recorder recorder_;
  std::vector<Var> x_, seeds_;
};

}  // namespace

std::string_view name(Derivative kind) {
  constexpr std::string_view names[] = {"gradient", "tangent", "adjoint"};
  return names[static_cast<std::size_t>(kind)];
}

Built derived(const Program& p, Derivative kind, std::span<const Value> at) {
  require_rules(p, kind);
  require_inputs(p.listing(), at);
  if (kind == Derivative::gradient) require_number(p.listing());
  return Derivation(p, kind, at).built();
}

}  // namespace wengert::program
