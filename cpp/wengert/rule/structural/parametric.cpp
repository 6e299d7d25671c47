// Values of the functions that are differentiated by their parameters, element by element on broadcast operands.
#include <array>

#include "wengert/rule/cursor.hpp"
#include "wengert/rule/kernels/incomplete.hpp"
#include "wengert/rule/structural/list.hpp"

namespace wengert::structural {
namespace {

using rule::special::FamilyRecord;
constexpr std::size_t most_operands = 3;

struct Orders {
  int of[most_operands] = {};

  Orders(const FamilyRecord& f, Attributes at) {
    std::int64_t all = 0;
    for (std::size_t k = 0; k < at.size(); ++k) all += of[k] = static_cast<int>(at[k]);
    if (all > rule::special::most_orders) {
      throw DomainError(std::string(f.name) + ": no derivative of this order: given " + std::to_string(all) +
                        ", known are those up to " + std::to_string(rule::special::most_orders));
    }
  }
};

Shape common_shape(const FamilyRecord& f, In in) {
  Shape shape = in[0].shape();
  for (const Value& x : in.subspan(1)) shape = broadcast(f.name, shape, x.shape());
  return shape;
}

template <class T>
void fill(const FamilyRecord& f, const Orders& orders, std::array<rule::Cursor, most_operands>& operands,
          const Storage& y) {
  for (std::int64_t i = 0; i < y->size; i += rule::block_size) {
    const std::int64_t count = std::min(rule::block_size, y->size - i);
    std::array<const T*, most_operands> x{};
    for (std::size_t k = 0; k < most_operands; ++k) x[k] = static_cast<const T*>(operands[k].next(count));
    for (std::int64_t j = 0; j < count; ++j) {
      double point[most_operands] = {};
      for (int k = 0; k < f.arity; ++k) point[k] = x[static_cast<std::size_t>(k)][j];
      y.data<T>()[i + j] = static_cast<T>(f.derivative(point, orders.of));
    }
  }
}

}  // namespace

std::span<const std::string_view> parametric::names() {
  static const auto all = [] {
    std::array<std::string_view, static_cast<std::size_t>(rule::special::Family::count)> list;
    for (std::size_t k = 0; k < list.size(); ++k) list[k] = record(static_cast<rule::special::Family>(k)).name;
    return list;
  }();
  return all;
}

Type parametric::result(Given in, Attributes at) {
  if (at.empty() || at[0] < 0 || at[0] >= static_cast<std::int64_t>(names().size())) {
    throw DomainError("attributes: no such function: given " + text(at));
  }
  const auto arity = static_cast<std::size_t>(record(static_cast<rule::special::Family>(at[0])).arity);
  require_counts(in, arity, at, 1 + arity);
  require_alike(in);
  if (in[0].dtype != Dtype::float32 && in[0].dtype != Dtype::float64) {
    throw DtypeError("element type: real numbers expected: given " + std::string(text(in[0].dtype)));
  }
  std::int64_t orders = 0;
  for (const std::int64_t n : at.subspan(1)) {
    if (n < 0 || (orders += n) > rule::special::most_orders)
      throw DomainError("attributes: no derivative of the orders " + text(at.subspan(1)));
  }
  return {in[0].dtype, broadcast_shape(in)};
}

Value parametric::value(In in, Attributes at) {
  const FamilyRecord& f = record(static_cast<rule::special::Family>(at[0]));
  const Orders orders(f, at.subspan(1));
  const Shape shape = common_shape(f, in);
  const Dtype d = in[0].dtype();
  if (is_complex(d)) throw DtypeError(std::string(f.name) + ": element type: no meaning for " + std::string(text(d)));
  std::array<Storage, most_operands> held;
  for (std::size_t k = 0; k < in.size(); ++k) held[k] = strided(in[k], d);
  const auto cursor = [&](std::size_t k) { return rule::Cursor(k < in.size() ? &held[k] : nullptr, shape); };
  std::array<rule::Cursor, most_operands> operands{cursor(0), cursor(1), cursor(2)};
  Storage y = allocate(d, shape);
  if (d == Dtype::float32) fill<float>(f, orders, operands, y);
  else fill<double>(f, orders, operands, y);
  return settle(std::move(y));
}

}  // namespace wengert::structural
