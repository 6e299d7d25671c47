#include "wengert/tape/guards.hpp"

#include <cmath>
#include <cstring>

#include "wengert/base/error.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/tape/lanes.hpp"

namespace wengert {

void leave_guard(const Var& x, Guard::Kind kind) {
  Recording* r = active();
  if (!r || !r->records_all() || !x.recorded()) return;
  r->guard({kind, x.node, guarded_outcome(kind, x.value)});
}

Value guarded_outcome(Guard::Kind kind, const Value& x) {
  if (kind == Guard::Kind::truth) return Value::number(complex_element(x, 0) != 0.0);
  if (kind == Guard::Kind::integer) return Value::number(std::trunc(element(x, 0)));
  return x.is_array() ? Value(contiguous(x.storage())) : x;
}

bool same_outcome(const Value& now, const Value& then) {
  if (now.is_array() != then.is_array() || now.dtype() != then.dtype()) return false;
  if (!now.is_array()) {
    const double p = now.as_double(), q = then.as_double();
    return std::memcmp(&p, &q, sizeof p) == 0;
  }
  // Of `then` not even references are counted: other threads may look at it.
  const Block& q = *then.block();
  if (!q.contiguous) throw Error("guard: an outcome is row-major");
  const Storage p = contiguous(now.storage());
  return same_shape(*p.get(), q) &&
         std::memcmp(p->data, q.data, static_cast<std::size_t>(q.size) * item_size(q.dtype)) == 0;
}

Var detached(const Var& x) {
  if (!x.recorded() || !active() || !active()->records_all()) return constant_of(x);
  return call(structural::id<structural::stop>, std::span(&x, 1), {});
}

}  // namespace wengert
