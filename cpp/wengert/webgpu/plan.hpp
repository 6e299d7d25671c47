// What a program becomes on a graphics processor: texts of kernels, buffers, and steps in their order. Plain data: an
// executor needs no knowledge of operations.
#pragma once
#include <string>
#include <vector>

#include "wengert/webgpu/source.hpp"
#include "wengert/webgpu/text.hpp"

namespace wengert::webgpu {

/// What cannot be lowered: the operation, what is the matter, and the node of the program that it is.
struct Refusal : Error {
  std::size_t node;
  bool
      limit;  // more than the portable profile allows; else a primitive, an element type, a construction without a kernel
  Refusal(const std::string& what, std::size_t at, bool beyond) : Error(what), node(at), limit(beyond) {}
};

/// What every implementation of WebGPU grants: kept, whatever the adapter offers, so that a program that runs on one runs
/// on all.
inline constexpr std::int64_t most_bindings = 8, most_bytes = std::int64_t{128} << 20, most_groups = 65535;
inline constexpr std::int64_t group_size = 256;
/// Of a kernel: a driver may take time that grows with their square, and nobody can interrupt it.
inline constexpr std::size_t most_operations = 512;

enum class Role : std::uint8_t { input, constant, temporary, output, kept };

struct Buffer {
  Role role;
  Scalar type;
  std::int64_t elements;
  std::size_t number = 0;  // input: which one; constant: which one of the listing's; temporary: its slot
};

struct Step {
  std::size_t kernel;                      // in the list of texts
  std::uint32_t grid[3];                   // work groups
  std::vector<std::size_t> reads, writes;  // buffers, in the order of their bindings: reads first
  std::size_t node;                        // of the listing, whose line it is
};

struct Plan {
  std::vector<std::string> kernels;
  std::vector<Buffer> buffers;
  std::vector<Step> steps;
  std::size_t once = 0;              // so many steps, the first ones, hang on constants alone: what they leave is kept
  std::vector<std::size_t> outputs;  // buffers
  std::vector<std::int64_t> slots;   // bytes of each
  std::int64_t most_live = 0;        // bytes of temporaries at a time, rounded as buffers are
};

/// Bytes of a buffer with so many elements: whole registers of four, never none.
constexpr std::int64_t buffer_bytes(std::int64_t elements) {
  return (elements * 4 + 255) / 256 * 256 + (elements == 0) * 256;
}

/// The plan for a program.
/// prelude  : functions in WGSL that formulas of the rule table call
/// software : the adapter is carried out by the CPU: fewer groups of threads, and fewer waits
/// raises   : Refusal
Plan lower(const Source& p, const std::string& prelude, bool software = false);
/// The same as JSON, which executors read; {"error", "node", "limit"} for a refusal.
std::string planned_json(const Source& p, const std::string& prelude, bool software = false);

}  // namespace wengert::webgpu
