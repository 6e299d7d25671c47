// A program seen as what kernels do: elementwise operations, which may share one, and others, which have one each.
#pragma once
#include <map>

#include "wengert/rule/structural/list.hpp"
#include "wengert/webgpu/plan.hpp"

namespace wengert::webgpu {

enum class Form : std::uint8_t {
  literal,  // one number, whatever the shape
  source,   // a buffer that is there before
  view,     // elements of another item's buffer, in another order
  map,      // an elementwise operation
  head      // any other one, which begins a kernel; or the rest of a sum whose parts another kernel left
};
using ItemId = std::uint32_t;

/// What a map does beside the primitives of the rule table.
inline constexpr std::uint32_t map_select = static_cast<std::uint32_t>(Op::count), map_clip = map_select + 1,
                               map_copy = map_select + 2;
/// A reduction of what another kernel reduced in parts.
inline constexpr std::uint32_t head_parts = 1u << 16;
/// What sorting takes (sorting.cpp, ordering.cpp), and scatters of sorted positions (scattering.cpp).
inline constexpr std::uint32_t head_counts = head_parts + 1, head_placed = head_parts + 2, head_starts = head_parts + 3,
                               head_stretches = head_parts + 4, head_owned = head_parts + 5,
                               head_apart = head_parts + 6, head_ranked = head_parts + 7, head_added = head_parts + 8,
                               head_written = head_parts + 9;

struct Item {
  Form form;
  Scalar type;
  Shape shape;
  std::vector<ItemId> in = {};
  std::uint32_t code = 0;             // of a map or a head: Op or map_...; CallId
  std::vector<std::int64_t> at = {};  // attributes
  double number = 0;                  // of a literal
  std::int64_t offset = 0;            // of a view
  Dims strides = {};
  std::size_t node = 0;  // of the listing

  // Given by the schedule.
  int level = 0, group = -1;
  bool stored = false;
  ItemId owner = none;  // the reduction whose kernel computes it, and nobody else's
  static constexpr ItemId none = 0xffffffffu;
};

struct Graph {
  const Source& p;
  std::vector<Item> items;
  std::vector<ItemId> of_node;
  std::vector<ItemId> outputs;
  std::vector<std::size_t> source_input, source_constant;  // by item: number + 1, or 0
  bool software = false;                                   // the adapter is carried out by the CPU
  struct Sorted {
    ItemId places,
        starts;  // rows and the numbers of their positions, in order; where those of each row begin, and the end
    std::int64_t count, width;  // positions; elements of a row
    // In the order of their highest bits alone, `shift` bits up, where that is not below 0: then `starts` is where those of
    // each value end, and what they are put in order by; places are none where values go with positions.
    int shift = -1;
    ItemId begins = 0, along = 0;
  };
  /// By positions, and the size of what they are positions in.
  std::map<std::pair<ItemId, std::int64_t>, Sorted> sorted = {};

  std::int64_t count(ItemId i) const { return element_count(items[i].shape); }
  [[noreturn]] void refuse(std::size_t node, const std::string& what) const;
};

/// An item's elements as part of a buffer: that of `base`, which is no view.
struct Elements {
  ItemId base;
  std::int64_t offset;
  Dims strides;
};
Elements elements(const Graph& g, ItemId i);
/// The same, repeated to a wider shape.
Elements spread(const Graph& g, ItemId i, const Shape& to);
bool is_row_major(const Shape& shape, const Elements& e);

ItemId add(Graph& g, Item item);
Scalar scalar_of(const Graph& g, Dtype d, std::size_t node);
Graph make_graph(const Source& p, bool software);
/// Positions as those of rows of so many elements: where each row begins.
struct RowPositions {
  ItemId begins;
  std::int64_t width;
};
/// Width 1 where they are not known to be of rows.
RowPositions row_positions(Graph& g, ItemId positions, std::int64_t size);
/// The places that put an axis of x in ascending order; equal elements keep theirs.
ItemId ordered(Graph& g, ItemId x, const Shape& shape, int axis, std::size_t node);
/// Sorts the positions of a scatter where there are so many that each element had better not look for its own.
void sort_positions(Graph& g, Item& scatter);

/// Is it the head of one of these primitives?
template <class... P>
bool is(const Item& x) {
  return x.form == Form::head && ((x.code == static_cast<std::uint32_t>(structural::id<P>)) || ...);
}

}  // namespace wengert::webgpu
