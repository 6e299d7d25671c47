// Which operations share a kernel. Operations of one level do not wait for one another; elementwise ones of one shape and
// level are one kernel with several results, and so are a head and what is done to its result element by element.
#pragma once
#include "wengert/webgpu/graph.hpp"

namespace wengert::webgpu {

/// One kernel's work.
struct Piece {
  Shape shape;
  ItemId head = Item::none;
  std::vector<ItemId> maps;        // in order
  std::vector<ItemId> parts = {};  // reductions of all elements that begin here
  std::vector<ItemId> rows = {};   // reductions along the same rows, which share the kernel with their maps
  int level = 0;                   // as many pieces one after the other come before it, at most
};

/// Elements up to which a reduction of all is one kernel.
inline constexpr std::int64_t reduced_at_once = 1024;

bool is_reduction(const Item& x);
/// In order; marks what has to lie in a buffer.
std::vector<Piece> schedule(Graph& g);

}  // namespace wengert::webgpu
