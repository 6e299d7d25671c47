// Plans for chains of segments: carried out by a machine that knows bytes and nothing of derivatives, and compared with
// every plan that there is.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>

#include "support.hpp"
#include "wengert/checkpoint/schedule.hpp"
#include "wengert/program/chain.hpp"

using namespace wengert;
using namespace wengert::program;
using namespace wengert::test;

namespace {

constexpr double never = std::numeric_limits<double>::infinity();

Chain drawn(Random& random, std::size_t n) {
  Chain c{std::vector<Segment>(n), std::vector<std::size_t>(n * n)};
  const auto some = [&](std::int64_t most) { return static_cast<std::size_t>(whole(random, 0, most)); };
  for (Segment& s : c.segments) {
    s = {static_cast<double>(1 + some(8)), 1 + some(5), some(3), some(2), 0};
    s.reverse = s.entered + some(2);
  }
  for (std::size_t from = 0; from < n; ++from) {
    for (std::size_t to = from + 1; to < n; ++to) c.state(from, to) = 1 + some(2) + (to - from) / 2;
  }
  return c;
}

/// The least work of reversing segments s to t, of all plans, with so much memory beside the state before s.
double least(const Chain& c, std::size_t s, std::size_t t, std::size_t memory) {
  const Segment& first = c.segments[s];
  const std::size_t entered = c.segments[t].entered;
  double best = never;
  if (first.kept + std::max(first.reverse, entered + first.forward) <= memory) {
    best = first.work + (s == t ? 0 : least(c, s + 1, t, memory - first.kept));
  }
  double work = 0;
  std::size_t most = 0;
  for (std::size_t cut = s + 1; cut <= t; ++cut) {
    work += c.segments[cut - 1].work;
    most = std::max(most, c.segments[cut - 1].forward);
    const std::size_t fresh = c.state(s, cut);
    if (fresh + entered + most > memory) continue;
    best = std::min(best, work + least(c, cut, t, memory - fresh) + least(c, s, cut - 1, memory));
  }
  return best;
}

/// Work of a plan, each segment of which is reversed once, from the last to the first, right after it or all behind it was
/// run and not run on from since.
double work_of(const Chain& c, const std::vector<ChainStep>& steps) {
  double work = 0;
  std::size_t left = c.size();
  std::vector<bool> ran(c.size());
  for (const ChainStep& step : steps) {
    if (step.reverse) {
      REQUIRE(step.first + 1 == left);
      REQUIRE(ran[step.first]);
      left = step.first;
      continue;
    }
    REQUIRE(step.last <= left);
    for (std::size_t k = step.first; k < step.last; ++k) {
      work += c.segments[k].work;
      ran[k] = true;
    }
  }
  REQUIRE(left == 0);
  return work;
}

}  // namespace

TEST_CASE("a chain's plan does the least work of all plans, in every memory") {
  Random random(3);
  for (int k = 0; k < 60; ++k) {
    const Chain c = drawn(random, static_cast<std::size_t>(whole(random, 1, 6)));
    constexpr std::size_t most = 40;
    const ChainPlans plans(c, 1, most);
    std::size_t fits = most + 1;
    for (std::size_t m = most + 1; m-- > 0;) {
      const double expected = least(c, 0, c.size() - 1, m);
      if (expected < never) fits = m;
      CHECK(plans.work(m) == expected);
      if (expected < never) CHECK(work_of(c, plans.steps(m)) == expected);
    }
    CHECK(plans.least() == fits);
  }
}

TEST_CASE("of alike segments whose tapes are large a plan is the binomial schedule") {
  for (const std::size_t n : {1u, 2u, 7u, 20u, 45u}) {
    for (const std::size_t snapshots : {1u, 2u, 3u, 5u}) {
      Chain c{std::vector<Segment>(n), std::vector<std::size_t>(n * n)};
      constexpr std::size_t tape = 100;
      for (Segment& s : c.segments) s = {1, tape, 0, 0, 0};
      for (std::size_t from = 0; from < n; ++from) {
        for (std::size_t to = from + 1; to < n; ++to) c.state(from, to) = 1;
      }
      // The first state is beside; the one that a step begins from is a state too.
      const ChainPlans plans(c, 1, tape + snapshots);
      const auto steps = static_cast<std::int64_t>(n);
      const std::int64_t advances = checkpoint::least_advances(steps, static_cast<std::int64_t>(snapshots));
      CHECK(plans.work(tape + snapshots) == static_cast<double>(advances + steps));
      CHECK(plans.least() == (n == 1 ? tape : tape + 1));
    }
  }
}
