#include "wengert/program/roll.hpp"

#include <algorithm>
#include <unordered_map>

namespace wengert::program {
namespace {

/// Repetitions, and steps in all of them, that are worth it.
constexpr std::size_t least_times = 4, least_steps = 64;
/// Steps that are compared to find a repetition: longer bodies first, so that a loop is found before what repeats in it.
constexpr std::size_t windows[] = {512, 64, 16};

/// All that a step does, its places apart.
struct Deed {
  std::uint32_t what, n[3];
  explicit Deed(const SmallStep& s)
      : what(static_cast<std::uint32_t>(s.op) << 16 | static_cast<std::uint32_t>(s.kind) << 2 | s.turned_a << 1 |
             static_cast<std::uint32_t>(s.turned_b)),
        n{s.n[0], s.n[1], s.n[2]} {}
  bool operator==(const Deed&) const = default;
};
struct DeedHash {
  std::size_t operator()(const Deed& d) const {
    std::uint64_t h = d.what;
    for (const std::uint32_t x : d.n) h = (h ^ x) * 0x9e3779b97f4a7c15u, h ^= h >> 29;
    return h;
  }
};

Shift shift(const SmallStep& from, const SmallStep& to) {
  return {to.a - from.a, to.b - from.b, to.y - from.y, to.third - from.third};
}

class Roller {
 public:
  Roller(std::span<const SmallStep> steps, Plan& rolled) : steps_(steps), out_(rolled), hash_(steps.size() + 1) {
    std::unordered_map<Deed, std::uint32_t, DeedHash> number;
    for (const SmallStep& s : steps) {
      deed_.push_back(number.try_emplace(Deed(s), static_cast<std::uint32_t>(number.size() + 1)).first->second);
    }
    for (std::size_t k = 0; k < steps.size(); ++k) hash_[k + 1] = hash_[k] * prime + deed_[k];
  }

  /// Writes steps from ... to - 1, rolled where a window of this or a lower level comes again.
  void divide(std::size_t from, std::size_t to, std::size_t level = 0) {
    if (level == std::size(windows)) return plain(from, to);
    const std::size_t window = windows[level];
    std::uint64_t power = 1;
    for (std::size_t k = 0; k < window; ++k) power *= prime;
    std::unordered_map<std::uint64_t, std::size_t> last;
    for (std::size_t i = from; i + window <= to;) {
      const auto [before, fresh] = last.try_emplace(hash_[i + window] - hash_[i] * power, i);
      if (fresh) {
        ++i;
        continue;
      }
      const std::size_t begin = std::exchange(before->second, i), period = i - begin;
      std::size_t end = i;
      while (end < to && deed_[end] == deed_[end - period]) ++end;
      Found f = evenly_shifted(begin, period, (end - begin) / period);
      if (!f.times) f = evenly_shifted(begin, 2 * period, (end - begin) / (2 * period));
      if (f.times) {
        divide(from, f.begin, level + 1);
        write(f);
        from = end = f.begin + f.period * f.times;
      }
      last.clear();
      i = std::max(i + 1, end);
    }
    divide(from, to, level + 1);
  }

 private:
  static constexpr std::uint64_t prime = 0x100000001b3u;
  struct Found {
    std::size_t begin = 0, period = 0, times = 0;
  };

  /// The first of these repetitions, and as many after it as are shifted by the same amounts.
  Found evenly_shifted(std::size_t begin, std::size_t period, std::size_t times) const {
    for (std::size_t r = 0; r + least_times <= times;) {
      std::size_t n = 2;
      while (r + n < times && same_shift(begin + r * period, begin + (r + n - 1) * period, period)) ++n;
      if (n >= least_times && n * period >= least_steps) return {begin + r * period, period, n};
      r += n - 1;
    }
    return {};
  }
  /// Is the repetition after `one` shifted as that after `other`?
  bool same_shift(std::size_t one, std::size_t other, std::size_t period) const {
    for (std::size_t k = 0; k < period; ++k) {
      if (shift(steps_[one + k], steps_[one + k + period]) != shift(steps_[other + k], steps_[other + k + period]))
        return false;
    }
    return true;
  }

  void keep(std::size_t from, std::size_t count, std::size_t times) {
    out_.stretches.push_back({static_cast<std::uint32_t>(out_.small.size()), static_cast<std::uint32_t>(count),
                              static_cast<std::uint32_t>(times), static_cast<std::uint32_t>(out_.shifts.size())});
    const auto body = steps_.subspan(from, count);
    out_.small.insert(out_.small.end(), body.begin(), body.end());
  }
  void plain(std::size_t from, std::size_t to) {
    if (from < to) keep(from, to - from, 1);
  }
  void write(const Found& f) {
    keep(f.begin, f.period, f.times);
    for (std::size_t k = f.begin; k < f.begin + f.period; ++k) {
      out_.shifts.push_back(shift(steps_[k], steps_[k + f.period]));
    }
  }

  std::span<const SmallStep> steps_;
  Plan& out_;
  std::vector<std::uint32_t> deed_;
  std::vector<std::uint64_t> hash_;  // of all deeds before each
};

}  // namespace

void roll(Plan& plan) {
  const std::vector<SmallStep> all = std::exchange(plan.small, {});
  for (Step& s : plan.steps) {
    if (s.kind != Step::Kind::small) continue;
    const auto first = static_cast<std::uint32_t>(plan.stretches.size());
    Roller(std::span(all).subspan(s.first, s.count), plan).divide(0, s.count);
    s.first = first;
    s.count = static_cast<std::uint32_t>(plan.stretches.size()) - first;
  }
}

void run_stretch(const Plan& plan, const Stretch& s, std::vector<SmallStep>& body, double* numbers) {
  const auto steps = std::span(plan.small).subspan(s.first, s.count);
  if (s.times == 1) return run_small(steps, plan.moves, numbers);
  body.assign(steps.begin(), steps.end());
  const Shift* const shifts = plan.shifts.data() + s.first_shift;
  for (std::uint32_t k = 0; k < s.times; ++k) {
    run_small(body, plan.moves, numbers);
    for (std::uint32_t j = 0; j < s.count; ++j) {
      const Shift& by = shifts[j];
      body[j].a += by[0], body[j].b += by[1], body[j].y += by[2], body[j].third += by[3];
    }
  }
}

}  // namespace wengert::program
