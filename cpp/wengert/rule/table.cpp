#include "wengert/rule/table.hpp"

#include "wengert/rule/kernels/fill.hpp"

namespace wengert::rule {
namespace {

template <class R, int k>
constexpr Partial partial_of() {
  if constexpr (k >= R::arity) return {true, 0, 0, 0};
  else {
    const Flops flops(R::template partial<k>(Flops(0.0), Flops(0.0), Flops(0.0)));
    return {constant_partial<R, k>, reads<R, k>.constant.value_or(0), reads<R, k>.bits, flops.count};
  }
}

template <class R>
constexpr Primitive record() {
  const Flops flops(R::value(Flops(0.0), Flops(0.0)));
  Primitive p{};
  p.name = R::name;
  p.doc = R::doc;
  p.op = R::op;
  p.arity = R::arity;
  p.internal = R::is_internal;
  p.types = R::types;
  p.domain = R::domain;
  p.flops = flops.count;
  p.partials[0] = partial_of<R, 0>();
  p.partials[1] = partial_of<R, 1>();
  return p;
}

Table make() {
  Table table{};
  each_rule([&]<class R>() { table[static_cast<std::size_t>(R::op)] = record<R>(); });
  fill_values(table);
  fill_integers(table);
  fill_complex(table);
  fill_partials_float32(table);
  fill_partials_float64(table);
  fill_numbers(table);
  return table;
}

}  // namespace

const Table& table() {
  static const Table made = make();
  return made;
}

}  // namespace wengert::rule
