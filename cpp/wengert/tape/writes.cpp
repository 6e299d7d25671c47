#include "wengert/tape/writes.hpp"

#include <algorithm>
#include <limits>

#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/structural/shown.hpp"
#include "wengert/tape/debugger.hpp"
#include "wengert/tape/functions.hpp"

namespace wengert {
namespace {

bool is_write(const Recording& r, std::size_t i) {
  return r.code_of(i) == code::call && r.call(i).primitive == structural::id<structural::slice_set>;
}

class Write {
 public:
  Write(Recording& r, const Var& x) : r_(r), node_(x.node), own_(x.value.storage()) {}

  /// Is all that was done with the array since it was last written to, to look at parts of it? Then nothing but these parts
  /// is read again.
  bool only_looked_at(int handles) {
    if (!is_write(r_, index(node_)) || own_->base || own_->drop || !own_->contiguous || own_->size < worth_it)
      return false;
    if (r_.size() - index(node_) > static_cast<std::size_t>(own_->size) + worth_it) return false;  // to copy is less
    known_ = r_.written(node_);
    for (std::size_t i = index(node_) + 1; i < r_.size(); ++i) {
      bool uses = false;
      r_.each_operand(i, [&](NodeId id) { uses = uses || id == node_; });
      if (uses && !is_write(r_, i) && !looks(i)) return false;
    }
    return r_.handles(node_) == handles && own_->refs == 3 + known_.looks;  // the caller's, the list's, and here
  }
  std::optional<Var> over(const Var& v, Attributes slice) {
    const structural::Shown part(own_.strides(), slice);
    const auto [from, to] = part.bounds();
    if (known_.looks && from < known_.to && known_.from < to) return std::nullopt;
    if (!known_.before) known_.before = nothing();
    const NodeId operands[] = {node_, v.recorded() ? v.node : r_.constant(v.value)};
    const NodeId now = r_.push_write(structural::id<structural::slice_set>, operands, slice, Value(own_), known_);
    copy(strided(v.value, own_->dtype), view(own_, part.counts, part.strides, part.offset));
    return Var(Value(own_), now);
  }

 private:
  static constexpr std::int64_t worth_it = 64;  // elements

  bool looks(std::size_t i) {
    if (r_.code_of(i) != code::call || r_.call(i).primitive != structural::id<structural::slice>) return false;
    if (!r_.is_array(i) || r_.block(i)->base != own_.get()) return true;  // a copy
    const auto [from, to] = structural::Shown(own_.strides(), r_.attributes(r_.call(i))).bounds();
    known_.from = known_.looks ? std::min(known_.from, from) : from;
    known_.to = known_.looks ? std::max(known_.to, to) : to;
    ++known_.looks;
    return true;
  }
  /// Stands for what is written over: nobody reads its elements, which are not there.
  Storage nothing() const {
    const Storage one = allocate(own_->dtype, Shape{1});
    fill(one, std::numeric_limits<double>::quiet_NaN());
    Dims still;
    still.resize(own_->ndim, 0);
    return view(one, own_.shape(), still, 0);
  }

  Recording& r_;
  NodeId node_;
  Storage own_;
  Recording::Written known_;
};

}  // namespace

bool is_written(const Var& x) {
  const Recording* const r = active();
  return r && x.recorded() && is_write(*r, index(x.node));
}

std::optional<Var> written_over(const Var& x, const Var& v, Attributes slice, int handles) {
  Recording* const r = active();
  const bool plain = x.recorded() && !x.lanes && !v.lanes && x.value.is_array() && is_float(x.dtype());
  if (!r || !plain || debugger() || !(v.recorded() || v.value.dtype() == x.dtype())) return std::nullopt;
  Write write(*r, x);
  if (!write.only_looked_at(handles)) return std::nullopt;
  return write.over(converted(v, x.dtype()), slice);
}

}  // namespace wengert
