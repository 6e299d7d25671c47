// The loops that run a rule over contiguous elements. Instantiated once a type, in the files beside this one.
#pragma once
#include <algorithm>

#include "wengert/rule/kernels/functions.hpp"
#include "wengert/rule/table.hpp"

namespace wengert::rule {

/// Calls step(i, count) for each register's worth of elements and puts its result to y + i. The last one overlaps the
/// one before it: computed first, since y may be an operand, and written last.
template <int width, class Step, class Put>
void each_register(std::int64_t n, Step&& step, Put&& put) {
  if (n < width) {
    if (n) put(step(0, n), 0, n);
    return;
  }
  if (n % width) {
    const auto last = step(n - width, width);
    for (std::int64_t i = 0; i + width <= n; i += width) put(step(i, width), i, width);
    put(last, n - width, width);
  } else {
    for (std::int64_t i = 0; i < n; i += width) put(step(i, width), i, width);
  }
}

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

/// y = value(a, b), element by element; b is a where the rule has one operand.
template <class R, class T>
void value_loop(const void* a_, const void* b_, void* y_, std::int64_t n) {
  using L = Lanes<T>;
  const T *a = static_cast<const T*>(a_), *b = R::arity == 2 ? static_cast<const T*>(b_) : a;
  using Answer = decltype(R::value(L(0.0), L(0.0)));
  constexpr bool asks = std::is_same_v<Answer, Mask<T>>;
  using Y = std::conditional_t<asks, bool, T>;
  Y* y = static_cast<Y*>(y_);
  const auto at = [](const T* p, std::int64_t i, std::int64_t count) {
    return count == L::width ? L::load(p + i) : Tail<T>(p + i, count).get();
  };
  const auto store = [](const Answer& answer, Y* to) {
    if constexpr (asks) answer.v.store_unaligned(to);
    else answer.store(to);
  };
  each_register<L::width>(
      n, [&](std::int64_t i, std::int64_t count) { return R::value(at(a, i, count), at(b, i, count)); },
      [&](const Answer& answer, std::int64_t i, std::int64_t count) {
        if (count == L::width) return store(answer, y + i);
        alignas(64) Y some[L::width];
        store(answer, some);
        std::copy_n(some, count, y + i);
      });
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

/// out = seed * partial k, or out += that, with the strong zeros of `scale`: a zero seed adds nothing whatever the partial
/// is, a zero partial nothing of an infinite seed (cf. CppAD's azmul).
template <class R, class T, int k, bool add>
void partial_loop(const Reading& r, const void* seed_, void* out_, std::int64_t n) {
  using L = Lanes<T>;
  constexpr unsigned bits = reads<R, k>.bits;
  const T *seed = static_cast<const T*>(seed_), *a = static_cast<const T*>(r.a), *b = static_cast<const T*>(r.b),
          *y = static_cast<const T*>(r.y);
  T* out = static_cast<T*>(out_);
  const auto at = [&](const T* p, bool read, std::int64_t i, std::int64_t count) {
    return !read ? L(1.0) : count == L::width ? L::load(p + i) : Tail<T>(p + i, count).get();
  };
  const auto step = [&](std::int64_t i, std::int64_t count) {
    const L s = at(seed, true, i, count);
    const L p = R::template partial<k>(at(a, bits & 1, i, count), at(b, bits & 2, i, count), at(y, bits & 4, i, count));
    L product = select(s == 0.0, s, select((p == 0.0) && (s == s), p, s * p));
    if constexpr (strong_partial<R, k>) product = select(p == 0.0, p, product);
    return add ? at(out, true, i, count) + product : product;
  };
  each_register<L::width>(n, step, [&](const L& sum, std::int64_t i, std::int64_t count) {
    if (count == L::width) return sum.store(out + i);
    alignas(64) T some[L::width];
    sum.store(some);
    std::copy_n(some, count, out + i);
  });
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
