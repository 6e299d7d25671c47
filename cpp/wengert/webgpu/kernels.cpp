#include "wengert/webgpu/kernels.hpp"

#include <algorithm>

#include "wengert/rule/structural/list.hpp"

namespace wengert::webgpu {
namespace {

namespace s = structural;

/// Can all that the maps read be read side by side?
bool reads_together(const Graph& g, const Piece& piece) {
  const auto here = [&](ItemId i) {
    return i == piece.head || std::find(piece.maps.begin(), piece.maps.end(), i) != piece.maps.end();
  };
  for (const ItemId i : piece.maps) {
    for (const ItemId k : g.items[i].in) {
      if (g.items[k].form == Form::literal || (here(k) && g.items[k].shape == piece.shape)) continue;
      if (access(piece.shape, spread(g, k, piece.shape)) == Access::apart) return false;
    }
  }
  return true;
}

}  // namespace

int width_of(const Graph& g, const Piece& piece) {
  if (!piece.rows.empty() || (piece.head != Item::none && is_reduction(g.items[piece.head])))
    return rows_width(g, piece);
  if (piece.head != Item::none && !is<s::matmul>(g.items[piece.head])) return 1;
  if (element_count(piece.shape) < 4 || !reads_together(g, piece)) return 1;
  return piece.head == Item::none ? 4 : product_width(g, piece);
}

void require_turns(const Item& head, std::int64_t turns) {
  constexpr std::int64_t most = 60'000;
  if (turns <= most) return;
  throw Refusal("webgpu: one thread would have " + std::to_string(turns) + " terms to go through, of at most " +
                    std::to_string(most),
                head.node, true);
}

Grid grid_of(std::int64_t groups) {
  const std::int64_t y = (groups + most_groups - 1) / most_groups;
  return {(groups + y - 1) / std::max<std::int64_t>(y, 1), y};
}

void declare_place(Writer& w) { w.line("let thread = group_number * 256u + lane;"); }

std::int64_t parts_of(std::int64_t elements, int width, bool software) {
  // Many threads hide how long memory takes; the software adapter has few, and pays for each group that waits.
  return std::min<std::int64_t>(software ? 32 : 1024, (elements + width * group_size - 1) / (width * group_size));
}

Reduction reduction(std::uint32_t primitive, Scalar type) {
  const bool whole = type == Scalar::whole;
  const std::string suffix = whole ? "_i(" : "(";
  if (primitive == static_cast<std::uint32_t>(s::id<s::prod>))
    return {whole ? "I(1)" : "F(1.0)", "w_multiplied" + suffix, ")"};
  if (primitive == static_cast<std::uint32_t>(s::id<s::max>)) {
    return {whole ? "I(bitcast<i32>(2147483648u))" : "F(-w_infinity())", "w_maximum" + suffix, ")"};
  }
  if (primitive == static_cast<std::uint32_t>(s::id<s::min>)) {
    return {whole ? "I(2147483647)" : "F(w_infinity())", "w_minimum" + suffix, ")"};
  }
  return {whole ? "I(0)" : "F(0.0)", "w_added" + suffix, ")"};
}

void reduce_group(Writer& w, const Reduction& r, Scalar type, const std::string& name) {
  const std::string shared = "shared_" + name;
  // Where a thread has four elements side by side, functions take registers: four times the same.
  const bool four = w.width() == 4;
  const std::string letter = type == Scalar::whole ? "I(" : "F(";
  const auto of = [&](const std::string& a, const std::string& b) {
    return four ? cat(r.of(cat(letter, a, ")"), cat(letter, b, ")")), ".x") : r.of(a, b);
  };
  const std::string acc = "acc_" + name;
  w.shared("var<workgroup> ", shared, ": array<", stored_type(type, false), ", 256>;");
  w.line(shared, "[lane] = ", four ? of(of(acc + ".x", acc + ".y"), of(acc + ".z", acc + ".w")) : acc, ";");
  // Two steps of sixteen: each wait of a group costs the software adapter more than sixteen additions.
  w.line("workgroupBarrier();\nif (lane < 16u) {\nvar t = ", shared, "[lane];");
  w.line("for (var k = 16u; k < 256u; k += 16u) { t = ", of("t", shared + "[k + lane]"), "; }");
  w.line(shared, "[lane] = t;\n}\nworkgroupBarrier();\nvar ", name, " = ", shared, "[0];");
  w.line("for (var k = 1u; k < 16u; k++) { ", name, " = ", of(name, shared + "[k]"), "; }");
}

namespace {

/// Elements beyond the end of an array count as nothing.
std::string within(const std::string& at, std::int64_t n) {
  const auto one = [&](int k) { return "(" + at + " * 4u + " + number(k) + " < " + number(n) + ")"; };
  return cat("B(", one(0), ", ", one(1), ", ", one(2), ", ", one(3), ")");
}

/// What a thread adds to its part for the reduction r.
std::string part_of(Writer& w, const Item& r, const Reduction& how, std::int64_t n) {
  const Scalar from = w.graph().items[r.in[0]].type;
  std::string added = w.value(r.in[0]);
  if (from == Scalar::truth) {
    added = cat(r.type == Scalar::whole ? "select(I(0), I(1), " : "select(F(0.0), F(1.0), ", added, ")");
  }
  if (w.width() == 1 || n % 4 == 0) return added;
  return cat("select(", how.first, ", ", added, ", ", within("i", n), ")");
}

std::int64_t write_maps_and_parts(Writer& w, std::int64_t n, std::int64_t items) {
  const Graph& g = w.graph();
  const Piece& piece = w.piece();
  const std::int64_t groups = parts_of(n, w.width(), g.software);
  declare_place(w);
  std::vector<Reduction> all;
  for (const ItemId r : piece.parts) {
    const Item& x = g.items[r];
    all.push_back(reduction(static_cast<std::uint32_t>(x.at[0]), x.type));
    w.line("var acc_sum", std::to_string(all.size()), " = ", all.back().first, ";");
  }
  if (g.software) {  // its threads go eight by eight to their end: what eight of them read lies side by side
    const std::int64_t run = (items + groups * group_size - 1) / (groups * group_size) * 8;
    w.line("let begin = thread / 8u * ", number(run), ";\nlet end = min(begin + ", number(run), ", ", number(items),
           ");");
    w.open("for (var i = begin + thread % 8u; i < end; i += 8u) {");
  } else {
    w.open("for (var i = thread; i < ", number(items), "; i += ", number(groups * group_size), ") {");
  }
  w.at_all(piece.shape, "i");
  w.finish("i");
  for (std::size_t k = 0; k < all.size(); ++k) {
    const std::string sum = "acc_sum" + std::to_string(k + 1);
    w.line(sum, " = ", all[k].of(sum, part_of(w, g.items[piece.parts[k]], all[k], n)), ";");
  }
  w.close();
  for (std::size_t k = 0; k < all.size(); ++k) {
    const std::string sum = "sum" + std::to_string(k + 1);
    reduce_group(w, all[k], g.items[piece.parts[k]].type, sum);
    w.line("if (lane == 0u) { ", w.writes(piece.parts[k], true), "[group_number] = ", sum, "; }");
  }
  return groups;
}

}  // namespace

std::int64_t write_maps(Writer& w) {
  const Piece& piece = w.piece();
  const std::int64_t n = element_count(piece.shape), items = (n + w.width() - 1) / w.width();
  if (!piece.parts.empty()) return write_maps_and_parts(w, n, items);
  const std::int64_t groups = (items + group_size - 1) / group_size;
  declare_place(w);
  w.line("let i = thread;");
  w.open("if (i < ", number(items), ") {");
  w.at_all(piece.shape, "i");
  w.finish("i");
  w.close();
  return groups;
}

Kernel write_kernel(const Graph& g, const Prelude& prelude, const Piece& piece) {
  Writer w(g, prelude, piece, width_of(g, piece));
  std::int64_t groups;
  if (!piece.rows.empty()) groups = write_rows(w);
  else if (piece.head == Item::none) groups = write_maps(w);
  else {
    const Item& head = g.items[piece.head];
    if (head.code == head_parts) groups = write_parts(w);
    else if (head.code >= head_counts && head.code <= head_ranked) groups = write_sorting(w);
    else if (is_reduction(head)) groups = write_rows(w);
    else if (is<s::matmul>(head)) groups = write_product(w);
    else if (is<s::cumsum>(head) || is<s::cumprod>(head)) groups = write_running_sum(w);
    else groups = write_single(w);
  }
  const ItemId last = piece.head != Item::none ? piece.head
                      : piece.rows.empty()     ? piece.maps.back()
                                               : piece.rows.back();
  Kernel k{w.width(), w.body(), w.shared_text(), groups, {}, {}, g.items[last].node};
  for (const ItemId i : w.read_items) k.reads.push_back({i, i == piece.head, w.read_together(i)});
  for (const auto& [i, parts] : w.written_items) k.writes.push_back({i, parts, w.width() == 4 && !parts});
  return k;
}

}  // namespace wengert::webgpu
