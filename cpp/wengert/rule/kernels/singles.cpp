// One float64 at a time, for scalar tapes: the same formulas and the same bits as the lanes.
#include "wengert/rule/kernels/fill.hpp"
#include "wengert/rule/kernels/functions.hpp"

namespace wengert::rule {
namespace {

double plain(One<double> x) { return x.v; }
double plain(bool x) { return x; }

template <class R>
double number(double a, double b) {
  return plain(R::value(One<double>(a), One<double>(b)));
}
template <class R, int k>
double slope(double a, double b, double y) {
  return One<double>(R::template partial<k>(One<double>(a), One<double>(b), One<double>(y))).v;
}

}  // namespace

void fill_numbers(Table& table) {
  each_rule([&]<class R>() {
    Primitive& p = table[static_cast<std::size_t>(R::op)];
    p.number = number<R>;
    p.slope[0] = slope<R, 0>;
    if constexpr (R::arity == 2) p.slope[1] = slope<R, 1>;
  });
}

}  // namespace wengert::rule
