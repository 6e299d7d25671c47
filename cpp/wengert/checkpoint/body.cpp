#include "wengert/checkpoint/body.hpp"

#include <algorithm>

namespace wengert::checkpoint {
namespace {

std::size_t rounded(std::size_t bytes) { return (bytes + 7) / 8 * 8; }

}  // namespace

Layout::Layout(std::vector<Type> types) : types_(std::move(types)) {
  for (const Type& t : types_) {
    at_.push_back(bytes_);
    bytes_ += rounded(static_cast<std::size_t>(element_count(t.shape)) * item_size(t.dtype));
  }
}

std::byte* Chunks::take(std::size_t bytes) {
  bytes = rounded(bytes);
  while (used_ == 0 || left() < bytes) {
    // The next one is as large as all before, so that there are few, and no more than half of it all waits.
    if (used_ == chunks_.size()) chunks_.emplace_back(std::max({least, bytes, std::min(this->bytes(), least * 256)}));
    ++used_;
    at_ = 0;
  }
  return chunks_[used_ - 1].data() + std::exchange(at_, at_ + bytes);
}

void Chunks::expect(std::size_t bytes) {
  if (used_ == 0 && this->bytes() < bytes) chunks_.clear();  // the last block, which is taped first, may be a short one
  if (used_ == chunks_.size() && left() < bytes) {
    chunks_.emplace_back(bytes);
    ++used_;
    at_ = 0;
  }
}

std::size_t Chunks::bytes() const {
  std::size_t all = 0;
  for (const Memory& m : chunks_) all += m.bytes();
  return all;
}

}  // namespace wengert::checkpoint
