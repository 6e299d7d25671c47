#include "wengert/rule/kernels/fill.hpp"
#include "wengert/rule/kernels/loops.hpp"

void wengert::rule::fill_integers(Table& table) {
  fill_value_loops<bool>(table);
  fill_value_loops<std::int32_t>(table);
  fill_value_loops<std::int64_t>(table);
  fill_value_loops<std::uint64_t>(table);
}
