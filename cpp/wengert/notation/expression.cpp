#include "wengert/notation/expression.hpp"

#include <algorithm>
#include <cmath>

namespace wengert::notation {
namespace {

/// Where expressions of this thread go: set while the table is noted.
thread_local std::vector<Noted>* list = nullptr;

Expression noted(Binding how, const char* word, std::uint8_t operands, const std::uint32_t (&in)[3],
                 double number = 0) {
  list->push_back({how, operands, word, {in[0], in[1], in[2]}, number});
  return {static_cast<std::uint32_t>(list->size() - 1), 0};
}

Formulas made_once() {
  Formulas all;
  list = &all.list;
  const Expression a = letter("a"), b = letter("b"), y = letter("y");
  rule::each_rule([&]<class R>() {
    Formula f{R::name, R::types == rule::compare, R::takes_complex, R::arity, Expression(R::value(a, b)).place, {}, {}};
    f.partials[0] = Expression(R::template partial<0>(a, b, y)).place;
    if constexpr (R::arity == 2) f.partials[1] = Expression(R::template partial<1>(a, b, y)).place;
    for (int k = 0; k < R::arity; ++k) f.masks[k] = rule::masks(R::op, k);
    all.of.push_back(f);
  });
  return all;
}

}  // namespace

Expression::Expression(double number)
    : Expression(noted(std::signbit(number) ? Binding::sign : Binding::whole, nullptr, 0, {}, number)) {}
Expression letter(const char* name) { return noted(Binding::whole, name, 0, {}); }
Expression made(Binding how, const char* word, Expression a) { return noted(how, word, 1, {a.place}); }
Expression made(Binding how, const char* word, Expression a, Expression b) {
  return noted(how, word, 2, {a.place, b.place});
}
Expression select(Expression c, Expression a, Expression b) {
  return noted(Binding::choice, "?", 3, {c.place, a.place, b.place});
}

const Formula* Formulas::find(std::string_view name) const {
  const auto found = std::ranges::find(of, name, &Formula::name);
  return found == of.end() ? nullptr : &*found;
}

const Formulas& formulas() {
  static const Formulas all = made_once();
  return all;
}

}  // namespace wengert::notation
