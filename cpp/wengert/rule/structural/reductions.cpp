// Values of the reductions. Sums run in fixed pairs of blocks, so that their error grows with the logarithm of their length.
#include <cmath>
#include <limits>

#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/structural/log_sums.hpp"
#include "wengert/rule/structural/order.hpp"
#include "wengert/rule/structural/reduce.hpp"

namespace wengert::structural {
namespace {

Value as(Value y, Dtype d) {
  if (y.dtype() == d) return y;
  return settle(strided(y, d));
}

/// Calls f with a number of x's carrier, and x in that type.
template <class F>
Value carried(const Value& x, F&& f) {
  const Dtype d = carrier(x.dtype());
  const auto call = [&](const Value& v) { return visit_carrier(d, [&](auto t) { return f(t, v); }); };
  return x.dtype() == d ? call(x) : call(settle(strided(x, d)));
}

/// NumPy sums and multiplies truth values and integers in 64 bits.
template <class F>
Value accumulate(const Value& x, Attributes at, F&& reduce) {
  return carried(x, [&](auto t, const Value& v) {
    using T = decltype(t);
    return as(reduced<T, Accumulated<T>>(v, at, dtype_of<Accumulated<T>>, reduce), summed(x.dtype()));
  });
}

/// The best of each line, or its first NaN.
template <class Better>
struct Extremes {
  Better better;

  template <class T>
  void next(T& best, const T& x) const {
    best = !is_nan(best) && (better(x, best) || is_nan(x)) ? x : best;
  }
  template <class T>
  void operator()(const T* from, Run each, std::int64_t length, std::int64_t step, T* to) const {
    if (each.step_a == 1 && each.step_b == 1 && each.count > 3) return beside(from, each.count, length, step, to);
    for (std::int64_t k = 0; k < each.count; ++k) {
      const T* const line = from + k * each.step_a;
      T best = line[0];
      for (std::int64_t i = 1; i < length; ++i) next(best, line[i * step]);
      to[k * each.step_b] = best;
    }
  }
  template <class T>
  void beside(const T* from, std::int64_t count, std::int64_t length, std::int64_t step, T* to) const {
    for (std::int64_t k = 0; k < count; k += columns_at_once) {
      const std::int64_t columns = std::min(columns_at_once, count - k);
      std::copy_n(from + k, columns, to + k);
      for (std::int64_t i = 1; i < length; ++i) {
        for (std::int64_t c = k; c < k + columns; ++c) next(to[c], from[i * step + c]);
      }
    }
  }
};

template <class Better>
Value extreme(std::string_view name, const Value& x, Attributes at, Better better) {
  require_elements(name, x, at);
  if (!x.is_array()) return settle(strided(x, x.dtype()));
  return carried(x, [&](auto t, const Value& v) {
    using T = decltype(t);
    return as(reduced_lines<T, T>(v, at, dtype_of<T>, Extremes<Better>{better}), x.dtype());
  });
}

template <class Better>
Value position(std::string_view name, const Value& x, Attributes at, Better better) {
  require_elements(name, x, at);
  return carried(x, [&](auto t, const Value& v) {
    using T = decltype(t);
    return reduced<T, std::int64_t>(v, at, Dtype::int64, [&](const T* p, std::int64_t n, std::int64_t step) {
      std::int64_t best = 0;
      for (std::int64_t i = 1; i < n; ++i) {
        const T next = p[i * step], now = p[best * step];
        if (!is_nan(now) && (better(next, now) || is_nan(next))) best = i;
      }
      return best;
    });
  });
}

/// A reduction that is stated for float32 and float64, by what f makes for a number of that type; integers become float64.
template <class F>
Value real_lines(std::string_view name, const Value& x, Attributes at, F f) {
  const Dtype d = real(x.dtype());
  if (is_complex(d)) throw DtypeError(std::string(name) + ": element type: no meaning for " + std::string(text(d)));
  const Value v(strided(x, d));
  if (d == Dtype::float32) return reduced_lines<float, float>(v, at, d, f(float{}));
  return reduced_lines<double, double>(v, at, d, f(double{}));
}

}  // namespace

Value sum::value(In in, Attributes at) {
  return carried(in[0], [&](auto t, const Value& v) {
    using T = decltype(t);
    return as(reduced_lines<T, Accumulated<T>>(v, at, dtype_of<Accumulated<T>>, Sums{}), summed(in[0].dtype()));
  });
}

Value prod::value(In in, Attributes at) {
  return accumulate(in[0], at, [](const auto* p, std::int64_t n, std::int64_t step) {
    Accumulated<std::remove_cvref_t<decltype(*p)>> y = 1;
    for (std::int64_t i = 0; i < n; ++i) y = times(y, static_cast<decltype(y)>(p[i * step]));
    return y;
  });
}

Value max::value(In in, Attributes at) {
  return extreme("max", in[0], at, [](auto a, auto b) { return is_below(b, a); });
}
Value min::value(In in, Attributes at) {
  return extreme("min", in[0], at, [](auto a, auto b) { return is_below(a, b); });
}
Value argmax::value(In in, Attributes at) {
  return position("argmax", in[0], at, [](auto a, auto b) { return is_below(b, a); });
}
Value argmin::value(In in, Attributes at) {
  return position("argmin", in[0], at, [](auto a, auto b) { return is_below(a, b); });
}

Value logsumexp::value(In in, Attributes at) {
  return real_lines("logsumexp", in[0], at, [](auto t) { return LogSums<decltype(t)>{}; });
}

Value norm::value(In in, Attributes at) {
  const auto line = []<class T>(const T* p, std::int64_t n, std::int64_t step) {
    T high = 0, sum = 0;
    for (std::int64_t i = 0; i < n; ++i) high = std::max(high, static_cast<T>(std::abs(p[i * step])));
    if (high == 0 || std::isinf(high)) {
      for (std::int64_t i = 0; i < n; ++i) sum += static_cast<T>(std::abs(p[i * step]));
      return sum;  // 0, inf or nan
    }
    const T unit = std::ldexp(T{1}, std::ilogb(high));  // a power of two: scaling by it is exact
    for (std::int64_t i = 0; i < n; ++i) {
      const T s = p[i * step] / unit;
      sum += s * s;
    }
    return static_cast<T>(unit * std::sqrt(sum));
  };
  return real_lines("norm", in[0], at, [&](auto) { return ByLines<decltype(line)>{line}; });
}

}  // namespace wengert::structural
