// Operations on single numbers, at many points at once: where a run of one point has a number, this one has a row of them.
#include <algorithm>

#include "wengert/program/plan.hpp"
#include "wengert/rule/kernels/functions.hpp"
#include "wengert/rule/pairs.hpp"

namespace wengert::program {
namespace {

using L = rule::Lanes<double>;
static_assert(least_points % L::width == 0);

class Rows {
 public:
  Rows(double* numbers, std::size_t points) : numbers_(numbers), points_(points) {}

  double* operator[](Slot s) const { return numbers_ + s * points_; }
  std::int64_t points() const { return static_cast<std::int64_t>(points_); }

 private:
  double* numbers_;
  std::size_t points_;
};

/// Of an operation worth less than a call: as many steps as there are of it in a row.
template <class R>
[[gnu::always_inline]] inline const ScalarStep* inlined(const ScalarStep* s, const ScalarStep* end, Rows rows) {
  do {
    const double *a = rows[s->a], *b = rows[s->b];
    double* y = rows[s->y];
    for (std::int64_t k = 0; k < rows.points(); k += L::width) {
      R::value(L::load(a + k), L::load(b + k)).store(y + k);
    }
    ++s;
  } while (s != end && s->op == R::op);
  return s;
}

/// The others, by the loops of the table. An answer is a number here, 1 or 0.
const ScalarStep* by_loop(const ScalarStep* s, const ScalarStep* end, Rows rows) {
  const Op op = s->op;
  const rule::Primitive& q = rule::primitive(op);
  const rule::ValueLoop f = q.value[index(Dtype::float64)];
  for (; s != end && s->op == op; ++s) {
    double* const y = rows[s->y];
    if (q.types != rule::compare) {
      f(rows[s->a], rows[s->b], y, rows.points());
      continue;
    }
    bool answers[most_points];
    f(rows[s->a], rows[s->b], answers, rows.points());
    std::copy_n(answers, rows.points(), y);
  }
  return s;
}

void choose(const double* holds, const double* a, const double* b, double* y, std::int64_t n) {
#pragma GCC ivdep
  for (std::int64_t k = 0; k < n; ++k) y[k] = holds[k] != 0 ? a[k] : b[k];
}

}  // namespace

void run_scalars(std::span<const ScalarStep> steps, double* numbers, std::size_t points) {
  const Rows rows(numbers, points);
  const double* holds = nullptr;
  const ScalarStep *s = steps.data(), *const end = s + steps.size();
  while (s != end) {
    switch (static_cast<unsigned>(s->op)) {
#define WG_INLINED(NAME) \
  case static_cast<unsigned>(Op::NAME): s = inlined<rule::NAME##_rule>(s, end, rows); break;
      WG_INLINED(add)
      WG_INLINED(subtract)
      WG_INLINED(multiply)
      WG_INLINED(divide)
      WG_INLINED(negative)
      WG_INLINED(scale)
      WG_INLINED(square)
#undef WG_INLINED
      case static_cast<unsigned>(ScalarStep::both):
        rule::pairs()[0].loop(rows[s->a], rows[s->y], rows[s->b], rows.points());
        ++s;
        break;
      case static_cast<unsigned>(ScalarStep::condition): holds = rows[s++->a]; break;
      case static_cast<unsigned>(ScalarStep::choose):
        choose(holds, rows[s->a], rows[s->b], rows[s->y], rows.points());
        ++s;
        break;
      case static_cast<unsigned>(ScalarStep::side_by_side): ++s; break;
      default: s = by_loop(s, end, rows);
    }
  }
}

}  // namespace wengert::program
