// The debugger as Python sees it: lines of the program, warnings.
#include "wengert/tape/debugger.hpp"

#include <pybind11/stl.h>

#include <map>

#include "array.hpp"

namespace wengert::bind {
namespace {

/// Expressions that were met, each with a number: a code object, kept alive so that its address stays its own, and an
/// instruction in it.
class Lines {
 public:
  Place place(const py::object& code, int instruction) {
    const auto [found, fresh] = numbers_.try_emplace({code.ptr(), instruction}, lines_.size() + 1);
    if (fresh) lines_.emplace_back(code, instruction);
    return static_cast<Place>(found->second);
  }
  std::string text(Place p) const {
    if (p == Place::unknown) return "";
    const auto& [code, instruction] = lines_[static_cast<std::size_t>(p) - 1];
    return line_of(code, instruction);
  }
  py::object source(Place p) const {
    if (p == Place::unknown) return py::none();
    const auto& [code, instruction] = lines_[static_cast<std::size_t>(p) - 1];
    return py::make_tuple(code, PyCode_Addr2Line(reinterpret_cast<PyCodeObject*>(code.ptr()), instruction));
  }
  static Lines& all() {
    static Lines* one = new Lines();  // never destroyed: it holds Python's objects
    return *one;
  }

 private:
  std::map<std::pair<PyObject*, int>, std::size_t> numbers_;
  std::vector<std::pair<py::object, int>> lines_;
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
  m.def("look_out", look_out, py::arg("nan"), py::arg("infinite"), py::arg("strong_zeros"));
}

}  // namespace wengert::bind
