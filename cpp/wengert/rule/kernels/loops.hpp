// The loops that run a rule over contiguous elements. Instantiated once a type, in the files beside this one.
#pragma once
#include <algorithm>

#include "wengert/rule/kernels/functions.hpp"
#include "wengert/rule/table.hpp"

namespace wengert::rule {

/// Elements of an array that has fewer than a register holds, in a buffer of their own: no read beyond the end.
template <class T>
struct Tail {
  alignas(64) T lane[Lanes<T>::width];
  Tail(const T* p, std::int64_t count) {
    std::fill_n(lane, Lanes<T>::width, T{1});
    std::copy_n(p, count, lane);
  }
  Lanes<T> get() const { return Lanes<T>::load(lane); }
};

template <class T>
Lanes<T> load(const T* p, std::int64_t count) {
  return count == Lanes<T>::width ? Lanes<T>::load(p) : Tail<T>(p, count).get();
}

// Loops run whole registers. What is left over is a last register that overlaps the one before: computed first, since the
// result may lie where an operand does, and written last. It is a function of its own, so that the body of the loop is
// there once, inline.

template <class R, class T>
using Answer = decltype(R::value(Lanes<T>(0.0), Lanes<T>(0.0)));
template <class R, class T>
constexpr bool asks = std::is_same_v<Answer<R, T>, Mask<T>>;
/// The type of its result's elements.
template <class R, class T>
using ValueOf = std::conditional_t<asks<R, T>, bool, T>;

template <class R, class T>
[[gnu::always_inline]] inline void put(const Answer<R, T>& answer, ValueOf<R, T>* to) {
  if constexpr (asks<R, T>) answer.v.store_unaligned(to);
  else answer.store(to);
}
template <class R, class T>
[[gnu::noinline]] void last_values(const T* a, const T* b, std::int64_t count, ValueOf<R, T>* y) {
  put<R, T>(R::value(load(a, count), load(b, count)), y);
}

/// y = value(a, b), element by element; b is a where the rule has one operand.
template <class R, class T>
[[gnu::flatten]] void value_loop(const void* a_, const void* b_, void* y_, std::int64_t n) {
  using L = Lanes<T>;
  const T *a = static_cast<const T*>(a_), *b = R::arity == 2 ? static_cast<const T*>(b_) : a;
  auto* y = static_cast<ValueOf<R, T>*>(y_);
  alignas(64) ValueOf<R, T> last[L::width];
  const std::int64_t count = std::min(n, L::width), from = n - count;
  if (n % L::width) last_values<R, T>(a + from, b + from, count, last);
  const auto register_at = [&](std::int64_t i) __attribute__((always_inline)) {
    put<R, T>(R::value(L::load(a + i), L::load(b + i)), y + i);
  };
  std::int64_t i = 0;
  if constexpr (is_cheap<R>) {
    for (; i + 4 * L::width <= n; i += 4 * L::width) {
#pragma GCC unroll 4
      for (std::int64_t k = 0; k < 4; ++k) register_at(i + k * L::width);
    }
  }
  for (; i + L::width <= n; i += L::width) register_at(i);
  if (n % L::width) std::copy_n(last, count, y + from);
}

template <class R, class T>
void whole_loop(const void* a_, const void* b_, void* y_, std::int64_t n) {
  const T *a = static_cast<const T*>(a_), *b = R::arity == 2 ? static_cast<const T*>(b_) : a;
  using Answer = decltype(R::value(Whole<T>(T{}), Whole<T>(T{})));
  if constexpr (std::is_same_v<Answer, bool>) {
    for (std::int64_t i = 0; i < n; ++i) static_cast<bool*>(y_)[i] = R::value(Whole<T>(a[i]), Whole<T>(b[i]));
  } else {
    for (std::int64_t i = 0; i < n; ++i) static_cast<T*>(y_)[i] = R::value(Whole<T>(a[i]), Whole<T>(b[i])).v;
  }
}

/// seed * partial k, with the strong zeros of `scale`: a zero seed adds nothing whatever the partial is, a zero partial
/// nothing of an infinite seed (cf. CppAD's azmul).
template <class R, class T, int k>
[[gnu::always_inline]] inline Lanes<T> strong_product(const Lanes<T>& s, const Lanes<T>& p) {
  const Lanes<T> product = select(s == 0.0, s, select((p == 0.0) && (s == s), p, s * p));
  if constexpr (strong_partial<R, k>) return select(p == 0.0, p, product);
  else return product;
}
template <class R, class T, int k>
[[gnu::always_inline]] inline Lanes<T> partial_at(const Reading& r, const T* seed, std::int64_t i, std::int64_t count) {
  constexpr unsigned bits = reads<R, k>.bits;
  const auto at = [&](const void* p, bool read) __attribute__((always_inline)) {
    return read ? load(static_cast<const T*>(p) + i, count) : Lanes<T>(1.0);
  };
  return strong_product<R, T, k>(load(seed + i, count),
                                 R::template partial<k>(at(r.a, bits & 1), at(r.b, bits & 2), at(r.y, bits & 4)));
}
template <class R, class T, int k>
[[gnu::noinline]] void last_partials(const Reading& r, const T* seed, std::int64_t i, std::int64_t count, T* out) {
  partial_at<R, T, k>(r, seed, i, count).store(out);
}

/// out = seed * partial k, or out += that.
template <class R, class T, int k, bool add>
[[gnu::flatten]] void partial_loop(const Reading& r, const void* seed_, void* out_, std::int64_t n) {
  using L = Lanes<T>;
  const T* seed = static_cast<const T*>(seed_);
  T* out = static_cast<T*>(out_);
  alignas(64) T last[L::width];
  const Reading mine = r;  // not to be read again after each register written
  const std::int64_t count = std::min(n, L::width), from = n - count;
  if (n % L::width) {
    last_partials<R, T, k>(r, seed, from, count, last);
    if constexpr (add) (load(out + from, count) + L::load(last)).store(last);
  }
  for (std::int64_t i = 0; i + L::width <= n; i += L::width) {
    const L product = partial_at<R, T, k>(mine, seed, i, L::width);
    if constexpr (add) (L::load(out + i) + product).store(out + i);
    else product.store(out + i);
  }
  if (n % L::width) std::copy_n(last, count, out + from);
}

template <class T>
constexpr bool takes(Types types) {
  return std::is_floating_point_v<T> || types == numbers || types == compare;
}

template <class T>
void fill_value_loops(Table& table) {
  each_rule([&]<class R>() {
    auto& slot = table[static_cast<std::size_t>(R::op)].value[index(dtype_of<T>)];
    if constexpr (std::is_floating_point_v<T>) slot = value_loop<R, T>;
    else if constexpr (takes<T>(R::types)) slot = whole_loop<R, T>;
  });
}

template <class T, int k>
void fill_partial_loops(Table& table) {
  each_rule([&]<class R>() {
    if constexpr (k < R::arity && !constant_partial<R, k> && R::types != compare) {
      auto& slot = table[static_cast<std::size_t>(R::op)].partial[k][partial_column(dtype_of<T>)];
      slot[0] = partial_loop<R, T, k, false>;
      slot[1] = partial_loop<R, T, k, true>;
    }
  });
}

}  // namespace wengert::rule
