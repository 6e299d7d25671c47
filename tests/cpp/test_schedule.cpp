#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "wengert/base/error.hpp"
#include "wengert/checkpoint/schedule.hpp"

using namespace wengert;
using namespace wengert::checkpoint;

namespace {

#ifdef NDEBUG
constexpr std::int64_t stride = 1;
#else
constexpr std::int64_t stride = 29;  // under sanitizers
#endif

/// A loop of which only the numbers of states exist. `fault` says what a schedule asked of it that it cannot do.
class Machine {
 public:
  Machine(std::int64_t steps, std::int64_t in_memory, std::int64_t on_disk)
      : steps_(steps), left_(steps), most_{in_memory, on_disk} {}

  std::string fault(Schedule plan) {
    for (;;) {
      const Action a = plan.next();
      if (a.kind == Kind::done) break;
      if (a.kind == Kind::ask) answer(plan, a);
      else carry_out(a);
      if (!fault_.empty()) return fault_;
    }
    demand(left_ == 0, "not all steps were reversed");
    demand(slots_[0].empty() && slots_[1].empty(), "a slot was not freed");
    return fault_;
  }

 private:
  void demand(bool holds, const char* what) {
    if (!holds && fault_.empty()) fault_ = what;
  }
  void answer(Schedule& plan, const Action& a) {
    demand(a.from == asked_++, "asked for another step");
    demand(state_ == std::max<std::int64_t>(a.from - 1, 0), "asked before it had to know");
    if (a.from < steps_) plan.more();
    else plan.finish();
  }
  void carry_out(const Action& a) {
    auto& slots = slots_[a.tier == Tier::disk];
    switch (a.kind) {
      case Kind::advance:
        demand(state_ == a.from && a.to > a.from && a.to < left_, "advance: not from here, or too far");
        state_ = a.to;
        break;
      case Kind::save:
        demand(state_ == a.from && !slots.contains(a.slot), "save: another state, or a slot in use");
        demand(a.slot >= 0 && a.slot < most_[a.tier == Tier::disk], "save: no such slot");
        slots[a.slot] = a.from;
        break;
      case Kind::restore:
        demand(slots.contains(a.slot) && slots[a.slot] == a.from, "restore: another state lies there");
        state_ = a.from;
        break;
      case Kind::reverse:
        demand(state_ == a.from && a.from == --left_, "reverse: from another state, or out of order");
        state_ = -1;
        break;
      case Kind::free:
        demand(slots.contains(a.slot) && slots[a.slot] == a.from, "free: another state lies there");
        slots.erase(a.slot);
        break;
      case Kind::ask:
      case Kind::done: break;
    }
  }

  std::int64_t steps_, left_, most_[2];
  std::int64_t state_ = 0, asked_ = 0;
  std::map<std::int64_t, std::int64_t> slots_[2];
  std::string fault_;
};

std::int64_t choose(std::int64_t n, std::int64_t k) {
  std::int64_t c = 1;
  for (std::int64_t j = 1; j <= k; ++j) c = c * (n - k + j) / j;
  return c;
}

/// The formula as it stands in the paper.
std::int64_t formula(std::int64_t n, std::int64_t s) {
  std::int64_t r = 0;
  while (choose(s + r, r) < n) ++r;
  return r == 0 ? 0 : r * n - choose(s + r, r - 1);
}

/// Steps with a tape and without, over the fewest there can be.
double excess(const Count& c, std::int64_t n, std::int64_t s) {
  return static_cast<double>(c.advanced + c.taped) / static_cast<double>(least_advances(n, s) + n);
}

double worst_online(std::int64_t s, std::int64_t least, std::int64_t most, std::int64_t step) {
  double worst = 0;
  for (std::int64_t n = least; n <= most; n += step) worst = std::max(worst, excess(count(online(s), n), n, s));
  return worst;
}

}  // namespace

TEST_CASE("every step is reversed once, in order, from its own state, within the slots there are") {
  for (std::int64_t n = 0; n <= 130; ++n) {
    CHECK(Machine(n, std::max<std::int64_t>(n, 1), 0).fault(store_all(n)) == "");
    for (std::int64_t s = 1; s <= 140; s += s < 12 ? 1 : 16) {
      CAPTURE(n);
      CAPTURE(s);
      CHECK(Machine(n, s, 0).fault(binomial(n, s)) == "");
      CHECK(Machine(n, s, 0).fault(online(s)) == "");
      for (const std::int64_t d : {0, 1, 3, 20}) CHECK(Machine(n, s, d).fault(two_level(n, s, d)) == "");
    }
  }
  CHECK(Machine(20'000, 7, 0).fault(binomial(20'000, 7)) == "");
  CHECK(Machine(20'000, 30, 0).fault(online(30)) == "");
  CHECK(Machine(20'000, 5, 25).fault(two_level(20'000, 5, 25)) == "");
}

TEST_CASE("the machine sees what is wrong with a schedule") {
  CHECK(Machine(9, 2, 0).fault(binomial(9, 3)) == "save: no such slot");
  CHECK(Machine(9, 3, 1).fault(two_level(9, 3, 2)) == "save: no such slot");
  CHECK(Machine(9, 3, 0).fault(binomial(8, 3)) == "reverse: from another state, or out of order");
  CHECK(Machine(8, 3, 0).fault(binomial(9, 3)) == "advance: not from here, or too far");
}

TEST_CASE("the binomial schedule advances by exactly t(n, s) steps: all n up to 2,000 and s up to 50") {
  std::int64_t wrong = 0;
  for (std::int64_t s = 1; s <= 50; ++s) {
    for (std::int64_t n = 0; n <= 2000; n += stride) {
      const Count c = count(binomial(n, s));
      const std::int64_t t = formula(n, s);
      wrong += c.advanced != t || least_advances(n, s) != t || c.taped != n || c.most_snapshots > s;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("the binomial schedule advances by exactly t(n, s) steps: long ones") {
  CHECK(count(binomial(1000, 10)).advanced == 3'636);
  CHECK(count(binomial(1'000'000, 10)).advanced == 11'647'922);
  CHECK(count(binomial(1'000'000, 100)).advanced == 3'817'896);
  CHECK(count(binomial(1'000'000, 2)).advanced == formula(1'000'000, 2));
  CHECK(count(binomial(100'000, 1)).advanced == std::int64_t{100'000} * 99'999 / 2);
  CHECK(count(store_all(100'000)).advanced == 99'999);
  CHECK(count(store_all(100'000)).most_snapshots == 99'999);
}

TEST_CASE("no schedule advances by less than t(n, s): dynamic programming over all first snapshots") {
  constexpr std::int64_t most = 100;
  std::vector<std::int64_t> fewer(most + 1), least(most + 1);  // with one snapshot less, and with these
  for (std::int64_t n = 1; n <= most; ++n) least[static_cast<std::size_t>(n)] = n * (n - 1) / 2;
  for (std::int64_t s = 2; s <= 9; ++s) {
    fewer = least;
    for (std::int64_t n = 2; n <= most; ++n) {
      std::int64_t& t = least[static_cast<std::size_t>(n)];
      for (std::int64_t k = 1; k < n; ++k)
        t = std::min(t, k + fewer[static_cast<std::size_t>(n - k)] + least[static_cast<std::size_t>(k)]);
      CHECK(t == least_advances(n, s));
    }
  }
}

TEST_CASE("a disk takes the snapshots that are written and read least, and costs no step") {
  for (std::int64_t n = 0; n <= 300; n += 3) {
    for (std::int64_t s = 1; s <= 12; ++s) {
      CHECK(count(two_level(n, s, 0)).advanced == least_advances(n, s));
      std::int64_t before = 0, traffic = 0;
      for (std::int64_t d = 0; d <= 12; ++d) {
        const Count c = count(two_level(n, s, d));
        CHECK(c.advanced == least_advances(n, s + d));
        CHECK((c.most_snapshots <= s && c.most_on_disk <= d));
        if (n <= s + 1) CHECK(c.writes == 0);
      }
      // With the same slots in all, the next one on disk is in more use than those there already.
      for (std::int64_t d = 1; d < s && s < n; ++d) {
        const Count c = count(two_level(n, s - d, d));
        CHECK(c.writes + c.reads - before >= traffic);
        traffic = c.writes + c.reads - before;
        before = c.writes + c.reads;
      }
    }
  }
  const Count c = count(two_level(1'000'000, 10, 90));
  CHECK(c.advanced == 3'817'896);
  CHECK((c.writes == 523'622 && c.reads == 557'434));
}

TEST_CASE("a loop of unknown length costs at most 1.04 times as much as if it were known") {
  for (const std::int64_t s : {10, 11, 12, 14, 17, 25, 55}) CHECK(worst_online(s, 1, 2000, stride) <= 1.04);
  for (const std::int64_t s : {10, 20, 100}) CHECK(worst_online(s, 4900, 60'000, 5403 * stride) <= 1.04);
  for (std::int64_t n : {5149, 5150, 5151, 5152}) CHECK(excess(count(online(100), n), n, 100) <= 1.04);
  CHECK(count(online(10), 1'000'000).advanced <= 11'710'000);
  CHECK(count(online(100), 1'000'000).advanced <= 3'820'000);
  CHECK(worst_online(1, 1, 200, 1) == 1);
  for (std::int64_t s = 2; s < 10; ++s) CHECK(worst_online(s, 1, 1000, stride) <= 1.12);
}

TEST_CASE("an online schedule may go on in a copy, and ends only where it asked") {
  Schedule plan = online(3);
  CHECK(plan.next() == Action{.kind = Kind::ask, .from = 0});
  for (int k = 0; k < 20; ++k) {
    plan.more();
    while (plan.next().kind != Kind::ask) {}
    CHECK(plan.steps_left() == k + 1);
  }
  Schedule longer = plan;
  plan.finish();
  CHECK(plan.next().kind == Kind::reverse);
  CHECK_THROWS_WITH_AS(plan.more(), "schedule: an answer: nothing was asked", DomainError);
  longer.more();
  CHECK_THROWS_WITH_AS(longer.finish(), "schedule: an answer: nothing was asked", DomainError);
  CHECK_THROWS_AS(binomial(5, 2).finish(), DomainError);
}

TEST_CASE("the arithmetic holds for the longest schedules there may be") {
  for (const std::int64_t s : {std::int64_t{1}, std::int64_t{2}, std::int64_t{3}, std::int64_t{10}, std::int64_t{40},
                               std::int64_t{1'000}, std::int64_t{1} << 20, std::int64_t{1} << 30, most_steps}) {
    Schedule plan = binomial(most_steps, s);
    std::int64_t state = 0, short_of = 0;
    for (int k = 0; k < 20'000; ++k) {
      const Action a = plan.next();
      if (a.kind == Kind::reverse || a.kind == Kind::save) short_of += a.from != state;
      if (a.kind == Kind::advance) short_of += a.to <= a.from || a.to >= most_steps;
      if (a.kind == Kind::advance) state = a.to;
      if (a.kind == Kind::restore) state = a.from;
    }
    CHECK(short_of == 0);
  }
  CHECK(least_advances(most_steps, most_steps) == most_steps - 1);
  CHECK(least_advances(most_steps, 1) == std::numeric_limits<std::int64_t>::max());  // as many as can be said
}

TEST_CASE("a schedule that cannot be is refused with what was given") {
  CHECK_THROWS_WITH_AS(binomial(-1, 3), "binomial: steps: given -1, expected 0 to 1099511627776", DomainError);
  CHECK_THROWS_WITH_AS(binomial(3, 0), "binomial: snapshots: given 0, expected 1 to 1099511627776", DomainError);
  CHECK_THROWS_WITH_AS(two_level(3, 1, -1), "two_level: disk: given -1, expected 0 to 1099511627776", DomainError);
  CHECK_THROWS_AS(store_all(most_steps + 1), DomainError);
  CHECK_THROWS_AS(online(0), DomainError);
}
