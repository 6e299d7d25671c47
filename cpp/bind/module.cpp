#include "array.hpp"

PYBIND11_MODULE(_core, m) {
  using namespace wengert::bind;
  m.doc() = "The compiled core of wengert.";
  add_array_type(m);
  add_functions(m);
  add_operations(m);
  add_scope(m);
  add_table(m);
  add_protocols(m);
  find_ufuncs();
}
