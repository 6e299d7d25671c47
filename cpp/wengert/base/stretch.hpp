// A list that only grows at its end, never moves, and keeps its memory: address space is reserved once, pages come as needed.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace wengert {

/// Address space for `most` bytes (less where the system refuses); `got` says how much. Throws std::bad_alloc.
void* reserve_memory(std::size_t most, std::size_t& got);
void unreserve_memory(void* memory, std::size_t bytes) noexcept;
/// Keeps at least the first `used` bytes; `bytes` is set to what is left.
void shorten_memory(void* memory, std::size_t& bytes, std::size_t used) noexcept;
/// Hands the pages of a range back; the range reads as zero afterwards or as it was.
void forget_memory(void* memory, std::size_t bytes) noexcept;

/// Bytes of address space that this process may still take: all there is where nobody set a limit.
std::size_t free_address_space() noexcept;

template <class T>
class Stretch {
 public:
  /// `lane` tells lists that grow side by side apart: where their ends lie at equal distances from a page's start, the
  /// first-level cache of some processors takes one for the other, and a push costs ten times as much.
  Stretch(std::size_t most, std::size_t lane) {
    memory_ = reserve_memory(most * sizeof(T), bytes_);
    const std::size_t shift = lane * 8256;
    data_ = reinterpret_cast<T*>(static_cast<char*>(memory_) + shift);
    capacity_ = (bytes_ - shift) / sizeof(T);
  }
  Stretch(const Stretch&) = delete;
  Stretch& operator=(const Stretch&) = delete;
  ~Stretch() { unreserve_memory(memory_, bytes_); }

  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t capacity() const { return capacity_; }
  /// Gives address space back, and keeps the first `count` elements.
  void trim(std::size_t count) {
    const auto used = static_cast<std::size_t>(reinterpret_cast<char*>(data_ + count) - static_cast<char*>(memory_));
    shorten_memory(memory_, bytes_, used);
    capacity_ = std::min(
        capacity_,
        (bytes_ - static_cast<std::size_t>(reinterpret_cast<char*>(data_) - static_cast<char*>(memory_))) / sizeof(T));
  }

 private:
  void* memory_ = nullptr;
  T* data_ = nullptr;
  std::size_t bytes_ = 0, capacity_ = 0;
};

}  // namespace wengert
