#include "array.hpp"

PYBIND11_MODULE(_core, m) {
  using namespace wengert::bind;
  pybind11::register_local_exception_translator([](std::exception_ptr e) {
    try {
      if (e) std::rethrow_exception(e);
    } catch (const pybind11::builtin_exception&) {
      throw;
    } catch (...) {
      set_python_error();
    }
  });
  m.doc() = "The compiled core of wengert.";
  add_array_type(m);
  add_functions(m);
  add_operations(m);
  add_scope(m);
  add_capture(m);
  add_custom(m);
  add_batching(m);
  add_table(m);
  add_debug(m);
  add_protocols(m);
  add_dlpack(m);
  add_program(m);
  add_loop(m);
  add_schedule(m);
  add_webgpu(m);
  add_explore(m);
  find_ufuncs();
}
