#include "wengert/program/group_run.hpp"

#include <utility>

#include "wengert/base/pool.hpp"
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

void GroupRun::begin(const Group& g) {
  g_ = &g;
  blocks_ = (g.size + g.block - 1) / g.block;
  block_sums_.resize(g.sums.size() * static_cast<std::size_t>(blocks_));
  row_.resize(g.rows());
  const auto longest = static_cast<std::size_t>(std::min(g.block, g.size));
  const auto aligned = [](std::size_t bytes) {
    return (bytes + pool::alignment - 1) / pool::alignment * pool::alignment;
  };
  std::size_t bytes = 0;
  for (const std::uint8_t item : g.row_items) bytes += aligned(longest * item);
  if (bytes > scratch_bytes_) {
    // Gone before more is asked for, which may fail.
    if (scratch_) pool::give(std::exchange(scratch_, nullptr), scratch_bytes_);
    scratch_bytes_ = bytes;
    scratch_ = pool::take(scratch_bytes_);
  }
  auto* at = static_cast<std::byte*>(scratch_);
  for (std::size_t r = 0; r < row_.size(); ++r) {
    row_[r] = at;
    at += aligned(longest * g.row_items[r]);
  }
}

void GroupRun::load(const Group::Place& p, const Value& v) {
  Storage a = strided(v, v.dtype());
  if (a->contiguous && a->size == g_->size) {
    row_[p.row] = a->data;
    moving_.push_back(p.row);
  } else if (spare_.empty()) {
    packed_.push_back(std::make_unique<Packed>(p.row, a, g_->shape));
  } else {
    packed_.push_back(std::move(spare_.back()));
    spare_.pop_back();
    std::construct_at(packed_.back().get(), p.row, a, g_->shape);
  }
  held_.push_back(std::move(a));
}

Value GroupRun::store(const Group::Place& p, Dtype d) {
  const Storage a = allocate(d, g_->shape);
  row_[p.row] = a->data;
  moving_.push_back(p.row);
  return Value(a);
}

void GroupRun::all() {
  for (std::int64_t b = 0; b < blocks_; ++b) {
    const std::int64_t count = std::min(g_->block, g_->size - b * g_->block);
    for (const auto& p : packed_) row_[p->row] = static_cast<std::byte*>(const_cast<void*>(p->cursor.next(count)));
    steps(count, b);
    for (const Row r : moving_) row_[r] += count * g_->row_items[r];
  }
  for (auto& p : packed_) spare_.push_back(std::move(p));
  packed_.clear();
  moving_.clear();
  held_.clear();
}

void GroupRun::steps(std::int64_t count, std::int64_t b) {
  for (const RowStep& s : g_->steps) {
    switch (s.kind) {
      case RowStep::Kind::elementwise: s.f(row_[s.a], row_[s.b], row_[s.y], count); break;
      case RowStep::Kind::select:
        if (g_->row_items[s.y] == sizeof(double))
          select<double>(row_[s.condition], row_[s.a], row_[s.b], row_[s.y], count);
        else select<float>(row_[s.condition], row_[s.a], row_[s.b], row_[s.y], count);
        break;
      case RowStep::Kind::sum:
        block_sums_[static_cast<std::size_t>(s.y * blocks_ + b)] =
            structural::pairwise_sum(reinterpret_cast<const double*>(row_[s.a]), count, 1);
        break;
    }
  }
}

double GroupRun::sum(std::size_t k) const {
  return structural::paired_sum(block_sums_.data() + k * static_cast<std::size_t>(blocks_), blocks_);
}

}  // namespace wengert::program
