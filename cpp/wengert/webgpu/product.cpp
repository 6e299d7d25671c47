// Products of matrices: blocks in registers where four columns lie side by side, else tiles in shared memory, else a thread
// for each element.
#include "wengert/webgpu/kernels.hpp"

namespace wengert::webgpu {
namespace {

/// One side of a product: elements over the axes of the result before the last two, its own axis, and the terms.
struct Side {
  Elements e;
  std::int64_t own, terms;  // steps
};

struct Sides {
  Side a, b;
  Shape batch;
  std::int64_t rows, columns, terms, stack;

  Sides(const Graph& g, const Item& head) {
    const Item &left = g.items[head.in[0]], &right = g.items[head.in[1]];
    const bool row = left.shape.count() == 1, column = right.shape.count() == 1;
    const int before = head.shape.count() - !row - !column;
    for (int k = 0; k < before; ++k) batch.push_back(head.shape[k]);
    a = side(g, head.in[0], row, head.at[0] != 0);
    b = side(g, head.in[1], column, head.at[1] == 0);
    rows = row ? 1 : head.shape[before];
    columns = column ? 1 : head.shape[head.shape.count() - 1];
    terms = row ? left.shape[0] : left.shape[left.shape.count() - (head.at[0] != 0 ? 2 : 1)];
    stack = element_count(batch);
  }
  /// Do registers of four begin at every fourth element, and at steps of one axis?
  static bool fours(std::int64_t step, const Elements& e) {
    bool all = step % 4 == 0 && e.offset % 4 == 0;
    for (const std::int64_t s : e.strides) all = all && s % 4 == 0;
    return all;
  }
  bool b_side_by_side() const { return b.own == 1 && fours(b.terms, b.e); }
  bool a_in_fours() const { return a.terms == 1 && terms % 4 == 0 && fours(a.own, a.e); }
  bool a_rows_in_fours(int at_once) const { return a.own == 1 && rows % at_once == 0 && fours(a.terms, a.e); }
  /// Are there many terms, and so few results that a thread for each would leave most of a device idle?
  bool few_and_long() const { return terms >= 512 && (stack * rows * columns <= 256 || terms > 50'000); }
  bool dots() const { return a_in_fours() && b.terms == 1 && fours(b.own, b.e); }

 private:
  Side side(const Graph& g, ItemId i, bool vector, bool turned) const {
    Elements e = elements(g, i);
    const Shape& shape = g.items[i].shape;
    Side s{e, 0, 0};
    const int n = shape.count();
    if (vector) {
      s.terms = e.strides[n - 1];
    } else {  // turned: the last axis is its own
      s.own = e.strides[turned ? n - 1 : n - 2];
      s.terms = e.strides[turned ? n - 2 : n - 1];
    }
    const int stacked = vector ? 0 : n - 2, more = batch.count() - stacked;
    Dims strides;
    for (int k = 0; k < batch.count(); ++k) {
      strides.push_back(k < more || (shape[k - more] == 1 && batch[k] != 1) ? 0 : e.strides[k - more]);
    }
    s.e.strides = strides;
    return s;
  }
};

class ProductWriter {
 public:
  explicit ProductWriter(Writer& w) : w_(w), head_(w.graph().items[w.piece().head]), s_(w.graph(), head_) {}

  std::int64_t write() {
    if (s_.few_and_long()) return by_groups();
    require_turns(head_, terms_ + terms_ / 16);
    if (w_.width() == 4) return blocks(s_.b_side_by_side());
    if (rows_ >= 8 && columns_ >= 8 && terms_ >= 8) return tiles();
    return single();
  }

 private:
  std::string base(const Side& s, const std::string& stack) { return w_.let(w_.whole_address(s_.batch, s.e, stack)); }
  static std::string step(const std::string& counter, std::int64_t by) {
    return by == 1 ? counter : counter + " * " + number(by);
  }
  std::string zero() const { return head_.type == Scalar::whole ? "I(0)" : "F(0.0)"; }

  void finish(const std::string& value, const std::string& stack, const std::string& row, const std::string& column) {
    w_.known(w_.piece().head, value);
    w_.line("let o = (", stack, " * ", number(rows_), " + ", row, ") * ", number(columns_ / w_.width()), " + ", column,
            ";");
    w_.at_all(head_.shape, "o");
    w_.finish("o");
  }

  std::int64_t single() {
    const std::int64_t n = stack_ * rows_ * columns_, groups = (n + group_size - 1) / group_size;
    declare_place(w_);
    w_.open("if (thread < ", number(n), ") {");
    w_.line("let stack = thread / ", number(rows_ * columns_), ";");
    w_.line("let row = thread / ", number(columns_), " % ", number(rows_), ";");
    w_.line("let column = thread % ", number(columns_), ";");
    const std::string a = w_.let(base(a_, "stack"), " + row * ", number(a_.own));
    const std::string b = w_.let(base(b_, "stack"), " + column * ", number(b_.own));
    const std::string from_a = w_.reads(a_.e.base, false), from_b = w_.reads(b_.e.base, false);
    w_.line("var acc = ", zero(), ";");
    w_.line("for (var k = 0u; k < ", number(terms_), "; k++) {");
    w_.line("acc += ", from_a, "[", a, " + ", step("k", a_.terms), "] * ", from_b, "[", b, " + ", step("k", b_.terms),
            "];");
    w_.line("}");
    w_.line("let head = acc;");
    finish("head", "stack", "row", "column");
    w_.close();
    return groups;
  }

  /// A group of threads for each element, which add up their shares of the terms.
  std::int64_t by_groups() {
    require_turns(head_, terms_ / group_size + 64);
    const std::int64_t n = stack_ * rows_ * columns_;
    declare_place(w_);
    w_.line("let stack = group_number / ", number(rows_ * columns_), ";");
    w_.line("let row = group_number / ", number(columns_), " % ", number(rows_), ";");
    w_.line("let column = group_number % ", number(columns_), ";\nif (group_number >= ", number(n), ") { return; }");
    const std::string a = w_.let(base(a_, "stack"), " + row * ", number(a_.own));
    const std::string b = w_.let(base(b_, "stack"), " + column * ", number(b_.own));
    const std::string from_a = w_.reads(a_.e.base, false), from_b = w_.reads(b_.e.base, false);
    w_.line("var acc_head = ", zero(), ";\nfor (var k = lane; k < ", number(terms_), "; k += 256u) {");
    w_.line("acc_head += ", from_a, "[", a, " + ", step("k", a_.terms), "] * ", from_b, "[", b, " + ",
            step("k", b_.terms), "];\n}");
    reduce_group(w_, reduction(0, head_.type), head_.type, "head");
    w_.open("if (lane == 0u) {");
    finish("head", "stack", "row", "column");
    w_.close();
    return n;
  }

  /// 16 by 16 elements a group, terms by 16 through shared memory.
  std::int64_t tiles() {
    const std::int64_t down = (rows_ + 15) / 16, across = (columns_ + 15) / 16;
    declare_place(w_);
    const std::string type = stored_type(head_.type, false);
    w_.shared("var<workgroup> tile_a: array<", type, ", 256>;\nvar<workgroup> tile_b: array<", type, ", 256>;");
    w_.line("let stack = group_number / ", number(down * across), ";");
    w_.line("let y = lane / 16u;\nlet x = lane % 16u;");
    w_.line("let row = group_number / ", number(across), " % ", number(down), " * 16u + y;");
    w_.line("let column = group_number % ", number(across), " * 16u + x;");
    const std::string a = base(a_, "stack"), b = base(b_, "stack");
    const std::string from_a = w_.reads(a_.e.base, false), from_b = w_.reads(b_.e.base, false);
    const auto in = [&](const char* i, std::int64_t n) { return std::string(i) + " < " + number(n); };
    w_.line("var acc = ", zero(), ";");
    w_.line("for (var k = 0u; k < ", number(terms_), "; k += 16u) {");
    w_.line("tile_a[lane] = ", zero(), ";\ntile_b[lane] = ", zero(), ";");
    w_.line("if (", in("row", rows_), " && ", in("k + x", terms_), ") { tile_a[lane] = ", from_a, "[", a, " + row * ",
            number(a_.own), " + ", step("(k + x)", a_.terms), "]; }");
    w_.line("if (", in("column", columns_), " && ", in("k + y", terms_), ") { tile_b[lane] = ", from_b, "[", b,
            " + column * ", number(b_.own), " + ", step("(k + y)", b_.terms), "]; }");
    w_.line("workgroupBarrier();");
    w_.line("for (var t = 0u; t < 16u; t++) { acc += tile_a[y * 16u + t] * tile_b[t * 16u + x]; }");
    w_.line("workgroupBarrier();\n}");
    w_.open("if (", in("row", rows_), " && ", in("column", columns_), " && ", in("stack", stack_), ") {");
    w_.line("let head = acc;");
    finish("head", "stack", "row", "column");
    w_.close();
    return stack_ * down * across;
  }

  /// So many rows by four columns a thread, in registers.
  std::int64_t blocks(bool b_side_by_side) {
    const int rows = rows_ >= 256 && b_side_by_side ? 8 : 4;
    const std::int64_t down = (rows_ + rows - 1) / rows, across = columns_ / 4, n = stack_ * down * across;
    const std::int64_t groups = (n + group_size - 1) / group_size;
    declare_place(w_);
    w_.open("if (thread < ", number(n), ") {");
    w_.line("let stack = thread / ", number(down * across), ";");
    w_.line("let row = thread / ", number(across), " % ", number(down), " * ", number(rows), ";");
    w_.line("let column = thread % ", number(across), ";");
    w_.line("let a0 = ", base(a_, "stack"), ";\nlet b0 = ", base(b_, "stack"), ";");
    for (int r = 0; r < rows; ++r) {  // rows beyond the end are the last one, and not stored
      const std::string k = std::to_string(r);
      const std::string at = rows_ % rows ? "min(row + " + k + "u, " + number(rows_ - 1) + ")" : "(row + " + k + "u)";
      w_.line("let a_", k, " = a0 + ", at, " * ", number(a_.own), ";\nvar acc", k, " = F(0.0);");
    }
    if (b_side_by_side) add_rows(rows);
    else add_dots(rows);
    for (int r = 0; r < rows; ++r) {
      const std::string k = std::to_string(r);
      w_.open(rows_ % rows ? "if (row + " + k + "u < " + number(rows_) + ") {" : "{");
      finish("acc" + k, "stack", "(row + " + k + "u)", "column");
      w_.close();
    }
    w_.close();
    return groups;
  }

  void add_rows(int rows) {
    const bool in_fours = s_.a_in_fours(), rows_in_fours = !in_fours && s_.a_rows_in_fours(rows);
    const std::string from_a = w_.reads(a_.e.base, (in_fours || rows_in_fours) && a_.e.base != b_.e.base);
    const std::string from_b = w_.reads(b_.e.base, true);
    const bool together = a_.e.base != b_.e.base;
    const auto b_at = [&](const std::string& k) {
      const std::string at = "(b0 + (" + k + ") * " + number(b_.terms) + ") / 4u + column";
      if (together) return cat(from_b, "[", at, "]");
      const std::string one = cat("((", at, ") * 4u");
      return cat("F(", from_b, "[", one, ")], ", from_b, "[", one, " + 1u)], ", from_b, "[", one, " + 2u)], ", from_b,
                 "[", one, " + 3u)])");
    };
    const bool four = in_fours && together;
    w_.line("for (var k = 0u; k < ", number(terms_), "; k += ", (four ? "4u" : "1u"), ") {");
    const char* const parts[] = {"x", "y", "z", "w"};
    for (int t = 0; t < (four ? 4 : 1); ++t) {
      w_.line("let b_", std::to_string(t), " = ", b_at("k + " + std::to_string(t) + "u"), ";");
    }
    for (int r = 0; r < rows; ++r) {
      const std::string k = std::to_string(r);
      if (rows_in_fours && together) {  // four rows lie side by side: one register of them
        const std::string q = "q" + std::to_string(r / 4);
        if (r % 4 == 0) w_.line("let ", q, " = ", from_a, "[(a_", k, " + ", step("k", a_.terms), ") / 4u];");
        w_.line("acc", k, " += ", q, ".", parts[r % 4], " * b_0;");
        continue;
      }
      if (!four) {
        w_.line("acc", k, " += ", from_a, "[a_", k, " + ", step("k", a_.terms), "] * b_0;");
        continue;
      }
      w_.line("let q", k, " = ", from_a, "[(a_", k, " + k) / 4u];");
      for (int t = 0; t < 4; ++t) w_.line("acc", k, " += q", k, ".", parts[t], " * b_", std::to_string(t), ";");
    }
    w_.line("}");
  }

  void add_dots(int rows) {
    const std::string from_a = w_.reads(a_.e.base, true), from_b = w_.reads(b_.e.base, true);
    w_.line("for (var k = 0u; k < ", number(terms_), "; k += 4u) {");
    for (int c = 0; c < 4; ++c) {
      w_.line("let b_", std::to_string(c), " = ", from_b, "[(b0 + (column * 4u + ", std::to_string(c), "u) * ",
              number(b_.own), " + k) / 4u];");
    }
    for (int r = 0; r < rows; ++r) {
      const std::string k = std::to_string(r);
      w_.line("let q", k, " = ", from_a, "[(a_", k, " + k) / 4u];");
      w_.line("acc", k, " += F(dot(q", k, ", b_0), dot(q", k, ", b_1), dot(q", k, ", b_2), dot(q", k, ", b_3));");
    }
    w_.line("}");
  }

  Writer& w_;
  const Item& head_;
  Sides s_;
  const Side &a_ = s_.a, &b_ = s_.b;
  const std::int64_t rows_ = s_.rows, columns_ = s_.columns, terms_ = s_.terms, stack_ = s_.stack;
};

}  // namespace

int product_width(const Graph& g, const Piece& piece) {
  const Item& head = g.items[piece.head];
  const Sides s(g, head);
  const bool fours = head.type == Scalar::real && s.columns % 4 == 0 && s.columns > 0;
  return fours && !s.few_and_long() && (s.b_side_by_side() || s.dots()) ? 4 : 1;
}

std::int64_t write_product(Writer& w) { return ProductWriter(w).write(); }

}  // namespace wengert::webgpu
