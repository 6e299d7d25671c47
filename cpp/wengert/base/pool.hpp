// Memory that keeps its pages: a fresh page costs 5 to 50 times the arithmetic done in it.
#pragma once
#include <cstddef>

namespace wengert::pool {

inline constexpr std::size_t alignment = 64;  // one AVX-512 register, one cache line

/// At least `bytes` bytes, aligned; throws std::bad_alloc. `bytes` is set to what was got; give the same back.
void* take(std::size_t& bytes);
void give(void* memory, std::size_t bytes) noexcept;

/// Bytes that wait in the calling thread's pool, and a way to hand them back to the system.
std::size_t kept() noexcept;
void release() noexcept;

}  // namespace wengert::pool
