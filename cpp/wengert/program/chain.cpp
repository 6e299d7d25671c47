#include "wengert/program/chain.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wengert::program {
namespace {

constexpr float never = std::numeric_limits<float>::infinity();

}  // namespace

ChainPlans::ChainPlans(const Chain& chain, std::size_t piece, std::size_t pieces)
    : chain_(chain),
      n_(chain.size()),
      piece_(std::max<std::size_t>(piece, 1)),
      pieces_(pieces),
      best_(n_ * n_ * (pieces + 1), never),
      before_(n_ + 1) {
  for (std::size_t k = 0; k < n_; ++k) before_[k + 1] = before_[k] + chain.segments[k].work;
  for (std::size_t length = 1; length <= n_; ++length) {
    for (std::size_t s = 0; s + length <= n_; ++s) solve(s, s + length - 1);
  }
}

std::size_t ChainPlans::least() const {
  const float* const all = row(0, n_ - 1);
  return static_cast<std::size_t>(std::find_if(all, all + pieces_ + 1, [](float w) { return w < never; }) - all);
}

ChainPlans::Choice ChainPlans::choice(std::size_t s, std::size_t t, std::size_t cut) const {
  const Segment& first = chain_.segments[s];
  const std::size_t entered = chain_.segments[t].entered;
  if (cut == s) {
    const std::size_t kept = in_pieces(first.kept);
    const std::size_t there = in_pieces(first.kept + std::max(first.reverse, entered + first.forward));
    return {s, kept, there, first.work};
  }
  std::size_t most = 0;
  for (std::size_t k = s; k < cut; ++k) most = std::max(most, chain_.segments[k].forward);
  const std::size_t fresh = chain_.state(s, cut);
  return {cut, in_pieces(fresh), in_pieces(fresh + entered + most), before_[cut] - before_[s]};
}

void ChainPlans::solve(std::size_t s, std::size_t t) {
  float* const best = row(s, t);
  for (std::size_t cut = s; cut <= t; ++cut) {
    const Choice c = choice(s, t, cut);
    const auto work = static_cast<float>(c.work);
    if (s == t) {
      std::fill(best + std::min(c.need, pieces_ + 1), best + pieces_ + 1, work);
      return;
    }
    const float* const behind = cut == s ? row(s + 1, t) : row(cut, t);
    const float* const before = cut == s ? nullptr : row(s, cut - 1);
    for (std::size_t m = c.need; m <= pieces_; ++m) {
      const float all = work + behind[m - c.left] + (before ? before[m] : 0.0f);
      best[m] = std::min(best[m], all);
    }
  }
}

void ChainPlans::add(std::vector<ChainStep>& steps, std::size_t s, std::size_t t, std::size_t m) const {
  const float best = row(s, t)[m];
  for (std::size_t cut = s; cut <= t; ++cut) {
    const Choice c = choice(s, t, cut);
    if (m < c.need) continue;
    const auto work = static_cast<float>(c.work);
    const float behind = s == t ? 0.0f : row(cut == s ? s + 1 : cut, t)[m - c.left];
    const float all = work + behind + (cut == s ? 0.0f : row(s, cut - 1)[m]);
    if (all != best) continue;
    steps.push_back({false, s, cut == s ? s + 1 : cut});
    if (s < t) add(steps, cut == s ? s + 1 : cut, t, m - c.left);
    if (cut == s) steps.push_back({true, s, s + 1});
    else add(steps, s, cut - 1, m);
    return;
  }
}

std::vector<ChainStep> ChainPlans::steps(std::size_t pieces) const {
  std::vector<ChainStep> all;
  add(all, 0, n_ - 1, pieces);
  return all;
}

}  // namespace wengert::program
