// The order of numbers along an axis: short lines by counting, for each element, those that come before it; long ones by
// the digits of keys that have the same order as the numbers.
#include <algorithm>

#include "wengert/webgpu/sorting.hpp"

namespace wengert::webgpu {
namespace {

/// Lines that a group has, and elements of them that a thread has.
struct Ranked {
  std::int64_t count, inner, all, lines, each;
  explicit Ranked(const Item& head) : count(head.at[0]), inner(head.at[1]), all(element_count(head.shape) / count) {
    lines = std::max<std::int64_t>(1, group_size / count);
    each = (lines * count + group_size - 1) / group_size;
  }
};

}  // namespace

std::string key_of(Scalar type, const std::string& x) {
  if (type == Scalar::truth) return cat("select(0u, 1u, ", x, ")");
  if (type == Scalar::whole) return cat("bitcast<u32>(", x, ") ^ 2147483648u");
  return cat("w_sorting_key(", x, ")");
}

ItemId ordered(Graph& g, ItemId x, const Shape& shape, int axis, std::size_t node) {
  const std::int64_t count = shape[axis];
  std::int64_t inner = 1;
  for (int k = axis + 1; k < shape.count(); ++k) inner *= shape[k];
  const std::int64_t lines = element_count(shape) / count;
  const int bits = g.items[x].type == Scalar::truth ? 1 : 32;
  // Looking at all others of a line, in shared memory, is what a graphics processor is good at, and the software adapter not.
  if (count > (g.software ? 64 : 512)) return ordered_by_digits(g, {x, count, lines, inner, 0, 1, bits, node}, shape);
  Item one{.form = Form::head, .type = Scalar::whole, .shape = shape, .in = {x}, .node = node};
  one.code = head_ranked;
  one.at = {count, inner};
  return add(g, std::move(one));
}

std::int64_t write_ranked(Writer& w, ItemId i, const Item& head) {
  const Ranked r(head);
  const Item& x = w.graph().items[head.in[0]];
  const std::string n = number(r.count), size = number(r.lines * r.count);
  require_turns(head, r.each * (r.count + 1));
  w.shared("var<workgroup> sorting_keys: array<u32, ", std::to_string(r.each * group_size), ">;");
  const auto each = [&](const auto& body) {
    w.open("for (var e = lane; e < ", size, "; e += 256u) {");
    w.line("let line = group_number * ", number(r.lines), " + e / ", n, ";\nlet k = e % ", n, ";\nlet origin = line / ",
           number(r.inner), " * ", number(r.inner * r.count), " + line % ", number(r.inner), ";");
    w.open("if (line < ", number(r.all), ") {");
    body();
    w.close();
    w.close();
  };
  each([&] {
    const std::string at = w.let("origin + k * ", number(r.inner));
    w.line("sorting_keys[e] = ", key_of(x.type, element(w, head.in[0], head.shape, at)), ";");
  });
  w.line("workgroupBarrier();");
  each([&] {
    w.line("let key = sorting_keys[e];\nvar before = 0u;");
    // With one line a group all threads look at the same place at a time.
    w.line("for (var j = 0u; j < ", n, "; j++) {\nlet other = sorting_keys[",
           (r.lines == 1 ? std::string("j") : cat("e - k + j")),
           "];\nbefore += select(0u, 1u, other < key || (other == key && j < k));\n}");
    w.line(w.writes(i), "[origin + before * ", number(r.inner), "] = i32(k);");
  });
  return (r.all + r.lines - 1) / r.lines;
}

}  // namespace wengert::webgpu
