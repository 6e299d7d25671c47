#include "wengert/rule/kernels/fill.hpp"
#include "wengert/rule/kernels/loops.hpp"

void wengert::rule::fill_values(Table& table) {
  fill_value_loops<double>(table);
  fill_value_loops<float>(table);
}
