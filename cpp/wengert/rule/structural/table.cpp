#include <array>

#include "wengert/rule/structural/list.hpp"

namespace wengert::structural {
namespace {

template <class P>
rule::Structural record() {
  constexpr bool may_refuse = requires { P::may_refuse; };
  rule::Structural r{P::name, P::doc, P::kind, may_refuse, P::inert, P::value, P::result, {}, nullptr};
  if constexpr (requires { P::contribute; }) r.contribute = P::contribute;
  if constexpr (requires { P::names; }) r.names = P::names();
  return r;
}

std::array<rule::Structural, count> make() {
  std::array<rule::Structural, count> table{};
  std::size_t k = 0;
  each([&]<class P>() { table[k++] = record<P>(); });
  return table;
}

}  // namespace

const rule::Structural& info(CallId id) {
  static const auto table = make();
  return table[static_cast<std::size_t>(id)];
}

}  // namespace wengert::structural
