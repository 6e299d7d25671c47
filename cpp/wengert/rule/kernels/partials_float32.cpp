#include "wengert/rule/kernels/fill.hpp"
#include "wengert/rule/kernels/loops.hpp"

void wengert::rule::fill_partials_float32(Table& table) {
  fill_partial_loops<float, 0>(table);
  fill_partial_loops<float, 1>(table);
}
