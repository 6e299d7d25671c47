// Walks two strided arrays of one shape in row-major order, one straight run after another.
#pragma once
#include <utility>

#include "wengert/base/shape.hpp"

namespace wengert {

/// `count` elements, `step_a` and `step_b` apart.
struct Run {
  std::int64_t count, step_a, step_b;
};

/// Axes that lie behind one another in both arrays are taken as one; axes of size 1 are dropped.
struct Walk {
  Dims shape, a, b;

  Walk(const Shape& full, const Dims& strides_a, const Dims& strides_b) {
    for (int k = 0; k < full.count(); ++k) {
      if (full[k] == 1) continue;
      const int last = shape.count() - 1;
      if (last >= 0 && a[last] == full[k] * strides_a[k] && b[last] == full[k] * strides_b[k]) {
        shape[last] *= full[k];
        a[last] = strides_a[k];
        b[last] = strides_b[k];
      } else {
        shape.push_back(full[k]);
        a.push_back(strides_a[k]);
        b.push_back(strides_b[k]);
      }
    }
    if (shape.count() == 0) {
      shape.push_back(1);
      a.push_back(0);
      b.push_back(0);
    }
  }
};

/// Calls f(offset_a, offset_b, run) for each innermost run.
template <class F>
void each_run(const Shape& full, const Dims& strides_a, const Dims& strides_b, F&& f) {
  for (const std::int64_t n : full) {
    if (n == 0) return;
  }
  const Walk walk(full, strides_a, strides_b);
  const int inner = walk.shape.count() - 1;
  const Run run{walk.shape[inner], walk.a[inner], walk.b[inner]};
  Dims at;
  at.resize(inner, 0);
  std::int64_t i = 0, j = 0;
  for (;;) {
    f(i, j, run);
    int k = inner - 1;
    for (; k >= 0; --k) {
      i += walk.a[k];
      j += walk.b[k];
      if (++at[k] < walk.shape[k]) break;
      i -= walk.a[k] * walk.shape[k];
      j -= walk.b[k] * walk.shape[k];
      at[k] = 0;
    }
    if (k < 0) return;
  }
}

}  // namespace wengert
