// Functions with rules of their own where vmap is at work: a node holds whole arrays, its rule is written for one lane.
#include "wengert/tape/custom.hpp"

#include <memory>

#include "wengert/tape/functions.hpp"
#include "wengert/tape/lanes.hpp"

namespace wengert {
namespace {

/// Rules of one lane, run in levels of their own: those in which the node was recorded may have ended.
class InLanes final : public Custom {
 public:
  InLanes(std::shared_ptr<const Custom> rule, Shape sizes, std::vector<Lanes> of_operands)
      : rule_(std::move(rule)), sizes_(sizes), of_operands_(std::move(of_operands)) {}

  std::vector<Var> adjoint(std::span<const Var> in, const Var& y, const Var& ybar) const override {
    const Levels levels(sizes_);
    std::vector<Var> bars =
        rule_->adjoint(lifted(levels, in), lifted(levels, y, everywhere()), lifted(levels, ybar, everywhere()));
    for (std::size_t k = 0; k < bars.size(); ++k) bars[k] = lowered(levels, bars[k], of_operands_[k]);
    return bars;
  }
  Var tangent(std::span<const Var> in, const Var& y, std::span<const Var* const> dx) const override {
    const Levels levels(sizes_);
    std::vector<Var> directions(in.size());
    std::vector<const Var*> given(in.size());
    for (std::size_t k = 0; k < in.size(); ++k) {
      if (!dx[k]) continue;
      directions[k] = lifted(levels, *dx[k], of_operands_[k]);
      given[k] = &directions[k];
    }
    return lowered(levels, rule_->tangent(lifted(levels, in), lifted(levels, y, everywhere()), given), everywhere());
  }

 private:
  using Levels = struct Entered {
    explicit Entered(const Shape& sizes) {
      for (const std::int64_t n : sizes) each.push_back(std::make_unique<Level>(n));
    }
    Entered(const Entered&) = delete;
    Entered& operator=(const Entered&) = delete;
    ~Entered() {
      while (!each.empty()) each.pop_back();
    }
    std::vector<std::unique_ptr<Level>> each;
  };

  Lanes everywhere() const { return (Lanes{1} << sizes_.count()) - 1; }
  /// The axes in front become hidden, those that `own` names; bit k is the k-th of the levels here.
  static Var lifted(const Levels& levels, Var x, Lanes own) {
    for (std::size_t k = 0; k < levels.each.size(); ++k) {
      if (own >> k & 1) x.lanes |= levels.each[k]->bit();
    }
    return x;
  }
  std::vector<Var> lifted(const Levels& levels, std::span<const Var> in) const {
    std::vector<Var> out;
    for (std::size_t k = 0; k < in.size(); ++k) out.push_back(lifted(levels, in[k], of_operands_[k]));
    return out;
  }
  /// Back again; what an operand has once for all lanes gets their sum.
  static Var lowered(const Levels& levels, Var x, Lanes own) {
    for (std::size_t k = levels.each.size(); k-- > 0;) {
      const Level& level = *levels.each[k];
      x = wengert::lowered(x, level);
      if (own >> k & 1) continue;
      x = summed(x, {0}, false);
    }
    return x;
  }

  std::shared_ptr<const Custom> rule_;
  Shape sizes_;
  std::vector<Lanes> of_operands_;
};

/// The bits of `own` counted among those of `all`.
Lanes packed(Lanes own, Lanes all) {
  Lanes found = 0;
  int k = 0;
  for (Lanes rest = all; rest; rest &= rest - 1, ++k) {
    if (own & rest & ~(rest - 1)) found |= Lanes{1} << k;
  }
  return found;
}

}  // namespace

Var custom(std::shared_ptr<const Custom> rule, std::span<const Var> in, const Var& given) {
  Lanes lanes = given.lanes;
  for (const Var& x : in) lanes |= x.lanes;
  const Var y = lanes ? spread_over(given, lanes) : given;
  if (lanes) {
    const Shape all = y.value.shape();
    std::vector<Lanes> own;
    for (const Var& x : in) own.push_back(packed(x.lanes, lanes));
    rule = std::make_shared<InLanes>(std::move(rule), Shape(std::span(all.begin(), all.begin() + y.hidden())), own);
  }
  std::vector<NodeId> operands;
  for (const Var& x : in) operands.push_back(node_of(x));
  const Value value = y.value.is_weak() ? settle(strided(y.value, y.dtype())) : y.value;
  return {value, active()->push_custom({std::move(rule), std::move(operands), y.node}, value), lanes};
}

}  // namespace wengert
