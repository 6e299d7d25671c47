#include "wengert/rule/kernels/fill.hpp"
#include "wengert/rule/kernels/loops.hpp"

void wengert::rule::fill_partials_float64(Table& table) {
  fill_partial_loops<double, 0>(table);
  fill_partial_loops<double, 1>(table);
}
