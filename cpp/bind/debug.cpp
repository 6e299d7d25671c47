// The debugger as Python sees it: lines of the program, warnings.
#include "wengert/tape/debugger.hpp"

#include <pybind11/stl.h>

#include <map>

#include "array.hpp"

namespace wengert::bind {
namespace {

/// Which call the function at work is, by the number that Python gave it; 0 where calls are not counted.
thread_local int current_call = 0;

/// Expressions that were met, each with a number: a code object, kept alive so that its address stays its own, an
/// instruction in it, and the call that it belongs to.
class Lines {
 public:
  Place place(const py::object& code, int instruction) {
    const auto [found, fresh] = numbers_.try_emplace({code.ptr(), instruction, current_call}, lines_.size() + 1);
    if (fresh) lines_.emplace_back(code, instruction, current_call);
    return static_cast<Place>(found->second);
  }
  std::string text(Place p) const {
    if (p == Place::unknown) return "";
    const auto& [code, instruction, call] = lines_[static_cast<std::size_t>(p) - 1];
    return line_of(code, instruction);
  }
  py::object source(Place p) const {
    if (p == Place::unknown) return py::none();
    const auto& [code, instruction, call] = lines_[static_cast<std::size_t>(p) - 1];
    return py::make_tuple(code, PyCode_Addr2Line(reinterpret_cast<PyCodeObject*>(code.ptr()), instruction), call);
  }
  static Lines& all() {
    static Lines* one = new Lines();  // never destroyed: it holds Python's objects
    return *one;
  }

 private:
  std::map<std::tuple<PyObject*, int, int>, std::size_t> numbers_;
  std::vector<std::tuple<py::object, int, int>> lines_;
};

class PythonDebugger final : public Debugger {
 public:
  using Debugger::Debugger;

 protected:
  Place here() override { return place_here(); }
  std::string text(Place place) const override { return Lines::all().text(place); }
  void report_strong_zero(const std::string& what) override {
    if (PyErr_WarnEx(error_class("StrongZeroWarning"), what.c_str(), 1) < 0) throw py::error_already_set();
  }
};

using Looks = std::tuple<bool, bool, bool>;

/// What this thread looks out for from now on: NaNs, infinities, strong zeros.
Looks look_out(bool nan, bool infinite, bool strong_zeros) {
  static thread_local Looks now{};
  Debugger* before = debugger();
  set_debugger(nan || infinite || strong_zeros ? new PythonDebugger({nan, infinite, strong_zeros}) : nullptr);
  delete before;
  return std::exchange(now, Looks{nan, infinite, strong_zeros});
}

}  // namespace

Place place_here() {
  const py::object frame = user_frame();
  if (frame.is_none()) return Place::unknown;
  auto* f = reinterpret_cast<PyFrameObject*>(frame.ptr());
  const auto code = py::reinterpret_steal<py::object>(reinterpret_cast<PyObject*>(PyFrame_GetCode(f)));
  return Lines::all().place(code, PyFrame_GetLasti(f));
}

std::string line_at(Place place) {
  const std::string text = Lines::all().text(place), line = text.substr(0, text.find('\n'));
  return line.substr(line.rfind('/', line.find(':')) + 1);
}

py::object source_of(Place place) { return Lines::all().source(place); }

void add_debug(py::module_& m) {
  m.def("use_ieee_products", [](bool on) { return std::exchange(detail::ieee_products, on); });
  m.def("set_call", [](int number) { return std::exchange(current_call, number); });
  m.def("look_out", look_out, py::arg("nan"), py::arg("infinite"), py::arg("strong_zeros"));
}

}  // namespace wengert::bind
