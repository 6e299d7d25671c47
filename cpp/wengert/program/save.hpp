// Programs as bytes: names, sizes and numbers, and no code. docs/programs.md tells the format, byte by byte.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "wengert/program/listing.hpp"

namespace wengert::program {

/// The newest version of the format: what is written, and what is read.
inline constexpr std::uint64_t format_version = 1;

/// What a file holds: a program, and notes that its owner keeps beside it and that are nothing to the core.
struct Saved {
  Built built;
  std::string notes;
};

/// Throws FormatError for a listing that `load` would not take back.
std::string save(const Listing& p, std::size_t recorded, std::string_view notes = {});

/// Is what the file says of its bytes held to? A fuzzer, which cannot guess it, looks behind.
enum class Checksum : bool { ignored, held };
/// Whatever the bytes are: a program that can be run, or FormatError. Time and memory are linear in their number.
Saved load(std::span<const std::byte> file, Checksum checksum = Checksum::held);

/// Of the bytes behind the header, and of what stands before the checksum itself in it. Tells an accident, not a forgery.
std::uint64_t checksum_of(std::span<const std::byte> file);

namespace format {
static_assert(std::endian::native == std::endian::little, "programs are saved as they lie in memory");
inline constexpr std::string_view magic = "\x89WGT\r\n\x1a\n";  // tells files that were sent as text
inline constexpr std::size_t version_at = 8, length_at = 16, checksum_at = 24, header = 32;
inline constexpr std::size_t alignment = 64;  // of arrays this large, from the beginning of the file
inline constexpr std::string_view input = "input", constant = "constant";
inline constexpr std::string_view guards[] = {"truth", "integer", "values"};
}  // namespace format

}  // namespace wengert::program
