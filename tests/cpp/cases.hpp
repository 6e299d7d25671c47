// Random uses of every structural primitive.
#pragma once
#include "support.hpp"
#include "wengert/rule/structural/list.hpp"

namespace wengert::test {

struct Case {
  std::string_view name;
  CallId id;
  std::vector<Var> in;
  std::vector<std::int64_t> at;
  bool symmetric = false;  // only symmetric matrices are near: directions have to be symmetric too

  Var value() const { return call(id, in, at); }
  /// Can operand k carry a derivative?
  bool carries(std::size_t k) const { return !(structural::info(id).inert >> k & 1) && is_float(in[k].dtype()); }
};

/// A use of one primitive, of complex numbers too where that is asked for; a test that asks for a primitive without a case
/// fails.
Case draw(CallId id, Random& random, bool complex_too = false);
template <class P>
Case draw(Random& random) {
  return draw(structural::id<P>, random);
}

}  // namespace wengert::test
