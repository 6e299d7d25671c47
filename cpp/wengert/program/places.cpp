#include "wengert/program/places.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <unordered_map>

#include "wengert/program/layout.hpp"

namespace wengert::program {
namespace {

/// What a step reads and writes, where the nodes stand in it. What may lie where the result goes comes first.
struct Access {
  Slot* reads[3] = {};
  int read = 0, in_place = 0;
  Slot* writes[2] = {};
  int written = 0;

  void reads_first(Slot& s) { reads[read++] = &s, in_place = read; }
  void reads_also(Slot& s) { reads[read++] = &s; }
  void writes_to(Slot& s) { writes[written++] = &s; }
};

Access access(ScalarStep& s) {
  Access a;
  if (s.op == ScalarStep::side_by_side) return a;
  a.reads_first(s.a);
  if (s.op == ScalarStep::both) a.writes_to(s.y), a.writes_to(s.b);
  else if (s.op != ScalarStep::condition) a.reads_first(s.b), a.writes_to(s.y);
  return a;
}

Access access(SmallStep& s) {
  using Kind = SmallStep::Kind;
  Access a;
  switch (s.kind) {
    case Kind::number:
    case Kind::elementwise: a.reads_first(s.a), a.reads_first(s.b); break;
    case Kind::select: a.reads_first(s.a), a.reads_first(s.b), a.reads_also(s.third); break;
    case Kind::add_outer: a.reads_first(s.third), a.reads_also(s.a), a.reads_also(s.b); break;
    case Kind::product:
    case Kind::outer: a.reads_also(s.a), a.reads_also(s.b); break;
    case Kind::clear: break;
    default: a.reads_also(s.a);
  }
  a.writes_to(s.y);
  if (s.kind == Kind::pair) a.writes_to(s.third);
  return a;
}

/// A step that copies an array from elsewhere.
Access access(Step& take) {
  Access a;
  a.writes_to(take.count);
  return a;
}

class Places {
 public:
  Places(const Listing& p, Plan& plan, Residents all, const std::vector<bool>& listed,
         const std::vector<std::uint32_t>& step)
      : p_(p),
        plan_(plan),
        all_(std::move(all)),
        listed_(listed),
        step_(step),
        last_(all_.root.size()),
        slot_(all_.root.size(), none) {}

  void assign() {
    find_last_uses();
    // What comes from elsewhere has a place of its own.
    for (std::size_t i = 0; i < p_.size(); ++i) {
      if (is_scalar(p_.type(i)) && !listed_[i]) place(i);
    }
    for (Preset& s : plan_.presets) s.slot = written(s.slot);
    std::size_t now = 0;
    each_step([&](auto& s) { step(s, ++now); },
              [&](std::size_t) {
                const auto ends = ends_.find(++now);
                if (ends == ends_.end()) return;
                for (const std::size_t root : ends->second) release(root, now);
              });
    plan_.slot_of.resize(p_.size());
    for (std::size_t i = 0; i < p_.size(); ++i) {
      const std::size_t root = index(all_.root[i]);
      const bool here = all_.size[i] && (slot_[root] != none);
      plan_.slot_of[i] = here ? slot_[root] + all_.offset[i] : plan_.arrays++;
    }
    plan_.slots = next_ + (plan_.small.empty() ? 0 : 64);  // whole registers are read at the end of the last array
  }

 private:
  static constexpr Slot none = std::numeric_limits<Slot>::max();
  static constexpr std::size_t always = std::numeric_limits<std::size_t>::max();

  /// Calls f(step) for each step on a list, other(number) for those of the plan that are none.
  template <class F, class Other>
  void each_step(F&& f, Other&& other) {
    for (std::size_t n = 0; n < plan_.steps.size(); ++n) {
      Step& s = plan_.steps[n];
      const auto each = [&](auto& list) {
        for (std::uint32_t k = s.first; k < s.first + s.count; ++k) f(list[k]);
      };
      if (s.kind == Step::Kind::scalars) each(plan_.scalars);
      else if (s.kind == Step::Kind::small) each(plan_.small);
      else if (s.kind == Step::Kind::take) f(s);
      else other(n);
    }
  }

  void find_last_uses() {
    std::size_t now = 0;
    std::vector<std::size_t> time(plan_.steps.size());
    each_step(
        [&](auto& s) {
          ++now;
          const Access a = access(s);
          for (int k = 0; k < a.read; ++k) last(*a.reads[k]) = now;
          for (int k = 0; k < a.written; ++k) last(*a.writes[k]) = now;
        },
        [&](std::size_t n) { time[n] = ++now; });
    const auto keep = [&](NodeId id) { last(static_cast<Slot>(id)) = always; };
    for (std::size_t i = 0; i < p_.size(); ++i) {
      if (is_scalar(p_.type(i)) && !listed_[i]) keep(static_cast<NodeId>(i));
      if (listed_[i]) continue;
      const std::size_t at = lies_apart(i) ? time[step_[i]] : always;
      p_.each_operand(i, [&](NodeId id) { last(static_cast<Slot>(id)) = std::max(last(static_cast<Slot>(id)), at); });
    }
    for (const NodeId id : p_.outputs) keep(id);
    for (const Guard& g : p_.guards) keep(g.node);
    for (const Preset& s : plan_.presets) last(s.slot) = always;
    for (std::size_t i = 0; i < last_.size(); ++i) {
      if (all_.size[i] && root(static_cast<Slot>(i)) == i && last_[i] && last_[i] != always)
        ends_[last_[i]].push_back(i);
    }
  }
  /// Does the value have memory of its own, whatever its operands lie in?
  bool lies_apart(std::size_t i) const {
    using namespace structural;
    if (plan_.steps[step_[i]].kind == Step::Kind::repeat) return false;
    return p_.nodes[i].code < code::elementwise_end ||
           is<matmul, solve, triangular_solve, inv, cholesky, sum, prod, concatenate, pad, slice_set, gather, cumsum>(
               p_, i);
  }
  std::size_t root(Slot node) const { return index(all_.root[node]); }
  std::size_t& last(Slot node) { return last_[root(node)]; }

  template <class S>
  void step(S& s, std::size_t now) {
    const Access a = access(s);
    std::size_t read[3];
    for (int k = 0; k < a.read; ++k) {
      read[k] = root(*a.reads[k]);
      *a.reads[k] = slot_[read[k]] + all_.offset[*a.reads[k]];
    }
    for (int k = 0; k < a.in_place; ++k) release(read[k], now);
    std::size_t wrote[2];
    for (int k = 0; k < a.written; ++k) {
      wrote[k] = root(*a.writes[k]);
      *a.writes[k] = written(*a.writes[k]);
    }
    clear_others(s, a);
    for (int k = a.in_place; k < a.read; ++k) release(read[k], now);
    for (int k = 0; k < a.written; ++k) release(wrote[k], now);
  }
  /// What a step does not use says nothing, so that alike steps look alike.
  static void clear_others(SmallStep& s, const Access& a) {
    for (Slot* const slot : {&s.a, &s.b, &s.y, &s.third}) {
      const bool used = std::find(a.reads, a.reads + a.read, slot) != a.reads + a.read ||
                        std::find(a.writes, a.writes + a.written, slot) != a.writes + a.written;
      if (!used) *slot = 0;
    }
  }
  template <class S>
  static void clear_others(S&, const Access&) {}
  Slot written(Slot node) {
    if (slot_[root(node)] == none) place(root(node));
    return slot_[root(node)];
  }
  void place(std::size_t i) {
    const std::uint32_t size = all_.size[i];
    Spare& spare = spare_[size];
    if (!spare.empty()) {
      slot_[i] = spare.top();
      return spare.pop();
    }
    const std::uint32_t whole = padded(1);
    if (size > 1) next_ = (next_ + whole - 1) / whole * whole;
    slot_[i] = next_;
    next_ += size;
  }
  void release(std::size_t i, std::size_t now) {
    if (last_[i] != now || slot_[i] == none) return;
    last_[i] = 0;  // once
    spare_[all_.size[i]].push(slot_[i]);
  }

  const Listing& p_;
  Plan& plan_;
  const Residents all_;
  const std::vector<bool>& listed_;
  const std::vector<std::uint32_t>& step_;
  std::unordered_map<std::size_t, std::vector<std::size_t>> ends_;  // roots, by the last step that uses them
  std::vector<std::size_t> last_;  // for each root the number of the last step that uses it
  std::vector<Slot> slot_;         // of each root
  Slot next_ = 0;
  /// The first is taken, whatever became free last: a loop that was written out then has the same places each time around.
  using Spare = std::priority_queue<Slot, std::vector<Slot>, std::greater<>>;
  std::unordered_map<std::uint32_t, Spare> spare_;  // by size
};

}  // namespace

void assign_places(const Listing& p, Plan& plan, Residents all, const std::vector<bool>& listed,
                   const std::vector<std::uint32_t>& step) {
  Places(p, plan, std::move(all), listed, step).assign();
}

}  // namespace wengert::program
