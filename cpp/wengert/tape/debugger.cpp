#include "wengert/tape/debugger.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "wengert/base/error.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/table.hpp"
#include "wengert/tape/functions.hpp"
#include "wengert/tape/lanes.hpp"

namespace wengert {
namespace detail {
thread_local constinit Debugger* current_debugger = nullptr;
}

namespace {

std::string text_of(double x) {
  if (std::isnan(x)) return "nan";  // whatever its sign
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, x).ptr};
}

std::string position(std::int64_t at, const Shape& shape) {
  Dims place = shape;
  for (int k = shape.count() - 1; k >= 0; --k) {
    place[k] = at % shape[k];
    at /= shape[k];
  }
  return text(place);
}

std::string operand_name(int k, std::size_t count) { return count == 1 ? "x" : std::string(1, "abcdefgh"[k % 8]); }

Value spread_over(const Value& v, const Shape& shape) { return broadcasted(Var(v), shape).value; }

}  // namespace

void set_debugger(Debugger* d) {
  detail::current_debugger = d;
  if (active()) active()->watch(d != nullptr);
}

void AtNode::enter(const Recording& r, std::size_t i) {
  Debugger* d = debugger();
  const bool user_code = r.code_of(i) == code::custom;
  quiet_ = std::exchange(d->quiet_, !user_code);
  at_ = std::exchange(d->at_, user_code ? Place::unknown : r.place(i));
}

/// A rule of the user's may have put another debugger in the place of the one that was there.
void AtNode::leave() {
  Debugger* d = debugger();
  if (!d) return;
  d->quiet_ = quiet_;
  d->at_ = at_;
}

bool Debugger::bad(double x) const { return lookout_.infinite ? !std::isfinite(x) : std::isnan(x); }

/// Position, in row-major order, of the first bad element from `from` on; -1 where there is none.
std::int64_t Debugger::first_bad(const Value& v, std::int64_t from) const {
  if (!is_float(v.dtype())) return -1;
  const Value flat = v.is_array() ? Value(array_of(v, v.dtype())) : v;
  for (std::int64_t i = from; i < v.size(); ++i) {
    if (bad(element(flat, i))) return i;
  }
  return -1;
}

/// Elementwise operations are judged element by element, others as a whole.
void Debugger::check(const Event& e) {
  std::int64_t at = first_bad(e.result.value, 0);
  if (at < 0) return;
  if (!e.elementwise) {
    for (const Named& n : e.in) {
      if (first_bad(n.value, 0) >= 0) return remember(e, at);
    }
    throw NonFiniteError(told(e, at));
  }
  std::vector<Value> wide;
  for (const Named& n : e.in) wide.push_back(array_of(spread_over(n.value, e.result.value.shape()), n.value.dtype()));
  for (; at >= 0; at = first_bad(e.result.value, at + 1)) {
    bool carried = false;
    for (const Value& v : wide) carried |= bad(element(v, at));
    if (!carried) throw NonFiniteError(told(e, at));
    remember(e, at);
  }
}

void Debugger::remember(const Event& e, std::int64_t at) {
  const Storage y = array_of(e.result.value, e.result.value.dtype());
  if (carried_.empty() && std::isnan(element(Value(y), at))) carried_ = told(e, at);
}

void Debugger::seeded(const Value& y) {
  if (carried_.empty() || first_bad(y, 0) < 0) return;
  throw NonFiniteError(std::exchange(carried_, {}) +
                       "\n  a NaN that was there before; with it the result is not finite");
}

/// "log: not finite: the value is -inf at (3,) where x is 0; x is float64 (5,)", and the line.
std::string Debugger::told(const Event& e, std::int64_t at) const {
  const Value& y = e.result.value;
  std::string where, given;
  for (const Named& n : e.in) {
    const bool alone = n.value.size() == 1;
    if (e.elementwise || alone) {
      const Value flat = e.elementwise ? spread_over(n.value, y.shape()) : n.value;
      where += (where.empty() ? " where " : ", ") + n.name + " is " +
               text_of(element(array_of(flat, n.value.dtype()), e.elementwise ? at : 0));
    }
    given += (given.empty() ? "; " : ", ") + n.name + ": " + std::string(wengert::text(n.value.dtype())) + " " +
             wengert::text(n.value.shape());
  }
  return e.what + e.result.name + " is " + text_of(element(array_of(y, y.dtype()), at)) +
         (y.ndim() ? " at " + position(at, y.shape()) : "") + where + given + line();
}

std::string Debugger::line() const {
  if (!quiet_) {
    const std::string here_now = text(const_cast<Debugger*>(this)->here());
    return here_now.empty() ? "" : "\n  at " + here_now;
  }
  std::string then = text(at_);
  // A second line stands under the first one, which begins further right than behind "  at ".
  if (const auto second = then.find('\n'); second != std::string::npos) then.insert(second + 1, 9, ' ');
  return then.empty() ? "\n  recorded before debugging began" : "\n  recorded at " + then;
}

void Debugger::value(Op op, std::span<const Value> in, const Value& y) {
  if (quiet_ || first_bad(y, 0) < 0) return;
  Event e{std::string(rule::primitive(op).name) + ": not finite: ", {}, {"the value", y}, true};
  for (std::size_t k = 0; k < in.size(); ++k) e.in.push_back({operand_name(static_cast<int>(k), in.size()), in[k]});
  check(e);
}

void Debugger::value(CallId id, std::span<const Value> in, const Value& y) {
  if (quiet_ || first_bad(y, 0) < 0) return;
  Event e{std::string(structural::info(id).name) + ": not finite: ", {}, {"the value", y}, false};
  for (std::size_t k = 0; k < in.size(); ++k) e.in.push_back({operand_name(static_cast<int>(k), in.size()), in[k]});
  check(e);
}

Debugger::Event Debugger::event_of(const Passage& p, bool elementwise) const {
  const bool reverse = p.direction == Direction::reverse;
  const std::string x = operand_name(p.operand, p.in.size());
  Event e{std::string(p.operation) + ", " + (reverse ? "reverse" : "forward") + " sweep: not finite: ",
          {{reverse ? "ybar" : "d" + x, p.seed.value}},
          {reverse ? "what it adds to the adjoint of " + x : "the tangent along " + x, p.result.value},
          elementwise};
  for (std::size_t k = 0; k < p.in.size(); ++k)
    e.in.push_back({operand_name(static_cast<int>(k), p.in.size()), p.in[k].value});
  e.in.push_back({"y", p.y.value});
  return e;
}

void Debugger::passage(const Passage& p) {
  if (first_bad(p.result.value, 0) >= 0) check(event_of(p, false));
}

void Debugger::tangent(std::string_view operation, std::span<const Var> in, const Var& y,
                       std::span<const Var* const> dx, const Var& dy) {
  const auto carries = [&](const Var* d) { return d && first_bad(d->value, 0) >= 0; };
  if (std::any_of(dx.begin(), dx.end(), carries)) return;
  const auto some = std::find_if(dx.begin(), dx.end(), [](const Var* d) { return d != nullptr; });
  passage({Direction::forward, operation, static_cast<int>(some - dx.begin()), in, y, **some, dy});
}

void Debugger::product(Direction direction, Op op, int k, std::span<const Var> in, const Var& y, const Var& given,
                       const Var& result) {
  const Var seed = aligned(given, result.lanes, result.ndim());
  const Passage p{direction, rule::primitive(op).name, k, in, y, seed, result};
  if (first_bad(result.value, 0) >= 0) check(event_of(p, true));
  if (!lookout_.strong_zeros || detail::ieee_products || rule::primitive(op).partials[k].constant) return;
  const Var a = in[0].value, b = in.back().value;
  find_strong_zero(event_of(p, true), seed.value, partial_formula(op, k)(a, b, Var(y.value)).value);
}

void Debugger::find_strong_zero(Event e, const Value& seed, const Value& partial) {
  const Shape& shape = e.result.value.shape();
  const Value factor = array_of(spread_over(partial, shape), partial.dtype()),
              arrived = array_of(spread_over(seed, shape), seed.dtype());
  for (std::int64_t i = 0; i < e.result.value.size(); ++i) {
    const double x = element(arrived, i), slope = element(factor, i);
    if (!(x == 0 && !std::isfinite(slope)) && !(slope == 0 && std::isinf(x))) continue;
    e.what.replace(e.what.rfind("not finite"), 10, "zero times infinity");
    e.in.insert(e.in.begin() + 1, {"the partial", partial});
    return report_strong_zero(told(e, i));
  }
}

}  // namespace wengert
