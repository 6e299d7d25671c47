// A program at many points: in lanes where it is one of numbers, point by point where arrays are in it.
#include <algorithm>

#include "wengert/base/pool.hpp"
#include "wengert/base/threads.hpp"
#include "wengert/program/program.hpp"
#include "wengert/tape/guards.hpp"

namespace wengert::program {
namespace {

/// Point k of an array of points, where it lies.
Storage place(const Value& all, std::int64_t k) {
  const Storage a = all.storage();
  const Dims dims = a.shape(), strides = a.strides();
  const Shape shape(std::span(dims.begin() + 1, dims.end()));
  return view(a, shape, Dims(std::span(strides.begin() + 1, strides.end())), k * strides[0]);
}

Shape with_points(std::int64_t points, const Shape& shape) {
  Shape all{points};
  for (const std::int64_t n : shape) all.push_back(n);
  return all;
}

/// Which points' values are the outcome of a guard.
void compare(const Guard& g, const Value& values, std::vector<bool>& held) {
  if (g.kind == Guard::Kind::truth && values.dtype() == Dtype::boolean && values.block()->contiguous) {
    const auto* now = reinterpret_cast<const bool*>(values.block()->data);
    const bool then = g.outcome.as_double() != 0;
    for (std::size_t k = 0; k < held.size(); ++k) held[k] = held[k] && now[k] == then;
    return;
  }
  for (std::size_t k = 0; k < held.size(); ++k) {
    const Value now = guarded_outcome(g.kind, settle(place(values, static_cast<std::int64_t>(k))));
    if (held[k] && !same_outcome(now, g.outcome)) held[k] = false;
  }
}

/// As many points a pass as let all numbers stay in the second-level cache.
std::size_t points_at_once(std::size_t slots, std::int64_t points) {
  constexpr std::size_t cache = std::size_t{1} << 19;
  std::size_t count = most_points;
  while (count > 2 * least_points && slots * count * sizeof(double) > cache) count /= 2;
  while (count > least_points && count / 2 >= static_cast<std::size_t>(points)) count /= 2;
  return count;
}

/// Memory that nothing is written to before it is asked for.
class Numbers {
 public:
  explicit Numbers(std::size_t count) : bytes_(count * sizeof(double)), first_(pool::take(bytes_)) {}
  Numbers(const Numbers&) = delete;
  Numbers& operator=(const Numbers&) = delete;
  ~Numbers() { pool::give(first_, bytes_); }
  double* data() const { return static_cast<double*>(first_); }

 private:
  std::size_t bytes_;
  void* first_;
};

/// A program of numbers at many points: so many a pass, passes shared out among threads.
class Lanes {
 public:
  Lanes(const Program& p, std::span<const Value> inputs, std::int64_t points)
      : p_(p), points_(points), width_(points_at_once(p.plan().slots, points)) {
    for (std::size_t i = 0; i < list().size(); ++i) {
      const Node& n = list().nodes[i];
      if (n.code == code::input) inputs_.push_back({slot(i), borrowed(inputs[wengert::index(n.a)]).storage()});
      if (n.code == code::constant) constants_.push_back({slot(i), element(list().constants[wengert::index(n.a)], 0)});
    }
  }
  /// The values of a node at all points, once it has run.
  Value keep(NodeId id) {
    const auto same = std::ranges::find(kept_, slot(index(id)), &Kept::slot);
    if (same != kept_.end()) return Value(same->all);
    kept_.push_back({slot(index(id)), allocate(list().type(index(id)).dtype, Shape{points_})});
    return Value(kept_.back().all);
  }
  void run() {
    const std::int64_t width = static_cast<std::int64_t>(width_), passes = (points_ + width - 1) / width;
    const std::int64_t work = passes * width * static_cast<std::int64_t>(p_.plan().scalars.size()) / (1 << 18);
    const int parts =
        static_cast<int>(std::clamp<std::int64_t>(work, 1, std::min<std::int64_t>(passes, threads::count())));
    threads::each_part(parts, [&](int part, int) {
      const Numbers numbers(p_.plan().slots * width_);
      for (const Constant& c : constants_) std::fill_n(numbers.data() + c.slot * width_, width_, c.value);
      for (std::int64_t k = passes * part / parts; k < passes * (part + 1) / parts; ++k)
        pass(numbers.data(), k * width);
    });
  }

 private:
  struct Kept {
    Slot slot;
    Storage all;
  };
  struct Constant {
    Slot slot;
    double value;
  };

  const Listing& list() const { return p_.listing(); }
  Slot slot(std::size_t i) const { return p_.plan().slot_of[i]; }

  void pass(double* numbers, std::int64_t first) const {
    const std::int64_t count = std::min(static_cast<std::int64_t>(width_), points_ - first);
    for (const Kept& in : inputs_) load(in.all, first, count, numbers + in.slot * width_);
    for (const Step& s : p_.plan().steps) {
      if (s.kind != Step::Kind::scalars) continue;
      run_scalars(std::span(p_.plan().scalars).subspan(s.first, s.count), numbers, width_);
    }
    for (const Kept& out : kept_) store(numbers + out.slot * width_, out.all, first, count);
  }
  /// Lanes without a point do what the last one does.
  void load(const Storage& a, std::int64_t first, std::int64_t count, double* to) const {
    const std::int64_t step = a->strides()[0];
    const auto copy = [&](const auto* from) {
      from += first * step;
      for (std::int64_t k = 0; k < count; ++k) to[k] = from[k * step];
    };
    if (a->dtype == Dtype::boolean) copy(reinterpret_cast<const bool*>(a->data));
    else copy(reinterpret_cast<const double*>(a->data));
    std::fill(to + count, to + width_, to[count - 1]);
  }
  static void store(const double* from, const Storage& to, std::int64_t first, std::int64_t count) {
    if (to->dtype == Dtype::float64)
      return static_cast<void>(std::copy_n(from, count, reinterpret_cast<double*>(to->data) + first));
    auto* const answers = reinterpret_cast<bool*>(to->data) + first;
    for (std::int64_t k = 0; k < count; ++k) answers[k] = from[k] != 0;
  }

  const Program& p_;
  std::int64_t points_;
  std::size_t width_;
  std::vector<Kept> inputs_, kept_;
  std::vector<Constant> constants_;
};

BatchResult in_lanes(const Program& p, std::span<const Value> inputs, std::int64_t points) {
  const Listing& list = p.listing();
  Lanes lanes(p, inputs, points);
  BatchResult result{{}, std::vector<bool>(static_cast<std::size_t>(points), true)};
  std::vector<Value> looked_at;
  for (const Guard& guard : list.guards) looked_at.push_back(lanes.keep(guard.node));
  for (const NodeId id : list.outputs) result.outputs.push_back(lanes.keep(id));
  lanes.run();
  for (std::size_t k = 0; k < looked_at.size(); ++k) compare(list.guards[k], looked_at[k], result.held);
  return result;
}

BatchResult one_by_one(const Program& p, std::span<const Value> inputs, std::int64_t points) {
  const Listing& list = p.listing();
  BatchResult result{{}, std::vector<bool>(static_cast<std::size_t>(points), true)};
  for (const NodeId id : list.outputs) {
    const Type& t = list.type(index(id));
    result.outputs.push_back(Value(allocate(t.dtype, with_points(points, t.shape))));
  }
  Workspace work(p);
  std::vector<Value> here(inputs.size()), found;
  for (std::int64_t k = 0; k < points; ++k) {
    for (std::size_t j = 0; j < inputs.size(); ++j) here[j] = settle(place(inputs[j], k));
    if (work.run(here, found)) {
      result.held[static_cast<std::size_t>(k)] = false;
      continue;
    }
    for (std::size_t j = 0; j < found.size(); ++j) {
      copy(strided(found[j], found[j].dtype()), place(result.outputs[j], k));
    }
  }
  return result;
}

}  // namespace

BatchResult run_batch(const Program& p, std::span<const Value> inputs, std::int64_t points) {
  return p.runs_in_lanes() ? in_lanes(p, inputs, points) : one_by_one(p, inputs, points);
}

}  // namespace wengert::program
