#include "wengert/tape/recording.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <unordered_set>

#include "wengert/base/error.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/tape/debugger.hpp"

namespace wengert {
namespace {

std::uint64_t bits_of(Slot slot) {
  std::uint64_t bits;
  std::memcpy(&bits, &slot, sizeof bits);
  return bits;
}

}  // namespace

std::uint32_t next_serial() {
  static std::atomic<std::uint32_t> last{0};
  const std::uint32_t serial = ++last;
  return serial ? serial : ++last;
}

Recording::Recording() : Recording(std::min(most_nodes, free_address_space() / 4 / node_bytes)) {}

Recording::Recording(std::size_t most)
    : code_(most, 0), a_(most, 1), b_(most, 2), value_(most, 3), handles_(most, 4), serial_(next_serial()) {
  limit_ = room_ = std::min(
      {code_.capacity(), a_.capacity(), b_.capacity(), value_.capacity(), handles_.capacity(), most_nodes - 1});
  std::fill_n(seen_, seen_count, NodeId::none);
}

bool Recording::has_scope(std::uint32_t id) const {
  return std::find(scopes_.begin(), scopes_.end(), id) != scopes_.end();
}

std::uint32_t Recording::enter_scope() {
  scopes_.push_back(scope_ = next_serial());
  return scope_;
}

void Recording::leave_scope(std::uint32_t id) {
  scopes_.erase(std::remove(scopes_.begin(), scopes_.end(), id), scopes_.end());
  scope_ = scopes_.empty() ? 0 : scopes_.back();
}

/// There is no room, a fresh start is due, or somebody watches: a number is looked at here, an array where it was computed.
void Recording::beyond(std::uint16_t c, NodeId a, NodeId b, Slot value) {
  if (size_ >= room_) {
    throw MemoryError("tape: memory exhausted: " + std::to_string(size_) + " operations are recorded and no more fit");
  }
  if (size_ >= fresh_at_) {
    passing_ = 0;
    fresh_at_ = never;
    if (!debugger()) watch(false);
  }
  Debugger* d = debugger();
  if (!d && !witness_) {
    places_.clear();
    return watch(false);
  }
  if (d && c < code::elementwise_end) {
    const bool two = b != NodeId::none;
    const Value in[] = {Recording::value(index(a)), two ? Recording::value(index(b)) : Value()};
    d->value(static_cast<Op>(c), std::span(in, two ? 2 : 1), Value::number(value.number));
  }
  places_.resize(size_, Place::unknown);
  const Place sweep = detail::place_of_sweep;
  places_.push_back(d ? d->place() : sweep != Place::unknown ? sweep : witness_());
}

NodeId Recording::push_call(CallId primitive, std::span<const NodeId> operands, Attributes attributes,
                            const Value& value) {
  calls_.push_back({primitive, static_cast<std::uint16_t>(attributes.size()),
                    static_cast<std::uint32_t>(operands.size()), attributes_.size(), operands_.size()});
  attributes_.insert(attributes_.end(), attributes.begin(), attributes.end());
  operands_.insert(operands_.end(), operands.begin(), operands.end());
  return append_value(code::call, static_cast<NodeId>(calls_.size() - 1), NodeId::none, value);
}

NodeId Recording::push_custom(CustomCall c, const Value& value) {
  customs_.push_back(std::move(c));
  return append_value(code::custom, static_cast<NodeId>(customs_.size() - 1), NodeId::none, value);
}

NodeId Recording::constant(const Value& value) {
  Slot slot{};
  if (value.is_array()) slot.block = value.block();
  else slot.number = value.as_double();
  const std::uint64_t bits = bits_of(slot);
  NodeId& seen = seen_[(bits * 0x9e3779b97f4a7c15u) >> 58];
  const std::size_t i = index(seen);
  if (i < size_ && is_constant(i) && is_array(i) == value.is_array() && bits_of(value_[i]) == bits) return seen;
  return seen = append_value(code::constant, NodeId::none, NodeId::none, value);
}

NodeId Recording::push_write(CallId primitive, std::span<const NodeId> operands, Attributes attributes,
                             const Value& value, const Written& w) {
  written_[operands[0]] = w;  // what may fail comes before anything changes
  const std::size_t bytes = array_bytes_;
  const NodeId id = push_call(primitive, operands, attributes, value);
  array_bytes_ = bytes;  // there is no more than before
  auto known = written_.extract(operands[0]);
  known.key() = id;
  written_.insert(std::move(known));
  Storage before(w.before);
  Storage::release(std::exchange(value_[index(operands[0])].block, before.take()));
  return id;
}

void Recording::mark(NodeId node, std::string name) {
  if (!all_ || node == NodeId::none) return;
  mark_live(node);
  marks_.push_back({node, std::move(name)});
}

void Recording::guard(Guard g) {
  constexpr std::size_t lately = 8;  // the same question is often asked again at once
  const std::size_t from = guards_.size() - std::min(guards_.size(), lately);
  for (std::size_t k = from; k < guards_.size(); ++k) {
    if (guards_[k].kind == g.kind && guards_[k].node == g.node) return;
  }
  mark_live(g.node);
  guards_.push_back(std::move(g));
}

bool Recording::reaches_watched(NodeId id) const {
  std::unordered_set<NodeId> seen{id};
  std::vector<NodeId> open{id};
  while (!open.empty()) {
    const std::size_t i = index(open.back());
    open.pop_back();
    if (code_of(i) == code::input && i >= given) return true;
    if (code_of(i) == code::call && structural::info(call(i).primitive).kind == Kind::none) continue;
    if (!is_float(dtype(i))) continue;
    each_operand(i, [&](NodeId operand) {
      if (seen.insert(operand).second) open.push_back(operand);
    });
  }
  return false;
}

bool Recording::depends_beyond(NodeId id, std::size_t first, std::span<const NodeId> inputs) const {
  if (index(id) < first) return true;
  std::vector<bool> reached(index(id) - first + 1);
  reached.back() = true;
  bool beyond = false;
  for (std::size_t i = index(id) + 1; i-- > first && !beyond;) {
    if (!reached[i - first]) continue;
    const bool fresh = code_of(i) == code::input && a(i) == NodeId::none;
    beyond = fresh && !std::binary_search(inputs.begin(), inputs.end(), static_cast<NodeId>(i));
    each_operand(i, [&](NodeId operand) {
      if (index(operand) >= first) reached[index(operand) - first] = true;
      else beyond |= !is_constant(index(operand));
    });
  }
  return beyond;
}

void Recording::drop_dead_top() {
  std::size_t end = live_end_;
  const auto eight = [&] {
    std::uint64_t word;
    std::memcpy(&word, handles_.data() + end - 8, sizeof word);
    return word;
  };
  while (end >= 8 && eight() == 0) end -= 8;
  while (end > 0 && handles_[end - 1] == 0) --end;
  live_end_ = end;
  truncate(end);
}

void Recording::truncate(std::size_t size) {
  if (arrays_ == 0 && calls_.empty() && customs_.empty()) size_ = std::min(size_, size);
  while (size_ > size) {
    const std::size_t i = --size_;
    if (is_array(i)) {
      Storage::release(value_[i].block);
      --arrays_;
    }
    if (!written_.empty()) written_.erase(static_cast<NodeId>(i));
    if (code_of(i) == code::call) {
      operands_.resize(calls_.back().first_operand);
      attributes_.resize(calls_.back().first_attribute);
      calls_.pop_back();
    }
    if (code_of(i) == code::custom) {
      const CustomCall gone = std::move(customs_.back());  // letting go of it may run anything: after the list is right
      customs_.pop_back();
    }
  }
}

void Recording::trim() {
  code_.trim(size_);
  a_.trim(size_);
  b_.trim(size_);
  value_.trim(size_);
  handles_.trim(size_);
  limit_ = room_ = size_;
}

void Recording::clear() {
  truncate(0);
  std::memset(handles_.data(), 0, live_end_);
  live_end_ = 0;
  passing_ = serial_ = next_serial();
  scopes_.clear();
  places_.clear();
  pins_.clear();
  moved_.clear();
  guards_.clear();
  marks_.clear();
  all_ = false;
  witness_ = nullptr;
  given = 0;
  holders = 0;
  never_start_afresh();
  watch(false);
  scope_ = 0;
}

std::size_t Recording::bytes() const {
  return size_ * node_bytes + calls_.size() * sizeof(Call) + operands_.size() * sizeof(NodeId) +
         attributes_.size() * sizeof(std::int64_t);
}

}  // namespace wengert
