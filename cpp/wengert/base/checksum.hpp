// A sum that tells an accident from what was written; not a forgery.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>

namespace wengert {

inline std::uint64_t checksum(std::span<const std::byte> part, std::uint64_t sum = 0) {
  for (std::size_t i = 0; i < part.size(); i += sizeof sum) {
    std::uint64_t word = 0;  // little-endian, the last one filled up with zeros
    std::memcpy(&word, part.data() + i, std::min(sizeof word, part.size() - i));
    // Each of these steps has an inverse: no change of one word can be lost.
    sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
    sum ^= sum >> 32;
  }
  return sum;
}

}  // namespace wengert
