// Operations on single numbers, one after another: arithmetic in place, named functions by a call.
#include "wengert/program/plan.hpp"
#include "wengert/rule/kernels/functions.hpp"
#include "wengert/rule/pairs.hpp"

namespace wengert::program {
namespace {

using rule::One;

double plain(One<double> x) { return x.v; }
double plain(bool x) { return x; }

[[gnu::noinline]] double product_with_zero(double a, double b) {
  return plain(rule::scale_rule::value(One<double>(a), One<double>(b)));
}
/// A product that is neither zero nor NaN has no zero among its factors: then there is nothing to choose, and nobody waits
/// for a choice. A third of all operations of a derivative are these.
[[gnu::always_inline]] inline double strong_product(double a, double b) {
  const double product = a * b;
  if (!(product != 0.0) || product != product) [[unlikely]]
    return product_with_zero(a, b);
  return product;
}

template <class R>
[[gnu::always_inline]] inline double value(double a, double b) {
  if constexpr (R::op == Op::scale) return strong_product(a, b);
  else if constexpr (rule::is_cheap<R>) return plain(R::value(One<double>(a), One<double>(b)));
  else return rule::primitive(R::op).number(a, b);
}

/// Steps of one dear kind, of which none waits for another: in lanes, with the bits of each alone.
const ScalarStep* side_by_side(const ScalarStep* s, std::uint32_t n, double* numbers) {
  constexpr std::uint32_t most = ScalarStep::most_side_by_side;
  alignas(64) double a[most], b[most], y[most];
  for (std::uint32_t k = 0; k < n; ++k) a[k] = numbers[s[k].a], b[k] = numbers[s[k].b];
  if (s->op == ScalarStep::both) {
    rule::pairs()[0].loop(a, y, b, n);
    for (std::uint32_t k = 0; k < n; ++k) numbers[s[k].b] = b[k];
  } else {
    rule::primitive(s->op).value[index(Dtype::float64)](a, b, y, n);
  }
  for (std::uint32_t k = 0; k < n; ++k) numbers[s[k].y] = y[k];
  return s + n;
}

/// As many steps as there are of the same primitive in a row.
template <class R>
[[gnu::always_inline]] inline const ScalarStep* run(const ScalarStep* s, const ScalarStep* end, double* numbers) {
  do {
    numbers[s->y] = value<R>(numbers[s->a], numbers[s->b]);
    ++s;
  } while (s != end && s->op == R::op);
  return s;
}

}  // namespace

void run_scalars(std::span<const ScalarStep> steps, double* numbers) {
  bool holds = false;
  const ScalarStep *s = steps.data(), *const end = s + steps.size();
  while (s != end) {
    switch (static_cast<unsigned>(s->op)) {
#define WG_FUNCTION(NAME, ...)                   \
  case static_cast<unsigned>(Op::NAME):          \
    s = run<rule::NAME##_rule>(s, end, numbers); \
    break;
#define WG_FUNCTION2(NAME, ...) WG_FUNCTION(NAME)
#define WG_UNARY(NAME, ...) WG_FUNCTION(NAME)
#define WG_BINARY(NAME, ...) WG_FUNCTION(NAME)
#include "wengert/rule/ops.def"
      case static_cast<unsigned>(ScalarStep::both):
        rule::pairs()[0].number(numbers[s->a], numbers[s->y], numbers[s->b]);
        ++s;
        break;
      case static_cast<unsigned>(ScalarStep::condition): holds = numbers[s++->a] != 0; break;
      case static_cast<unsigned>(ScalarStep::choose):
        numbers[s->y] = numbers[holds ? s->a : s->b];
        ++s;
        break;
      case static_cast<unsigned>(ScalarStep::side_by_side): s = side_by_side(s + 1, s->a, numbers); break;
    }
  }
}

bool is_dear(Op op) {
  switch (static_cast<unsigned>(op)) {
#define WG_FUNCTION(NAME, ...)          \
  case static_cast<unsigned>(Op::NAME): \
    return !rule::is_cheap<rule::NAME##_rule> && rule::primitive(op).value[index(Dtype::float64)];
#define WG_FUNCTION2(NAME, ...) WG_FUNCTION(NAME)
#define WG_UNARY(NAME, ...) WG_FUNCTION(NAME)
#define WG_BINARY(NAME, ...) WG_FUNCTION(NAME)
#include "wengert/rule/ops.def"
    default: return op == ScalarStep::both;
  }
}

}  // namespace wengert::program
