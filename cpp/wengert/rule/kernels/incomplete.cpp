// The incomplete gamma and beta functions and Hurwitz's zeta function. Where a rule needs a derivative by a parameter, the
// series or continued fraction that gives the value is itself differentiated, on dual numbers (as R. J. Moore, Algorithm
// AS 187, 1982, does by hand for the gamma function, and R. J. Boik and J. F. Robison-Cox, J. Stat. Softw. 3, 1998, for
// the beta function). By x the derivative is the density, whose closed form is differentiated further.
#include "wengert/rule/kernels/series.hpp"

namespace wengert::rule::special {
namespace {

constexpr FamilyRecord records[] = {
    {"gammainc", 2, [](const double* x, const int* orders) { return gamma_derivative(false, x, orders); }},
    {"gammaincc", 2, [](const double* x, const int* orders) { return gamma_derivative(true, x, orders); }},
    {"betainc", 3, beta_derivative},
    {"zeta", 2, zeta_derivative},
};

}  // namespace

const FamilyRecord& record(Family f) { return records[static_cast<int>(f)]; }

Long less_log1p(Long x) {
  if (std::abs(x) > 0.1L) return x - std::log1p(x);
  Long sum = 0;
  for (int k = 21; k >= 2; --k) sum = (k % 2 ? -1 : 1) / static_cast<Long>(k) + x * sum;
  return x * x * sum;
}

}  // namespace wengert::rule::special
