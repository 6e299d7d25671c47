#include "wengert/tape/fresh_start.hpp"

#include "wengert/tape/lanes.hpp"

namespace wengert {

int& Uninterrupted::depth() {
  thread_local constinit int depth = 0;
  return depth;
}

void Recording::start_afresh_after(std::size_t nodes, std::size_t bytes, std::function<void()> start) {
  fresh_at_ = size_ + nodes;
  fresh_bytes_ = array_bytes_ + bytes;
  passing_ = serial_;
  start_ = std::move(start);
  if (limit_ != 0) watch(false);
}

void Recording::never_start_afresh() {
  fresh_at_ = fresh_bytes_ = never;
  array_bytes_ = 0;
  passing_ = serial_;
  start_ = nullptr;
  if (limit_ != 0) watch(false);
}

void Recording::occasion() {
  passing_ = serial_;
  const std::function<void()> start = start_;  // a copy: it arms the recording anew
  if (start) start();
}

std::vector<Recording::Kept> Recording::with_handles(std::size_t first) const {
  std::vector<std::uint8_t> held(handles_.data() + first, handles_.data() + std::max(first, live_end_));
  for (const NodeId id : pins_) {
    if (index(id) - first < held.size() && held[index(id) - first] != most_handles) --held[index(id) - first];
  }
  std::vector<Kept> kept;
  for (std::size_t i = first; i < live_end_; ++i) {
    if (held[i - first]) kept.push_back({static_cast<NodeId>(i), value(i), held[i - first]});
  }
  return kept;
}

void Recording::start_afresh(std::size_t first, std::span<const Kept> kept) {
  std::map<NodeId, Moved> to;
  std::uint32_t k = 0;
  for (const Kept& node : kept) to[node.node] = {static_cast<NodeId>(first + k++), node.handles};
  for (auto it = moved_.begin(); it != moved_.end();) {
    const auto found = to.find(it->second.now);
    if (found == to.end()) {
      it = moved_.erase(it);
      continue;
    }
    found->second.handles -= std::min(found->second.handles, it->second.handles);
    it++->second.now = found->second.now;
  }
  for (const auto& [node, now] : to) {
    if (now.handles) moved_[{serial_, node}] = now;
  }
  pins_.clear();
  places_.clear();
  std::memset(handles_.data() + first, 0, live_end_ > first ? live_end_ - first : 0);
  live_end_ = std::min(live_end_, first);
  truncate(first);
  passing_ = serial_ = next_serial();
  for (const Kept& node : kept) {
    const NodeId id = push_input(NodeId::none, node.value);
    mark_live(id);
    handles_[index(id)] = node.handles;
  }
}

NodeId Recording::moved(std::uint32_t serial, NodeId node) {
  const auto found = moved_.find({serial, node});
  if (found == moved_.end()) return NodeId::none;
  const NodeId now = found->second.now;
  // A count that reached its end says nothing of who is left.
  if (handles_[index(now)] != most_handles && --found->second.handles == 0) moved_.erase(found);
  return now;
}

FreshStarts::FreshStarts(Recording& r, NodeId first, std::vector<Seed> seeds)
    : r_(r), first_(first), seeds_(std::move(seeds)) {
  arm(seeds_.size());
}

/// Work that grows with what is alive must be rare where much is.
void FreshStarts::arm(std::size_t alive) {
  constexpr std::size_t nodes = std::size_t{1} << 16, bytes = std::size_t{1} << 22;
  r_.start_afresh_after(std::max(nodes, 2 * alive), bytes + 256 * alive, [this] { start(); });
}

void FreshStarts::start() {
  const bool others = r_.holders > 1 || Uninterrupted::depth() > 0;
  if (busy_ || others) return arm(r_.size() - index(first_));
  busy_ = true;
  const std::vector<Recording::Kept> kept = r_.with_handles(index(first_));
  std::vector<NodeId> wanted;
  for (const Recording::Kept& k : kept) wanted.push_back(k.node);
  try {
    const Suspension whole{all_lanes()};  // nodes are arrays of all lanes
    const std::vector<Var> tangents = tangent_sweep(r_, first_, seeds_, wanted, Mode::values);
    r_.start_afresh(index(first_), kept);
    seeds_.clear();
    for (std::size_t k = 0; k < tangents.size(); ++k) {
      seeds_.push_back({static_cast<NodeId>(index(first_) + k), tangents[k]});
    }
  } catch (...) {
    busy_ = false;
    throw;
  }
  busy_ = false;
  arm(kept.size());
}

}  // namespace wengert
