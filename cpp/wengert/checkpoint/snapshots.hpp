// States of a loop that wait to be started from again: in memory, or in a file that no crash leaves behind.
#pragma once
#include <string>
#include <vector>

#include "wengert/checkpoint/body.hpp"

namespace wengert::checkpoint {

/// Slots of states in memory.
class InMemory {
 public:
  explicit InMemory(std::size_t bytes) : bytes_(bytes) {}
  void save(std::size_t slot, const std::byte* x);
  void load(std::size_t slot, std::byte* x) const;
  void clear() { slots_.clear(); }

 private:
  std::size_t bytes_;
  std::vector<Memory> slots_;
};

/// Slots of states in a file without a name: the system takes it back when it is closed, however the process ends.
class OnDisk {
 public:
  /// directory : where the file lies
  /// raises    : StorageError in all that follows, where the system refuses or what is read is not what was written
  OnDisk(std::string directory, std::size_t bytes);
  OnDisk(const OnDisk&) = delete;
  OnDisk& operator=(const OnDisk&) = delete;
  ~OnDisk();

  void save(std::size_t slot, const std::byte* x);
  void load(std::size_t slot, std::byte* x);

 private:
  void open();
  template <class Transfer>
  void each_piece(std::size_t slot, Transfer&& transfer);
  [[noreturn]] void refuse(const std::string& what) const;

  std::string directory_;
  int file_ = -1;
  std::vector<std::byte> record_;  // a checksum, then the state
};

}  // namespace wengert::checkpoint
