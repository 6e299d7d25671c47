#include "support.hpp"

namespace wengert::test {

Storage random_view(Random& random, Dtype d, const Shape& shape, double lo, double hi) {
  const int n = shape.count();
  std::vector<int> order(static_cast<std::size_t>(n));
  for (int k = 0; k < n; ++k) order[static_cast<std::size_t>(k)] = k;
  std::shuffle(order.begin(), order.end(), random);
  Shape base;
  Dims steps = shape, strides = shape;
  for (const int k : order) {
    steps[k] = whole(random, -3, 3);
    base.push_back(std::max<std::int64_t>(shape[k] - 1, 0) * std::abs(steps[k]) + 1 + whole(random, 0, 1));
  }
  const Dims far = row_major(base);
  std::int64_t offset = 0;
  for (int place = 0; place < n; ++place) {
    const int k = order[static_cast<std::size_t>(place)];
    strides[k] = steps[k] * far[place];
    if (steps[k] < 0) offset -= strides[k] * std::max<std::int64_t>(shape[k] - 1, 0);
  }
  return view(random_array(random, base, lo, hi, d), shape, strides, offset);
}

Numbers elements(const Storage& a, const Shape& seen_as) {
  Numbers out;
  const int shift = seen_as.count() - a->ndim;
  for (std::int64_t i = 0, count = element_count(seen_as); i < count; ++i) {
    std::int64_t rest = i, at = 0;
    for (int k = seen_as.count() - 1; k >= 0; --k) {
      const std::int64_t position = rest % seen_as[k];
      rest /= seen_as[k];
      if (k >= shift && a->dims()[k - shift] != 1) at += position * a->strides()[k - shift];
    }
    const auto width = static_cast<std::int64_t>(parts(a->dtype));
    visit(part_of(a->dtype), [&](auto t) {
      for (std::int64_t k = 0; k < width; ++k)
        out.push_back(converted_element<double>(a.data<decltype(t)>()[at * width + k]));
    });
  }
  return out;
}

}  // namespace wengert::test
