#include "wengert/program/small.hpp"

#include <algorithm>
#include <array>

#include "wengert/rule/kernels/lanes.hpp"
#include "wengert/rule/pairs.hpp"
#include "wengert/rule/structural/matmul.hpp"
#include "wengert/rule/structural/reduce.hpp"
#include "wengert/rule/table.hpp"

namespace wengert::program {
namespace {

/// The table's loops on float64, side by side.
const std::array<rule::ValueLoop, rule::op_count>& loops() {
  static const auto all = [] {
    std::array<rule::ValueLoop, rule::op_count> list;
    for (std::size_t k = 0; k < list.size(); ++k) list[k] = rule::table()[k].value[index(Dtype::float64)];
    return list;
  }();
  return all;
}

void select(const double* condition, const double* a, const double* b, double* y, std::uint32_t n) {
  const auto* holds = reinterpret_cast<const bool*>(condition);
  for (std::uint32_t i = 0; i < n; ++i) y[i] = holds[i] ? a[i] : b[i];
}

void sum(const double* a, double* y, const std::uint32_t (&n)[3]) {
  for (std::uint32_t i = 0; i < n[0]; ++i, a += n[1] * n[2]) {
    structural::Sums{}(a, Run{n[2], 1, 1}, n[1], n[2], y);
    y += n[2];
  }
}

/// y = a b, or c + a b; y may be c.
template <bool adds>
void outer(const double* __restrict a, const double* __restrict b, const double* c, double* y,
           const std::uint32_t (&n)[3]) {
  for (std::uint32_t i = 0; i < n[0]; ++i, y += n[1], c += n[1]) {
    const double left = a[i];
#pragma GCC ivdep
    for (std::uint32_t j = 0; j < n[1]; ++j) y[j] = adds ? c[j] + left * b[j] : left * b[j];
  }
}

void move(const Move& m, const double* a, double* y) {
  a += m.from;
  y += m.to;
  for (std::int32_t i = 0; i < m.rows; ++i, a += m.from_row, y += m.to_row) {
    for (std::int32_t j = 0; j < m.columns; ++j) y[j * m.to_step] = a[j * m.from_step];
  }
}

}  // namespace

std::uint32_t padded(std::int64_t n) {
  constexpr std::int64_t width = rule::Lanes<double>::width;
  return static_cast<std::uint32_t>((n + width - 1) / width * width);
}

void spread(const double* a, double* y, const std::uint32_t (&n)[3]) {
  for (std::uint32_t i = 0; i < n[0]; ++i, a += n[2]) {
    if (n[2] == 1) y = std::fill_n(y, n[1], *a);
    else
      for (std::uint32_t j = 0; j < n[1]; ++j) y = std::copy_n(a, n[2], y);
  }
}

void run_small(std::span<const SmallStep> steps, std::span<const Move> moves, double* numbers) {
  using Kind = SmallStep::Kind;
  const rule::ValueLoop* const loop = loops().data();
  for (const SmallStep& s : steps) {
    const double *a = numbers + s.a, *b = numbers + s.b;
    double *const y = numbers + s.y, *third = numbers + s.third;
    switch (s.kind) {
      case Kind::elementwise: loop[static_cast<std::size_t>(s.op)](a, b, y, s.n[0]); break;
      case Kind::number: *y = rule::primitive(s.op).number(*a, *b); break;
      case Kind::pair: rule::pairs()[0].loop(a, y, third, s.n[0]); break;
      case Kind::select: select(third, a, b, y, s.n[0]); break;
      case Kind::spread: spread(a, y, s.n); break;
      case Kind::sum: sum(a, y, s.n); break;
      case Kind::product: structural::multiply_small(a, b, y, {s.n[0], s.n[1], s.n[2], s.turned_a, s.turned_b}); break;
      case Kind::outer: outer<false>(a, b, third, y, s.n); break;
      case Kind::add_outer: outer<true>(a, b, third, y, s.n); break;
      case Kind::move: move(moves[s.n[0]], a, y); break;
      case Kind::clear: std::fill_n(y, s.n[0], 0.0); break;
    }
  }
}

}  // namespace wengert::program
