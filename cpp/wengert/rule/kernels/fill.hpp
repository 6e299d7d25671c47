// Who fills which columns of the table; each file compiles on its own, so that both cores of a small machine are busy.
#pragma once
#include "wengert/rule/table.hpp"

namespace wengert::rule {

void fill_values(Table& table);
void fill_integers(Table& table);
void fill_complex(Table& table);
void fill_partials_float32(Table& table);
void fill_partials_float64(Table& table);
void fill_numbers(Table& table);

}  // namespace wengert::rule
