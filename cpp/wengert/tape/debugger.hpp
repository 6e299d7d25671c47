// Looks over the shoulder of a program: where did the first NaN or infinity come from?
#pragma once
#include <string>

#include "wengert/base/thread.hpp"
#include "wengert/rule/rules.hpp"
#include "wengert/tape/formulas.hpp"

namespace wengert {

enum class Direction : std::uint8_t { forward, reverse };

/// One derivative on its way through a node: what arrived, what was computed from, and what goes on.
struct Passage {
  Direction direction;
  std::string_view operation;
  int operand;
  std::span<const Var> in;
  const Var &y, &seed, &result;
};

class Debugger {
 public:
  struct Lookout {
    bool nan, infinite, strong_zeros;
  };

  explicit Debugger(Lookout lookout) : lookout_(lookout) {}
  Debugger(const Debugger&) = delete;
  Debugger& operator=(const Debugger&) = delete;
  virtual ~Debugger() = default;

  /// The line that a node recorded now belongs to.
  Place place() { return at_ != Place::unknown ? at_ : here(); }
  /// A sweep starts at a result: throws where that is bad by a NaN that no operation made: it came in with the data.
  void seeded(const Value& y);
  /// Throws NonFiniteError where y is bad and what it was computed from is not.
  void value(Op op, std::span<const Value> in, const Value& y);
  void value(CallId id, std::span<const Value> in, const Value& y);
  /// The same for a share of a derivative.
  void passage(const Passage& p);
  /// The same for the tangent of a structural primitive, to which several directions add; null pointers stand for zeros.
  void tangent(std::string_view operation, std::span<const Var> in, const Var& y, std::span<const Var* const> dx,
               const Var& dy);
  /// The same for seed times partial k of an elementwise primitive; here a strong zero is reported, too.
  void product(Direction direction, Op op, int k, std::span<const Var> in, const Var& y, const Var& seed,
               const Var& result);

 protected:
  /// The line of the program that is at work.
  virtual Place here() = 0;
  virtual std::string text(Place place) const = 0;
  virtual void report_strong_zero(const std::string& what) = 0;

 private:
  friend class AtNode;
  struct Named {
    std::string name;
    Value value;
  };
  struct Event {
    std::string what;
    std::vector<Named> in;
    Named result;
    bool elementwise;
  };
  bool bad(double x) const;
  std::int64_t first_bad(const Value& v, std::int64_t from) const;
  void check(const Event& e);
  void remember(const Event& e, std::int64_t at);
  std::string told(const Event& e, std::int64_t at) const;
  void find_strong_zero(Event e, const Value& seed, const Value& partial);
  Event event_of(const Passage& p, bool elementwise) const;
  std::string line() const;

  Lookout lookout_;
  bool quiet_ = false;  // a sweep computes on its own account
  Place at_ = Place::unknown;
  std::string carried_;  // where a NaN was first met that no operation had made
};

namespace detail {
extern thread_local constinit Debugger* current_debugger WG_FAST_TLS;
}  // namespace detail

/// Who watches this thread, or null.
inline Debugger* debugger() { return detail::current_debugger; }
/// Must a sweep that computes numbers go node by node by the formulas, where all of this is asked?
inline bool by_formulas() { return debugger() || detail::ieee_products; }
/// Hands this thread over to d (or to nobody); the recording that is active is watched from now on, or no longer.
void set_debugger(Debugger* d);

/// A sweep is at node i for the length of this scope: what it records belongs to that node's line, and what it computes on
/// the way is judged by what comes out. Rules that a user wrote are a program again.
class AtNode {
 public:
  AtNode(const Recording& r, std::size_t i) : watched_(debugger() != nullptr), before_(detail::place_of_sweep) {
    if (watched_) [[unlikely]]
      enter(r, i);
    if (r.notes_lines()) detail::place_of_sweep = r.place(i);
  }
  AtNode(const AtNode&) = delete;
  AtNode& operator=(const AtNode&) = delete;
  ~AtNode() {
    detail::place_of_sweep = before_;
    if (watched_) [[unlikely]]
      leave();
  }

 private:
  void enter(const Recording& r, std::size_t i);
  void leave();

  bool watched_, quiet_ = false;
  Place at_ = Place::unknown, before_;
};

}  // namespace wengert
