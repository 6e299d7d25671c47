// Values of the primitives that pick, place, choose and order elements.
#include <algorithm>
#include <numeric>
#include <vector>

#include "wengert/rule/cursor.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/structural/order.hpp"

namespace wengert::structural {
namespace {

Storage stored(const Value& x) { return x.is_array() ? x.storage() : strided(x, x.dtype()); }

/// Calls f(i, position) for each position, checked once more: a wild read must be impossible.
template <class F>
void each_position(const Value& positions, std::int64_t size, F&& f) {
  const Storage p = array_of(positions, Dtype::int64);
  const std::int64_t* at = p.data<std::int64_t>();
  for (std::int64_t i = 0; i < p->size; ++i) {
    const std::int64_t where = at[i] < 0 ? at[i] + size : at[i];
    if (where < 0 || where >= size) {
      throw IndexError("index: out of range: position " + std::to_string(at[i]) + " of " + std::to_string(size) +
                       " elements");
    }
    f(i, where);
  }
}

template <class T>
void scatter(In in, const Storage& out, const Storage& all, bool add) {
  T* y = out.data<T>();
  const T* v = all.data<T>();
  each_position(in[1], out->size,
                [&](std::int64_t i, std::int64_t p) { y[p] = add ? static_cast<T>(y[p] + v[i]) : v[i]; });
}

Storage scattered(In in, bool add) {
  const Storage x = stored(in[0]);
  if (!broadcasts_to(in[2].shape(), in[1].shape())) {
    throw ShapeError("scatter: shapes differ: the positions are " + text(in[1].shape()) + ", the values are " +
                     text(in[2].shape()));
  }
  const Dtype d = add ? carrier(x->dtype) : x->dtype;
  const Storage out = allocate(d, x.shape());
  copy(x, out);
  const Storage all = allocate(d, in[1].shape());
  copy(strided(in[2], x->dtype), all);
  if (add) visit_carrier(d, [&](auto t) { scatter<decltype(t)>(in, out, all, true); });
  else visit_bits(d, [&](auto t) { scatter<decltype(t)>(in, out, all, false); });
  return strided(Value(out), x->dtype);
}

}  // namespace

Value gather::value(In in, Attributes) {
  const Storage x = contiguous(stored(in[0]));
  const Storage y = allocate(x->dtype, in[1].shape());
  visit_bits(x->dtype, [&](auto t) {
    using T = decltype(t);
    const T* from = x.data<T>();
    T* to = y.data<T>();
    each_position(in[1], x->size, [&](std::int64_t i, std::int64_t p) { to[i] = from[p]; });
  });
  return settle(y);
}

bool gather::contribute(int, In in, const Value& ybar, Attributes, const Storage& xbar, bool add) {
  if (!add) clear(xbar);
  const Storage from = array_of(ybar, xbar->dtype);
  visit_float(xbar->dtype, [&](auto t) {
    using T = decltype(t);
    T* to = xbar.data<T>();
    each_position(in[1], xbar->size,
                  [&](std::int64_t i, std::int64_t p) { to[p] = static_cast<T>(to[p] + from.data<T>()[i]); });
  });
  return true;
}

Value scatter_add::value(In in, Attributes) { return settle(scattered(in, true)); }
Value scatter_set::value(In in, Attributes) { return settle(scattered(in, false)); }

Value select::value(In in, Attributes) {
  const Storage c = strided(in[0], Dtype::boolean), x = stored(in[1]), y = stored(in[2]);
  const Shape shape = broadcast("where", broadcast("where", c.shape(), x.shape()), y.shape());
  const Storage out = allocate(x->dtype, shape);
  rule::Cursor from_c(&c, shape), from_x(&x, shape), from_y(&y, shape);
  visit_bits(x->dtype, [&](auto t) {
    using T = decltype(t);
    T* to = out.data<T>();
    for (std::int64_t i = 0; i < out->size; i += rule::block_size) {
      const std::int64_t n = std::min(rule::block_size, out->size - i);
      const auto* pc = static_cast<const bool*>(from_c.next(n));
      const auto* px = static_cast<const T*>(from_x.next(n));
      const auto* py = static_cast<const T*>(from_y.next(n));
      for (std::int64_t k = 0; k < n; ++k) to[i + k] = pc[k] ? px[k] : py[k];
    }
  });
  return settle(out);
}

namespace {

template <class T>
void clip_blocks(rule::Cursor& from_x, rule::Cursor& from_l, rule::Cursor& from_h, T* to, std::int64_t size) {
  for (std::int64_t i = 0; i < size; i += rule::block_size) {
    const std::int64_t n = std::min(rule::block_size, size - i);
    const auto* px = static_cast<const T*>(from_x.next(n));
    const auto* pl = static_cast<const T*>(from_l.next(n));
    const auto* ph = static_cast<const T*>(from_h.next(n));
    for (std::int64_t k = 0; k < n; ++k) {
      const T raised = px[k] < pl[k] || pl[k] != pl[k] ? pl[k] : px[k];
      to[i + k] = raised > ph[k] || ph[k] != ph[k] ? ph[k] : raised;
    }
  }
}

}  // namespace

Value clip::value(In in, Attributes) {
  const Dtype d = in[0].dtype();
  if (is_complex(d))
    throw DtypeError("clip: element type: complex numbers have no order: given " + std::string(text(d)));
  const Storage x = strided(in[0], carrier(d)), low = strided(in[1], carrier(d)), high = strided(in[2], carrier(d));
  const Shape shape = broadcast("clip", broadcast("clip", x.shape(), low.shape()), high.shape());
  const Storage out = allocate(x->dtype, shape);
  rule::Cursor from_x(&x, shape), from_l(&low, shape), from_h(&high, shape);
  visit_carrier(x->dtype, [&](auto t) {
    using T = decltype(t);
    if constexpr (is_complex_type<T>) return;
    else clip_blocks(from_x, from_l, from_h, out.data<T>(), out->size);
  });
  return settle(strided(Value(out), d));
}

Value argsort::value(In in, Attributes at) {
  const Storage x = array_of(in[0], carrier(in[0].dtype()));
  const int axis = normal_axis("argsort", at[0], x->ndim);
  const Storage y = allocate(Dtype::int64, x.shape());
  const std::int64_t n = x->dims()[axis], step = row_major(x.shape())[axis];
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  visit_carrier(x->dtype, [&](auto t) {
    using T = decltype(t);
    for (std::int64_t start = 0; n > 0 && start < x->size; ++start) {
      if (start / step % n != 0) continue;
      const T* from = x.data<T>() + start;
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(),
                       [&](std::int64_t i, std::int64_t j) { return sorts_before(from[i * step], from[j * step]); });
      for (std::int64_t k = 0; k < n; ++k)
        y.data<std::int64_t>()[start + k * step] = order[static_cast<std::size_t>(k)];
    }
  });
  return settle(y);
}

namespace {

/// Runs along an axis, y[k] = f(y[k - 1], x[k]).
template <class F>
Value running(const Value& value, Attributes at, F f) {
  const Dtype result = summed(value.dtype()), d = carrier(result);
  const Storage x = array_of(value, d);
  const int axis = normal_axis("cumulate", at[0], x->ndim);
  const Storage y = allocate(d, x.shape());
  const std::int64_t n = x->dims()[axis], step = row_major(x.shape())[axis];
  visit_carrier(d, [&](auto t) {
    using T = decltype(t);
    const T* from = x.data<T>();
    T* to = y.data<T>();
    for (std::int64_t i = 0; i < x->size; ++i)
      to[i] = i / step % n == 0 ? from[i] : static_cast<T>(f(to[i - step], from[i]));
  });
  return settle(strided(Value(y), result));
}

}  // namespace

Value cumsum::value(In in, Attributes at) {
  return running(in[0], at, [](auto a, auto b) { return a + b; });
}
Value cumprod::value(In in, Attributes at) {
  return running(in[0], at, [](auto a, auto b) { return times(a, b); });
}

}  // namespace wengert::structural
