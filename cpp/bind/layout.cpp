#include "layout.hpp"

namespace wengert::bind {
namespace {

/// Axes of one element have no stride that matters; the others keep theirs, in order, in a shape that differs by such axes.
Dims carried(const Shape& from, const Dims& strides, const Shape& to) {
  Dims out;
  int k = 0;
  for (const std::int64_t n : to) {
    while (n != 1 && k < from.count() && from[k] == 1) ++k;
    out.push_back(n == 1 || k == from.count() ? 0 : strides[k++]);
  }
  return out;
}

Dims index_strides(const View& view, const Dims& base, const Shape& shown) {
  Shape cut;
  Dims strides;
  for (int k = 0; k < base.count(); ++k) {
    const auto at = static_cast<std::size_t>(3 * k);
    strides.push_back(base[k] * view.slice[at + 1]);
    cut.push_back(view.slice[at + 2]);
  }
  return carried(cut, strides, shown);
}

}  // namespace

Dims numpy_strides(const ArrayObject* a) { return a->view ? a->view->strides : row_major(a->var.shape()); }

Dims strides_shown(const View& view, const ArrayObject* base, const Shape& shown) {
  const Dims strides = numpy_strides(base);
  switch (view.how) {
    case View::How::index: return index_strides(view, strides, shown);
    case View::How::transpose: {
      Dims out;
      for (const std::int64_t axis : view.axes) out.push_back(strides[static_cast<int>(axis)]);
      return out;
    }
    case View::How::broadcast: {
      Dims out;
      const int shift = shown.count() - strides.count();
      for (int k = 0; k < shown.count(); ++k) {
        const bool same = k >= shift && base->var.shape()[k - shift] == shown[k];
        out.push_back(same ? strides[k - shift] : 0);
      }
      return out;
    }
    case View::How::reshape: break;
  }
  return strides_in_place(base->var.shape(), strides, shown).value_or(row_major(shown));
}

std::optional<Dims> strides_in_place(const Shape& shape, const Dims& strides, const Shape& to) {
  if (element_count(to) == 0) return row_major(to);
  Dims out;
  int k = 0;
  for (int j = 0; j < to.count();) {
    // The least groups of axes, old and new, that hold the same number of elements.
    std::int64_t fresh = to[j], old = 1, last = 0;
    int end = j + 1;
    const auto take = [&] {
      while (k < shape.count() && shape[k] == 1) ++k;
      if (k == shape.count()) return false;
      if (old != 1 && last != shape[k] * strides[k]) return false;  // not one behind the other
      old *= shape[k];
      last = strides[k++];
      return true;
    };
    while (fresh != old) {
      if (fresh < old) fresh *= to[end++];
      else if (!take()) return std::nullopt;
    }
    std::int64_t step = last;
    Dims group;
    for (int i = end - 1; i >= j; --i) {
      group.push_back(step);
      step *= to[i];
    }
    for (int i = group.count() - 1; i >= 0; --i) out.push_back(group[i]);
    j = end;
  }
  return out;
}

}  // namespace wengert::bind
