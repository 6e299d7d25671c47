// What lowering for graphics processors is told of a program: a row of integers, as wengert/webgpu/source.hpp reads it.
#include <pybind11/stl.h>

#include <cstring>
#include <numeric>

#include "program.hpp"

#include "wengert/webgpu/source.hpp"

namespace wengert::bind {
namespace {

using webgpu::Source;

class Row {
 public:
  void add(std::int64_t n) { all_.push_back(n); }
  template <class List>
  void add_list(const List& list) {
    add(static_cast<std::int64_t>(list.size()));
    for (const auto n : list) add(static_cast<std::int64_t>(n));
  }
  /// Whether all elements are alike, and what they are.
  void add_constant(const Value& v) {
    double number = 0;
    bool alike = v.size() > 0 && !is_complex(v.dtype());
    if (alike) {
      const Storage a = array_of(v, v.dtype());
      const std::size_t bytes = item_size(v.dtype());
      const auto* first = reinterpret_cast<const char*>(a.data<std::uint8_t>());
      for (std::size_t i = 1; alike && i < static_cast<std::size_t>(v.size()); ++i) {
        alike = std::memcmp(first, first + i * bytes, bytes) == 0;
      }
      number = element(v, 0);
    }
    std::int64_t bits;
    std::memcpy(&bits, &number, sizeof bits);
    add(alike);
    add(bits);
    add_pattern(v);
  }
  /// Of whole numbers: the length of runs that they come in, one after the other, each of which begins with a multiple of
  /// that length; and what all are multiples of. Positions of rows are found by it.
  void add_pattern(const Value& v) {
    std::uint64_t run = 1, multiple = 1;
    if (is_integer(v.dtype()) && v.size() > 0) {
      const Storage a = array_of(v, Dtype::int64);
      const auto* x = a.data<std::int64_t>();
      run = static_cast<std::uint64_t>(v.size());
      multiple = 0;
      for (std::int64_t i = 0; i < v.size(); ++i) {
        const auto bits = static_cast<std::uint64_t>(x[i]), size = x[i] < 0 ? 0 - bits : bits;
        multiple = std::gcd(multiple, size);
        const bool follows = i > 0 && bits - static_cast<std::uint64_t>(x[i - 1]) == 1;
        if (!follows) run = std::gcd(std::gcd(run, static_cast<std::uint64_t>(i)), size);
      }
    }
    add(static_cast<std::int64_t>(run));
    add(static_cast<std::int64_t>(multiple & INT64_MAX));
  }
  py::bytes bytes() const { return {reinterpret_cast<const char*>(all_.data()), all_.size() * sizeof(std::int64_t)}; }

 private:
  std::vector<std::int64_t> all_;
};

Source::Kind kind_of(const program::Node& n) {
  if (n.code < code::elementwise_end) return Source::Kind::elementwise;
  if (n.code == code::input) return Source::Kind::input;
  if (n.code == code::constant) return Source::Kind::constant;
  return n.code == code::call ? Source::Kind::call : Source::Kind::other;
}

py::bytes source(const Handle& h) {
  const program::Listing& p = h.listing();
  Row row;
  row.add(static_cast<std::int64_t>(p.types.size()));
  for (const Type& t : p.types) {
    row.add(static_cast<std::int64_t>(t.dtype));
    row.add_list(t.shape);
  }
  row.add(static_cast<std::int64_t>(p.calls.size()));
  for (const Call& c : p.calls) {
    row.add(static_cast<std::int64_t>(c.primitive));
    row.add_list(p.operands_of(c));
    row.add_list(p.attributes_of(c));
  }
  row.add(static_cast<std::int64_t>(p.constants.size()));
  for (const Value& v : p.constants) row.add_constant(v);
  row.add(static_cast<std::int64_t>(p.nodes.size()));
  for (const program::Node& n : p.nodes) {
    row.add(static_cast<std::int64_t>(kind_of(n)));
    row.add(n.code);
    row.add(static_cast<std::int64_t>(n.a));
    row.add(n.b == NodeId::none ? -1 : static_cast<std::int64_t>(n.b));
    row.add(n.type);
  }
  row.add_list(p.outputs);
  return row.bytes();
}

}  // namespace

void add_webgpu(py::module_& m) {
  m.def("program_source", source);
  m.def("program_constant",
        [](const Handle& h, std::size_t k) { return Handle::result(h.listing().constants.at(k), true); });
  m.def("program_line", [](const Handle& h, std::size_t node) {
    const auto& places = h.listing().places;
    return node < places.size() && places[node] != Place::unknown ? line_at(places[node]) : std::string();
  });
  m.def("program_results", [](const Handle& h) {
    py::list all;
    for (const NodeId id : h.listing().outputs) {
      const Type& t = h.listing().type(index(id));
      all.append(py::make_tuple(std::string(text(t.dtype)), std::vector<std::int64_t>(t.shape.begin(), t.shape.end())));
    }
    return all;
  });
}

}  // namespace wengert::bind
