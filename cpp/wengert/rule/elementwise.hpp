// Elementwise primitives on whole arrays: types, broadcasting, and blocks that stay in the fastest cache.
#pragma once
#include "wengert/base/value.hpp"
#include "wengert/rule/call.hpp"
#include "wengert/rule/table.hpp"

namespace wengert::rule {

/// The one type that both operands are brought to before the rule runs (b may be null); throws DtypeError.
Dtype looked_up_dtype(const Primitive& p, const Value& a, const Value* b);
inline Dtype common_dtype(const Primitive& p, const Value& a, const Value* b) {
  const bool alike = b && !a.is_weak() && !b->is_weak() && a.dtype() == b->dtype() && is_float(a.dtype());
  return alike ? a.dtype() : looked_up_dtype(p, a, b);
}
/// The type of the value of operands that have the one type that the rule runs in, as those of a program have (b may be
/// null); throws where it has none.
Type result_type(const Primitive& p, const Type& a, const Type* b);
/// NumPy 2's promotion, weak numbers included.
Dtype promoted(const Value& a, const Value& b);

/// Value of a primitive; operands are brought to their common type, and broadcast.
Value evaluate(const Primitive& p, const Value& a, const Value* b);

/// out = seed * partial k, or out += that where `add`; everything broadcasts to the shape of `out`, which is row-major.
/// Operands that the partial does not read may be null. All have the type of `out`.
struct Contribution {
  const Storage *a, *b, *y, *seed;
};
void contribute(const Primitive& p, int k, const Contribution& in, const Storage& out, bool add);

}  // namespace wengert::rule
