// What a loop repeats, as a schedule sees it: steps forward, steps with a tape, and their reverse, from memory to memory.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "wengert/base/pool.hpp"
#include "wengert/rule/call.hpp"

namespace wengert::checkpoint {

/// Arrays and numbers one behind the other in one piece of memory.
class Layout {
 public:
  explicit Layout(std::vector<Type> types);
  const std::vector<Type>& types() const { return types_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t at(std::size_t k) const { return at_[k]; }

 private:
  std::vector<Type> types_;
  std::vector<std::size_t> at_;
  std::size_t bytes_ = 0;
};

/// Memory in which a state lies.
class Memory {
 public:
  explicit Memory(std::size_t bytes) : bytes_(bytes), first_(static_cast<std::byte*>(pool::take(bytes_))) {}
  Memory(Memory&& other) noexcept : bytes_(other.bytes_), first_(std::exchange(other.first_, nullptr)) {}
  Memory& operator=(Memory&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(first_, other.first_);
    return *this;
  }
  ~Memory() {
    if (first_) pool::give(first_, bytes_);
  }
  std::byte* data() const { return first_; }
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_;
  std::byte* first_;
};

/// The way back of a step, or of several that were run as one: the state they started from, and behind that what they
/// kept of their way.
struct Tape {
  const void* way = nullptr;  // which one of the body's ways through itself they took
  std::byte* data = nullptr;
  std::int64_t steps = 1;
};

/// Memory of tapes: as much as is asked for, all given back at once.
class Chunks {
 public:
  std::byte* take(std::size_t bytes);
  /// So much will be asked for: in one piece.
  void expect(std::size_t bytes);
  void clear() { used_ = at_ = 0; }
  std::size_t bytes() const;

 private:
  static constexpr std::size_t least = 4096;
  std::size_t left() const { return used_ == 0 ? 0 : chunks_[used_ - 1].bytes() - at_; }
  std::vector<Memory> chunks_;
  std::size_t used_ = 0, at_ = 0;  // chunks in use; bytes of the last one
};

class Body {
 public:
  Body() = default;
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;
  virtual ~Body() = default;

  virtual std::size_t state_bytes() const = 0;
  /// What a step's tape takes, as far as is known; 0 where it is not.
  virtual std::size_t tape_bytes() const = 0;
  /// Steps from number k on from x to y, which do not overlap: at least one, at most so many; says how many. `first` says
  /// that no sweep was there before.
  virtual std::int64_t advance(std::int64_t k, std::int64_t most, const std::byte* x, std::byte* y, bool first) = 0;
  /// The same, and what their reverse needs.
  virtual Tape tape(std::int64_t k, std::int64_t most, const std::byte* x, std::byte* y, Chunks& room, bool first) = 0;
  /// Adjoints of the state before the steps of a tape, the first of which is k, from those of the state after them.
  virtual void reverse(std::int64_t k, const Tape& from, const std::byte* ybar, std::byte* xbar) = 0;
  /// Called some 50 times a second: so many steps are done, `back` of a reverse. May throw, and all is given back.
  virtual void tick(std::int64_t done, bool back) = 0;
};

}  // namespace wengert::checkpoint
