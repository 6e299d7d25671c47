// Turns each line of ops.def into a struct that templates can work with.
#pragma once
#include <cstdint>
#include <string_view>

#include "wengert/rule/numbers.hpp"

namespace wengert {

/// The elementwise primitives, in the order of ops.def; recordings add the operations of call.hpp behind them.
enum class Op : std::uint16_t {
#define WG_FUNCTION(NAME, ...) NAME,
#define WG_FUNCTION2(NAME, ...) NAME,
#define WG_UNARY(NAME, ...) NAME,
#define WG_BINARY(NAME, ...) NAME,
#include "wengert/rule/ops.def"
  count
};

namespace rule {

/// Which element types a primitive takes and gives.
enum class Types : std::uint8_t { reals, numbers, whole, compare };
using enum Types;
/// `reals | complex`: complex numbers too; `reals | internal`: a primitive for rules and sweeps, without a public name.
struct Taken {
  Types types;
  bool complex_too = false, internal = false;
  constexpr Taken(Types t) : types(t) {}
};
inline constexpr struct ComplexToo {
} complex;
inline constexpr struct Internal {
} internal;
constexpr Taken operator|(Taken taken, ComplexToo) {
  taken.complex_too = true;
  return taken;
}
constexpr Taken operator|(Taken taken, Internal) {
  taken.internal = true;
  return taken;
}

struct Domain {
  double lo, hi;
  int allowed = 2;
  constexpr Domain ulp(int n) const { return {lo, hi, n}; }
};
constexpr Domain domain(double lo, double hi) { return {lo, hi}; }

#define WG_UNARY(NAME, VALUE, PARTIAL, TYPES, DOMAIN, DOC)                                              \
  struct NAME##_rule {                                                                                  \
    static constexpr std::string_view name = #NAME, doc = DOC;                                          \
    static constexpr Op op = Op::NAME;                                                                  \
    static constexpr int arity = 1;                                                                     \
    static constexpr Types types = Taken(TYPES).types;                                                  \
    static constexpr bool takes_complex = Taken(TYPES).complex_too;                                     \
    static constexpr bool is_internal = Taken(TYPES).internal;                                          \
    static constexpr Domain domain = rule::DOMAIN;                                                      \
    template <class T>                                                                                  \
    static constexpr auto value([[maybe_unused]] const T& x, const T&) {                                \
      return VALUE;                                                                                     \
    }                                                                                                   \
    template <int, class T>                                                                             \
    static constexpr auto partial([[maybe_unused]] const T& x, const T&, [[maybe_unused]] const T& y) { \
      return PARTIAL;                                                                                   \
    }                                                                                                   \
  };
#define WG_BINARY(NAME, VALUE, PARTIAL_A, PARTIAL_B, TYPES, DOMAIN, DOC)                    \
  struct NAME##_rule {                                                                      \
    static constexpr std::string_view name = #NAME, doc = DOC;                              \
    static constexpr Op op = Op::NAME;                                                      \
    static constexpr int arity = 2;                                                         \
    static constexpr Types types = Taken(TYPES).types;                                      \
    static constexpr bool takes_complex = Taken(TYPES).complex_too;                         \
    static constexpr bool is_internal = Taken(TYPES).internal;                              \
    static constexpr Domain domain = rule::DOMAIN;                                          \
    template <class T>                                                                      \
    static constexpr auto value([[maybe_unused]] const T& a, [[maybe_unused]] const T& b) { \
      return VALUE;                                                                         \
    }                                                                                       \
    template <int k, class T>                                                               \
    static constexpr auto partial([[maybe_unused]] const T& a, [[maybe_unused]] const T& b, \
                                  [[maybe_unused]] const T& y) {                            \
      if constexpr (k == 0) return PARTIAL_A;                                               \
      else return PARTIAL_B;                                                                \
    }                                                                                       \
  };
#define WG_FUNCTION(NAME, ...) WG_UNARY(NAME, NAME(x), __VA_ARGS__)
#define WG_FUNCTION2(NAME, ...) WG_BINARY(NAME, NAME(a, b), __VA_ARGS__)
#include "wengert/rule/ops.def"

/// What a partial derivative reads, or the constant it is.
template <class R, int k>
inline constexpr Reads reads = Reads(R::template partial<k>(Reads::operand(0), Reads::operand(1), Reads::operand(2)));
/// A partial that is the same everywhere needs no formula in a sweep.
template <class R, int k>
inline constexpr bool constant_partial = reads<R, k>.constant.has_value();

/// Is a zero of partial k a strong zero too, where "nothing came here"? It is a derivative that arrived in a sweep before.
constexpr bool masks(Op op, int k) { return (op == Op::scale && k == 1) || op == Op::scale_both; }
template <class R, int k>
inline constexpr bool strong_partial = masks(R::op, k);

/// A derivative times a partial, as `scale` has it.
inline double strong_product(double seed, double partial) {
  const double product = seed * partial;
  if (product == product) return product;
  return seed == 0 ? seed : partial == 0 && seed == seed ? partial : product;
}

/// Calls f.template operator()<Rule>() for every primitive.
template <class F>
constexpr void each_rule(F&& f) {
#define WG_FUNCTION(NAME, ...) f.template operator()<NAME##_rule>();
#define WG_FUNCTION2(NAME, ...) f.template operator()<NAME##_rule>();
#define WG_UNARY(NAME, ...) f.template operator()<NAME##_rule>();
#define WG_BINARY(NAME, ...) f.template operator()<NAME##_rule>();
#include "wengert/rule/ops.def"
}

}  // namespace rule
}  // namespace wengert
