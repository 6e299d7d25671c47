#include "wengert/checkpoint/snapshots.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

#include "wengert/base/checksum.hpp"
#include "wengert/base/error.hpp"

namespace wengert::checkpoint {
namespace {

/// The checksum of zeros is 0: what a system gives for pages that it lost is not to pass for a state, nor another slot's.
std::uint64_t seal(std::span<const std::byte> state, std::size_t slot) { return ~(checksum(state) ^ slot); }

}  // namespace

void InMemory::save(std::size_t slot, const std::byte* x) {
  while (slots_.size() <= slot) slots_.emplace_back(bytes_);
  std::memcpy(slots_[slot].data(), x, bytes_);
}
void InMemory::load(std::size_t slot, std::byte* x) const { std::memcpy(x, slots_[slot].data(), bytes_); }

OnDisk::OnDisk(std::string directory, std::size_t bytes)
    : directory_(std::move(directory)), record_(sizeof(std::uint64_t) + bytes) {}

OnDisk::~OnDisk() {
  if (file_ >= 0) ::close(file_);
}

void OnDisk::refuse(const std::string& what) const {
  throw StorageError("loop: snapshots on disk: " + what + ": in " + directory_);
}

void OnDisk::open() {
  std::string name = directory_ + "/wengert-XXXXXX";
  file_ = ::mkstemp(name.data());
  if (file_ < 0) refuse(std::string("no file can be made: ") + std::strerror(errno));
  ::unlink(name.c_str());  // from here on nothing is left behind, even by a crash
  ::fcntl(file_, F_SETFD, FD_CLOEXEC);
}

template <class Transfer>
void OnDisk::each_piece(std::size_t slot, Transfer&& transfer) {
  std::size_t done = 0;
  while (done < record_.size()) {
    const auto at = static_cast<off_t>(slot * record_.size() + done);
    const ssize_t n = transfer(record_.data() + done, record_.size() - done, at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) refuse(std::string("the system refuses: ") + std::strerror(errno));
    if (n == 0) refuse("the file ends early");
    done += static_cast<std::size_t>(n);
  }
}

void OnDisk::save(std::size_t slot, const std::byte* x) {
  if (file_ < 0) open();
  const std::span<std::byte> state = std::span(record_).subspan(sizeof(std::uint64_t));
  std::memcpy(state.data(), x, state.size());
  const std::uint64_t sum = seal(state, slot);
  std::memcpy(record_.data(), &sum, sizeof sum);
  each_piece(slot, [&](const std::byte* from, std::size_t n, off_t at) { return ::pwrite(file_, from, n, at); });
}

void OnDisk::load(std::size_t slot, std::byte* x) {
  each_piece(slot, [&](std::byte* to, std::size_t n, off_t at) { return ::pread(file_, to, n, at); });
  const std::span<const std::byte> state = std::span(record_).subspan(sizeof(std::uint64_t));
  std::uint64_t sum = 0;
  std::memcpy(&sum, record_.data(), sizeof sum);
  if (sum != seal(state, slot)) refuse("a snapshot is not what was written");
  std::memcpy(x, state.data(), state.size());
}

}  // namespace wengert::checkpoint
