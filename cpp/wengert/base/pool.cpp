#include "wengert/base/pool.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <new>
#include <utility>

#include "wengert/base/thread.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace wengert::pool {
namespace {

// Eight sizes an octave waste at most 12 %; the smallest is one cache line.
constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr int classes = 8 * 52;

[[maybe_unused]] int class_of(std::size_t bytes) {
  const std::size_t lines = (std::max(bytes, std::size_t{1}) + alignment - 1) / alignment;
  if (lines <= 8) return static_cast<int>(lines) - 1;
  const int octave = static_cast<int>(std::bit_width(lines - 1)) - 3;
  return 8 * octave + static_cast<int>((lines - 1) >> (octave - 1)) - 8;
}

[[maybe_unused]] std::size_t class_bytes(int k) {
  const int octave = k / 8;
  if (octave == 0) return alignment * static_cast<std::size_t>(k + 1);
  return alignment * (static_cast<std::size_t>(k % 8 + 9) << (octave - 1));
}

std::size_t system_bytes() {
#if defined(__linux__)
  const long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGE_SIZE);
  if (pages > 0 && size > 0) return static_cast<std::size_t>(pages) * static_cast<std::size_t>(size);
#endif
  return std::size_t{8} << 30;
}

void* from_system(std::size_t bytes) {
#if defined(__linux__)
  if (bytes >= huge_page) {
    void* memory = std::aligned_alloc(huge_page, (bytes + huge_page - 1) / huge_page * huge_page);
    if (memory) madvise(memory, bytes, MADV_HUGEPAGE);
    return memory;
  }
#endif
  return std::aligned_alloc(alignment, bytes);
}

struct Node {
  Node* next;
};

struct Lists {
  std::array<Node*, classes> heads{};
  std::size_t kept = 0;

  void clear() noexcept {
    for (Node*& head : heads) {
      while (head) std::free(std::exchange(head, head->next));
    }
    kept = 0;
  }
};

thread_local constinit Lists* lists WG_FAST_TLS = nullptr;  // the calling thread's

/// Gives a thread's memory back when it ends.
struct Keeper {
  ~Keeper() {
    if (lists) lists->clear();
    delete std::exchange(lists, nullptr);
  }
};

[[gnu::noinline]] void make_lists() {
  thread_local const Keeper keeper{};
  lists = new Lists();
}

Lists& mine() {
  if (!lists) [[unlikely]]
    make_lists();
  return *lists;
}

// An eighth of the machine's memory may wait for reuse, a thread.
[[maybe_unused]] const std::size_t most_kept = system_bytes() / 8;

}  // namespace

void* take(std::size_t& bytes) {
  Lists& own = mine();
#if !defined(WENGERT_NO_POOL)
  if (bytes > (std::size_t{1} << 60)) throw std::bad_alloc();
  const int k = class_of(bytes);
  bytes = class_bytes(k);
  if (Node* node = own.heads[static_cast<std::size_t>(k)]) {
    own.heads[static_cast<std::size_t>(k)] = node->next;
    own.kept -= bytes;
    return node;
  }
#else
  bytes = (bytes + alignment) / alignment * alignment;
#endif
  void* memory = from_system(bytes);
  if (!memory && own.kept) {
    own.clear();
    memory = from_system(bytes);
  }
  if (!memory) throw std::bad_alloc();
  return memory;
}

void give(void* memory, [[maybe_unused]] std::size_t bytes) noexcept {
#if !defined(WENGERT_NO_POOL)
  Lists& own = mine();
  if (own.kept + bytes <= most_kept) {
    const auto k = static_cast<std::size_t>(class_of(bytes));
    own.heads[k] = new (memory) Node{own.heads[k]};
    own.kept += bytes;
    return;
  }
#endif
  std::free(memory);
}

std::size_t kept() noexcept { return mine().kept; }
void release() noexcept { mine().clear(); }

}  // namespace wengert::pool
