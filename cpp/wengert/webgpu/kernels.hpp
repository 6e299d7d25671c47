// The kernels: what stands round the elementwise work of a piece.
#pragma once
#include "wengert/webgpu/writer.hpp"

namespace wengert::webgpu {

/// An array as a kernel binds it: the elements of an item, or the parts that its reduction begins with.
struct Bound {
  ItemId item;
  bool parts, together;
  bool same(const Bound& other) const { return item == other.item && parts == other.parts; }
};

/// What one group of threads does, told by `group_number` and `lane`.
struct Kernel {
  int width;
  std::string body, shared;
  std::int64_t groups;
  std::vector<Bound> reads, writes;
  std::size_t node;
};
/// Kernels that do not wait for one another as one: the first groups are the first one's.
struct Joined {
  std::vector<Kernel> parts;
  std::vector<Bound> reads, writes;

  explicit Joined(Kernel first) : reads(first.reads), writes(first.writes) { parts.push_back(std::move(first)); }
  std::int64_t groups() const;
  /// Takes it in if that is worth while and the profile allows it.
  bool take(const Kernel& other);
  std::string text(const Graph& g, const Prelude& prelude) const;
};

/// Raises Unsupported for primitives that formulas call and the prelude lacks, and for heads without a kernel.
Kernel write_kernel(const Graph& g, const Prelude& prelude, const Piece& piece);

/// Parts that a reduction of all elements of x is begun in, where a thread has `width` at a time.
std::int64_t parts_of(std::int64_t elements, int width, bool software);

/// Work groups in two dimensions, each within the profile's limit.
struct Grid {
  std::int64_t x, y;
};
Grid grid_of(std::int64_t groups);

/// The software adapter ends the loops of a thread silently after 65,535 turns, of all of them together, and others may end a
/// kernel that runs for seconds: raises Refusal for more.
void require_turns(const Item& head, std::int64_t turns);

/// Where a thread is, among all of its kernel.
void declare_place(Writer& w);

/// What a reduction begins with, how two results become one, and what becomes of an element before.
struct Reduction {
  std::string first, combined_left, combined_right;  // combined_left + "a, b" + combined_right
  std::string of(const std::string& a, const std::string& b) const {
    return combined_left + a + ", " + b + combined_right;
  }
};
Reduction reduction(std::uint32_t primitive, Scalar type);

/// Threads of a group bring their `acc` together: all see the result in `name`.
void reduce_group(Writer& w, const Reduction& r, Scalar type, const std::string& name);

std::int64_t write_maps(Writer& w);
/// Reductions along the same rows, of a piece's head or of all that it joins.
std::int64_t write_rows(Writer& w);
/// The rest of a reduction that another kernel began; `number` of the head is how many parts it left.
std::int64_t write_parts(Writer& w);
std::int64_t write_product(Writer& w);
std::int64_t write_running_sum(Writer& w);
/// Heads each element of whose result stands alone: gather, pad, ...
std::int64_t write_single(Writer& w);
/// Elements that a thread has side by side.
/// The steps of sorting positions.
std::int64_t write_sorting(Writer& w);
/// What sorted positions add to the element o, or write there last, into `head_var`.
void write_added(Writer& w, const Item& head);
void write_written(Writer& w, const Item& head);
/// The element of an operand, repeated to a shape, that a counter through that shape is at.
std::string element(Writer& w, ItemId i, const Shape& shape, const std::string& counter);
/// Where an operand's positions point, as in Python: from the end where they are negative; inside, whatever they are.
std::string position(Writer& w, ItemId i, const std::string& counter, std::int64_t size);
std::string zero(Scalar type);
int width_of(const Graph& g, const Piece& piece);
int rows_width(const Graph& g, const Piece& piece);
int product_width(const Graph& g, const Piece& piece);

}  // namespace wengert::webgpu
