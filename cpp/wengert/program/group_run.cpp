#include "wengert/program/group_run.hpp"

#include <algorithm>
#include <utility>

#include "wengert/base/pool.hpp"
#include "wengert/base/threads.hpp"
#include "wengert/rule/structural/reduce.hpp"

namespace wengert::program {
namespace {

static_assert(rule::block_size == structural::sum_block,
              "a block's sum is one of those that a sum of an array is made of");

template <class T>
void select(const std::byte* condition, const std::byte* a, const std::byte* b, std::byte* y, std::int64_t n) {
  const auto* c = reinterpret_cast<const bool*>(condition);
  const auto *p = reinterpret_cast<const T*>(a), *q = reinterpret_cast<const T*>(b);
  auto* to = reinterpret_cast<T*>(y);
  for (std::int64_t i = 0; i < n; ++i) to[i] = c[i] ? p[i] : q[i];
}

}  // namespace

GroupRun::~GroupRun() {
  if (scratch_) pool::give(scratch_, scratch_bytes_);
}

namespace {

/// Threads that a group is worth: each has some 50 microseconds of work or more.
int worth(std::int64_t blocks, std::size_t steps) {
  constexpr std::int64_t least = 1000;  // steps of a block
  return static_cast<int>(std::clamp<std::int64_t>(blocks * static_cast<std::int64_t>(steps) / least, 1,
                                                   std::min<std::int64_t>(blocks, threads::count())));
}
std::size_t aligned(std::size_t bytes) { return (bytes + pool::alignment - 1) / pool::alignment * pool::alignment; }

}  // namespace

void GroupRun::begin(const Group& g) {
  clear();
  const bool again = std::exchange(placed_, nullptr) == &g;
  g_ = &g;
  blocks_ = (g.size + g.block - 1) / g.block;
  block_sums_.resize(g.sums.size() * static_cast<std::size_t>(blocks_));
  const int before = part_count_;
  part_count_ = blocks_ ? worth(blocks_, g.steps.size()) : 1;
  // Rows that are nowhere else lie where they lay.
  if (again && part_count_ == before) return static_cast<void>(placed_ = &g);
  if (parts_.size() < static_cast<std::size_t>(part_count_)) parts_.resize(static_cast<std::size_t>(part_count_));
  for (int k = 0; k < part_count_; ++k) {
    Part& part = parts_[static_cast<std::size_t>(k)];
    part.from = blocks_ * k / part_count_;
    part.to = blocks_ * (k + 1) / part_count_;
    part.row.resize(g.rows());
  }
  place_scratch(static_cast<std::size_t>(std::min(g.block, g.size)));
  placed_ = &g;
}

void GroupRun::place_scratch(std::size_t longest) {
  std::size_t bytes = 0;
  for (const std::uint8_t item : g_->row_items) bytes += aligned(longest * item);
  bytes *= static_cast<std::size_t>(part_count_);
  if (bytes > scratch_bytes_) {
    // Gone before more is asked for, which may fail.
    if (scratch_) pool::give(std::exchange(scratch_, nullptr), scratch_bytes_);
    scratch_bytes_ = bytes;
    scratch_ = pool::take(scratch_bytes_);
  }
  auto* at = static_cast<std::byte*>(scratch_);
  for (int k = 0; k < part_count_; ++k) {
    std::vector<std::byte*>& row = parts_[static_cast<std::size_t>(k)].row;
    for (std::size_t r = 0; r < row.size(); ++r) {
      row[r] = at;
      at += aligned(longest * g_->row_items[r]);
    }
  }
}

void GroupRun::lies_at(Row row, std::byte* data) {
  for (int k = 0; k < part_count_; ++k) {
    Part& part = parts_[static_cast<std::size_t>(k)];
    part.row[row] = data + part.from * g_->block * g_->row_items[row];
  }
  moving_.push_back(row);
}

void GroupRun::load(Row row, const Value& v) {
  Storage a = strided(v, v.dtype());
  held_.push_back(a);
  if (a->contiguous && a->size == g_->size) return lies_at(row, a->data);
  for (int k = 0; k < part_count_; ++k) {
    Part& part = parts_[static_cast<std::size_t>(k)];
    if (part.spare.empty()) {
      part.packed.push_back(std::make_unique<Packed>(row, a, g_->shape));
    } else {
      part.packed.push_back(std::move(part.spare.back()));
      part.spare.pop_back();
      std::construct_at(part.packed.back().get(), row, a, g_->shape);
    }
    part.packed.back()->cursor.skip(part.from * g_->block);
  }
}

Value GroupRun::store(Row row, Dtype d) {
  const Storage a = allocate(d, g_->shape);
  lies_at(row, a->data);
  return Value(a);
}

Value GroupRun::store_lines(const Type& t) {
  const Storage a = allocate(t.dtype, t.shape);
  line_sums_.push_back(a.data<double>());
  return Value(a);
}

void GroupRun::all() {
  threads::each_part(part_count_, [this](int k, int) { run(parts_[static_cast<std::size_t>(k)]); });
  clear();
}

void GroupRun::clear() {
  for (Part& part : parts_) {
    for (auto& p : part.packed) part.spare.push_back(std::move(p));
    part.packed.clear();
  }
  moving_.clear();
  held_.clear();
  line_sums_.clear();
}

void GroupRun::run(Part& part) {
  for (std::int64_t b = part.from; b < part.to; ++b) {
    const std::int64_t count = std::min(g_->block, g_->size - b * g_->block);
    for (const auto& p : part.packed) {
      part.row[p->row] = static_cast<std::byte*>(const_cast<void*>(p->cursor.next(count)));
    }
    steps(part.row, count, b);
    for (const Row r : moving_) part.row[r] += count * g_->row_items[r];
  }
}

void GroupRun::steps(const std::vector<std::byte*>& row, std::int64_t count, std::int64_t b) {
  for (const RowStep& s : g_->steps) {
    switch (s.kind) {
      case RowStep::Kind::elementwise: s.f(row[s.a], row[s.b], row[s.y], count); break;
      case RowStep::Kind::pair: s.both(row[s.a], row[s.y], row[s.third], count); break;
      case RowStep::Kind::select:
        if (g_->row_items[s.y] == sizeof(double)) select<double>(row[s.third], row[s.a], row[s.b], row[s.y], count);
        else select<float>(row[s.third], row[s.a], row[s.b], row[s.y], count);
        break;
      case RowStep::Kind::sum:
        block_sums_[static_cast<std::size_t>(s.y * blocks_ + b)] =
            structural::pairwise_sum(reinterpret_cast<const double*>(row[s.a]), count, 1);
        break;
      case RowStep::Kind::lines:
        structural::line_sums(reinterpret_cast<const double*>(row[s.a]), count / g_->line, g_->line,
                              line_sums_[s.y] + b * g_->block / g_->line);
        break;
    }
  }
}

double GroupRun::sum(std::size_t k) const {
  return structural::paired_sum(block_sums_.data() + k * static_cast<std::size_t>(blocks_), blocks_);
}

}  // namespace wengert::program
