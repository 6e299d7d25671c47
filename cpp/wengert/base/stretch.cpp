#include "wengert/base/stretch.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#else
#include <cstdlib>
#endif

namespace wengert {

#if defined(__linux__)

// First touch of 4 KB pages costs more than recording into them: ask for pages of 2 MB, on their boundary.
constexpr std::size_t huge_page = std::size_t{2} << 20;

void* reserve_memory(std::size_t most, std::size_t& got) {
  for (std::size_t bytes = (most + huge_page - 1) / huge_page * huge_page; bytes >= huge_page; bytes /= 2) {
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) continue;
    // The first 2 MB come in small pages: a recording of two operations must not cost ten megabytes.
    if (bytes > huge_page) madvise(static_cast<char*>(memory) + huge_page, bytes - huge_page, MADV_HUGEPAGE);
    got = bytes;
    return memory;
  }
  throw std::bad_alloc();
}
void unreserve_memory(void* memory, std::size_t bytes) noexcept { munmap(memory, bytes); }
void shorten_memory(void* memory, std::size_t& bytes, std::size_t used) noexcept {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGE_SIZE));
  const std::size_t keep = std::max(page, (used + page - 1) / page * page);
  if (keep >= bytes || munmap(static_cast<char*>(memory) + keep, bytes - keep) != 0) return;
  bytes = keep;
}
std::size_t free_address_space() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
  unsigned long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%lu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  const std::size_t used = pages * static_cast<std::size_t>(sysconf(_SC_PAGE_SIZE));
  return limit.rlim_cur > used ? limit.rlim_cur - used : 0;
}
void forget_memory(void* memory, std::size_t bytes) noexcept { madvise(memory, bytes, MADV_DONTNEED); }

#else

// Elsewhere the C library's own allocation is lazy for large requests; it is asked for less.
void* reserve_memory(std::size_t most, std::size_t& got) {
  for (std::size_t bytes = std::min(most, std::size_t{1} << 30); bytes >= 4096; bytes /= 2) {
    if (void* memory = std::calloc(bytes, 1)) {
      got = bytes;
      return memory;
    }
  }
  throw std::bad_alloc();
}
void unreserve_memory(void* memory, std::size_t) noexcept { std::free(memory); }
void shorten_memory(void*, std::size_t&, std::size_t) noexcept {}
std::size_t free_address_space() noexcept { return SIZE_MAX; }
void forget_memory(void*, std::size_t) noexcept {}

#endif

}  // namespace wengert
