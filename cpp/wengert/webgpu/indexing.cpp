// Kernels whose elements come from elsewhere: picked, placed, joined, added up along an axis.
#include "wengert/rule/structural/list.hpp"
#include "wengert/webgpu/kernels.hpp"

namespace wengert::webgpu {
namespace {

namespace s = structural;

std::string read(Writer& w, const Item& x, const Elements& e, const std::string& address) {
  const std::string at = cat(w.reads(e.base, false), "[", address, "]");
  return x.type == Scalar::truth ? "(" + at + " != 0u)" : at;
}

}  // namespace

std::string zero(Scalar type) { return type == Scalar::real ? "F(0.0)" : type == Scalar::whole ? "I(0)" : "B(false)"; }

std::string element(Writer& w, ItemId i, const Shape& shape, const std::string& counter) {
  const Item& x = w.graph().items[i];
  if (x.form == Form::literal) return literal(x.number, x.type);
  const Elements e = spread(w.graph(), i, shape);
  return read(w, x, e, w.whole_address(shape, e, counter));
}

std::string position(Writer& w, ItemId i, const std::string& counter, std::int64_t size) {
  const Shape& shape = w.graph().items[i].shape;
  const std::string p = w.let("i32(", element(w, i, shape, counter), ")"), n = std::to_string(size);
  return w.let("u32(clamp(select(", p, ", ", p, " + ", n, ", ", p, " < 0), 0, ",
               std::to_string(std::max<std::int64_t>(size, 1) - 1), "))");
}

namespace {

class SingleWriter {
 public:
  explicit SingleWriter(Writer& w) : w_(w), g_(w.graph()), head_(g_.items[w.piece().head]) {}

  std::int64_t write() {
    const std::int64_t n = element_count(head_.shape), groups = (n + group_size - 1) / group_size;
    declare_place(w_);
    w_.line("let o = thread;");
    w_.open("if (o < ", number(n), ") {");
    w_.line("var head_var = ", zero(head_.type), ";");
    if (is<s::gather>(head_)) gather();
    else if (is<s::scatter_add>(head_) || is<s::scatter_set>(head_)) scatter();
    else if (head_.code == head_added || head_.code == head_written) sorted();
    else if (is<s::concatenate>(head_)) concatenate();
    else if (is<s::pad>(head_)) {
      into_slice(std::span(head_.at).first(3 * head_.shape.size()), 0);
    } else {
      w_.line("head_var = ", element(w_, head_.in[0], head_.shape, "o"), ";");
      into_slice(head_.at, 1);
    }
    w_.line("let head = head_var;");
    w_.known(w_.piece().head, "head");
    w_.at_all(head_.shape, "o");
    w_.finish("o");
    w_.close();
    return groups;
  }

 private:
  void gather() {
    const std::string p = position(w_, head_.in[1], "o", g_.count(head_.in[0]));
    w_.line("head_var = ", element(w_, head_.in[0], g_.items[head_.in[0]].shape, p), ";");
  }

  /// Each element looks for what is added to it, or written last: in a fixed order, the same bits each time.
  void scatter() {
    const Shape& positions = g_.items[head_.in[1]].shape;
    require_turns(head_, element_count(positions));
    w_.line("head_var = ", element(w_, head_.in[0], head_.shape, "o"), ";");
    w_.open("for (var j = 0u; j < ", number(element_count(positions)), "; j++) {");
    const std::string p = position(w_, head_.in[1], "j", element_count(head_.shape));
    w_.open("if (", p, " == o) {");
    w_.line((is<s::scatter_add>(head_) ? "head_var += " : "head_var = "), element(w_, head_.in[2], positions, "j"),
            ";");
    w_.close();
    w_.close();
  }

  void sorted() {
    w_.line("head_var = ", element(w_, head_.in[0], head_.shape, "o"), ";");
    if (head_.code == head_added) write_added(w_, head_);
    else write_written(w_, head_);
  }

  void concatenate() {
    const int axis = static_cast<int>(head_.at[0]);
    std::int64_t inner = 1;
    for (int k = axis + 1; k < head_.shape.count(); ++k) inner *= head_.shape[k];
    const std::int64_t size = head_.shape[axis];
    w_.line("let along = o / ", number(inner), " % ", number(size), ";");
    w_.line("let before = o / ", number(inner * size), ";\nlet behind = o % ", number(inner), ";");
    std::int64_t from = 0;
    for (const ItemId i : head_.in) {
      const Shape& shape = g_.items[i].shape;
      const std::int64_t n = shape[axis];
      if (n == 0) continue;
      w_.open("if (along >= ", number(from), " && along < ", number(from + n), ") {");
      const std::string at =
          w_.let("(before * ", number(n), " + along - ", number(from), ") * ", number(inner), " + behind");
      w_.line("head_var = ", element(w_, i, shape, at), ";");
      w_.close();
      from += n;
    }
  }

  /// Where o is in a slice, the operand's element; elsewhere what is there.
  void into_slice(std::span<const std::int64_t> slice, std::size_t operand) {
    Shape counts;
    std::string inside = "true", at;
    std::int64_t stride = element_count(head_.shape);
    for (int k = 0; k < head_.shape.count(); ++k) {
      const std::int64_t* triple = &slice[3 * static_cast<std::size_t>(k)];
      const std::int64_t step = std::max<std::int64_t>(std::abs(triple[1]), 1);
      counts.push_back(triple[2]);
      stride /= std::max<std::int64_t>(head_.shape[k], 1);
      const std::string c = w_.let("o / ", number(stride), " % ", number(head_.shape[k]));
      // Differences below zero are very large numbers here.
      const std::string d = w_.let(triple[1] < 0 ? number(triple[0]) + " - " + c : c + " - " + number(triple[0]));
      inside += cat(" && ", d, " % ", number(step), " == 0u && ", d, " / ", number(step), " < ", number(triple[2]));
      at = at.empty() ? d + " / " + number(step)
                      : "(" + at + ") * " + number(triple[2]) + " + " + d + " / " + number(step);
    }
    w_.open("if (", inside, ") {");
    const std::string from = w_.let(at.empty() ? "0u" : at);
    w_.line("head_var = ", element(w_, head_.in[operand], counts, from), ";");
    w_.close();
  }

  Writer& w_;
  const Graph& g_;
  const Item& head_;
};

}  // namespace

std::int64_t write_single(Writer& w) { return SingleWriter(w).write(); }

std::int64_t write_running_sum(Writer& w) {
  const Graph& g = w.graph();
  const ItemId i = w.piece().head;
  const Item& head = g.items[i];
  const int axis = static_cast<int>(head.at[0]);
  const std::int64_t length = head.shape[axis], lines = element_count(head.shape) / length;
  std::int64_t inner = 1;
  for (int k = axis + 1; k < head.shape.count(); ++k) inner *= head.shape[k];
  const bool together = length > 512;
  require_turns(head, together ? 2 * length / group_size : 2 * length);
  const std::int64_t groups = together ? lines : (lines + group_size - 1) / group_size;
  // A running product, or a sum: `reduction` takes anything else for a sum.
  const Reduction how = reduction(is<s::cumprod>(head) ? static_cast<std::uint32_t>(s::id<s::prod>) : 0, head.type);
  const std::string zero = how.first, each = number((length + 255) / 256);
  declare_place(w);
  w.line(std::string("let line = "), (together ? "group_number;" : "thread;"));
  w.line("if (line >= ", number(lines), ") { return; }");
  w.line("let first = line / ", number(inner), " * ", number(inner * length), " + line % ", number(inner), ";");
  w.line(together ? "let begin = lane * " + each + ";\nlet end = min(begin + " + each + ", " + number(length) + ");"
                  : "let begin = 0u;\nlet end = " + number(length) + ";");
  const auto loop = [&](const std::string& what) {
    w.open("for (var k = begin; k < end; k++) {");
    const std::string at = w.let("first + k * ", number(inner));
    const Elements e = elements(g, head.in[0]);
    std::string x = cat(w.reads(e.base, false), "[", w.whole_address(head.shape, e, at), "]");
    if (g.items[head.in[0]].type == Scalar::truth) x = "i32(" + x + ")";
    w.line("acc = ", how.of("acc", x), ";");
    if (!what.empty()) w.line(what, "[", at, "] = acc;");
    w.close();
  };
  w.line("var acc = ", zero, ";");
  if (together) {  // each thread its stretch; then what came before it; then its stretch again
    const std::string type = stored_type(head.type, false);
    w.shared("var<workgroup> sums: array<", type, ", 256>;");
    loop("");
    w.line("sums[lane] = acc;\nworkgroupBarrier();");
    w.line("for (var step = 1u; step < 256u; step <<= 1u) {\nvar before = ", zero,
           ";\nif (lane >= step) { before = sums[lane - step]; }\nworkgroupBarrier();\nsums[lane] = ",
           how.of("before", "sums[lane]"),
           ";\n"
           "workgroupBarrier();\n}");
    w.line("acc = ", zero, ";\nif (lane > 0u) { acc = sums[lane - 1u]; }");
  }
  loop(w.writes(i));
  return groups;
}

}  // namespace wengert::webgpu
