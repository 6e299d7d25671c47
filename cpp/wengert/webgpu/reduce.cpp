// Reductions: a thread for each row of elements, or a group of threads where rows are few and long; several of the same rows
// together, with what is done to elements and to results.
#include <algorithm>

#include "wengert/rule/structural/list.hpp"
#include "wengert/webgpu/kernels.hpp"
#include "wengert/webgpu/rows.hpp"

namespace wengert::webgpu {
namespace {

namespace s = structural;

std::uint32_t id_of_sum() { return static_cast<std::uint32_t>(s::id<s::sum>); }

/// Truth values are reduced as whole numbers.
Scalar reduced_as(const Item& head) { return head.type == Scalar::truth ? Scalar::whole : head.type; }

class RowWriter {
 public:
  explicit RowWriter(Writer& w)
      : w_(w),
        g_(w.graph()),
        piece_(w.piece()),
        heads_(piece_.rows.empty() ? std::vector{piece_.head} : piece_.rows),
        rows_(g_.items[g_.items[heads_[0]].in[0]].shape, g_.items[heads_[0]]),
        passes_(g_, rows_, piece()),
        together_(rows_.together()),
        units_(rows_.results / w.width()) {
    const std::int64_t ways = passes_.most + 1, length = rows_.length;
    require_turns(g_.items[heads_[0]], (together_ ? length / group_size + 8 : length) * ways);
  }

  std::int64_t write() {
    const std::int64_t groups = together_ ? units_ : (units_ + group_size - 1) / group_size;
    declare_place(w_);
    w_.line(std::string("let o = "), (together_ ? "group_number;" : "thread;"));
    w_.line("if (o >= ", number(units_), ") { return; }");
    for (pass_ = 0; pass_ <= passes_.most; ++pass_) {
      row_maps();
      way();
    }
    store_rows();
    return groups;
  }

 private:
  /// What goes along the rows: of a reduction alone, it, and not the maps behind.
  const Piece& piece() {
    alone_ = piece_;
    if (!piece_.rows.empty()) return piece_;
    alone_.maps.clear();
    alone_.rows = heads_;
    return alone_;
  }
  const Item& at(ItemId i) const { return g_.items[i]; }
  bool of_element(ItemId i) const { return !piece_.rows.empty() && at(i).shape == rows_.shape; }
  std::string named(ItemId i) const {
    return "head" + std::to_string(std::find(heads_.begin(), heads_.end(), i) - heads_.begin());
  }
  void at_element() {
    // Elements side by side belong to rows side by side: their counter comes last.
    w_.at(rows_.shape, {{"r", rows_.reduced}, {"o", rows_.kept}});
  }

  std::string element(ItemId i) {
    at_element();
    const std::string x = w_.value(at(i).in[0]);
    if (at(at(i).in[0]).type != Scalar::truth) return x;
    return at(i).type == Scalar::real || position(i) ? "select(F(0.0), F(1.0), " + x + ")"
                                                     : "select(I(0), I(1), " + x + ")";
  }
  bool position(ItemId i) const { return is<s::argmax, s::argmin>(at(i)); }

  /// What is gathered on one way: a reduction, or the first or second half of one that takes two.
  struct Gathered {
    ItemId item;
    Reduction how;
    Scalar type;
    std::string name;
    bool second;
  };
  std::vector<Gathered> gathered() {
    std::vector<Gathered> all;
    for (const ItemId i : heads_) {
      const bool two = is<s::logsumexp, s::norm>(at(i));
      const int from = passes_.before(i) - (two ? 2 : 1);
      const auto maximum = static_cast<std::uint32_t>(s::id<s::max>);
      if (two && from == pass_)
        all.push_back({i, reduction(maximum, Scalar::real), Scalar::real, named(i) + "_top", false});
      if (two && from + 1 == pass_)
        all.push_back({i, reduction(id_of_sum(), Scalar::real), Scalar::real, named(i) + "_all", true});
      if (!two && from == pass_)
        all.push_back({i, reduction(at(i).code, reduced_as(at(i))), reduced_as(at(i)), named(i), false});
    }
    return all;
  }
  std::vector<ItemId> stored_elements() {
    std::vector<ItemId> all;
    for (const ItemId i : piece_.maps) {
      if (of_element(i) && at(i).stored && passes_.before(i) == pass_) all.push_back(i);
    }
    return all;
  }

  /// One way along the rows.
  void way() {
    const std::vector<Gathered> all = gathered();
    const std::vector<ItemId> elements = stored_elements();
    if (all.empty() && elements.empty()) return;
    for (const Gathered& each : all) begin(each);
    w_.open(together_ ? "for (var r = lane; r < " + number(rows_.length) + "; r += 256u) {"
                      : "for (var r = 0u; r < " + number(rows_.length) + "; r++) {");
    for (const Gathered& each : all) add(each);
    for (const ItemId i : elements) {
      at_element();
      const std::string made = w_.value(i);
      const Elements own{i, 0, row_major(rows_.shape)};
      w_.store(i, w_.address(rows_.shape, own, {{"r", rows_.reduced}, {"o", rows_.kept}}, w_.width() == 4 ? 4 : 1),
               made);
    }
    w_.close();
    for (const Gathered& each : all) end(each);
  }

  void begin(const Gathered& each) {
    if (position(each.item)) {
      w_.line("var at_", each.name, " = 0u;\nvar any_", each.name, " = false;");
      w_.line("var acc_", each.name, whole(each.item) ? " = I(0);" : " = F(0.0);");
    } else {
      w_.line("var acc_", each.name, " = ", each.how.first, ";");
    }
  }
  bool whole(ItemId i) const { return at(at(i).in[0]).type == Scalar::whole; }

  void add(const Gathered& each) {
    std::string x = element(each.item);
    if (position(each.item)) {
      w_.line("if (!any_", each.name, " || ", better(each.item, x, "acc_" + each.name), ") { acc_", each.name, " = ", x,
              "; at_", each.name, " = r; any_", each.name, " = true; }");
      return;
    }
    if (is<s::norm>(at(each.item))) x = "abs(" + x + ")";
    if (each.second) {
      const std::string level = named(each.item) + "_level";
      x = is<s::norm>(at(each.item)) ? cat("w_square(", x, " / ", level, ")") : cat("w_exp(", x, " - ", level, ")");
    }
    w_.line("acc_", each.name, " = ", each.how.of("acc_" + each.name, x), ";");
  }
  /// Does x come before y? A NaN comes before all numbers, the first one first.
  std::string better(ItemId i, const std::string& x, const std::string& y) const {
    const std::string nan = whole(i) ? "w_is_nan_i(" : "w_is_nan(", sign = is<s::argmax>(at(i)) ? " > " : " < ";
    return cat("(((", x, sign, y, ") | ", nan, x, ")) & !", nan, y, "))");
  }

  void end(const Gathered& each) {
    const std::string& name = each.name;
    if (position(each.item)) {
      if (together_) first_of_group(each);
      w_.line("let ", name, " = I(at_", name, ");");
    } else if (together_) {
      reduce_group(w_, each.how, each.type, name);
    } else {
      w_.line("let ", name, " = acc_", name, ";");
    }
    const std::string own = named(each.item), top = own + "_top";
    const bool norm = is<s::norm>(at(each.item));
    if (name == top) {
      w_.line("let ", own, "_level = select(", top, norm ? ", F(1.0), w_isinf(" : ", F(0.0), w_isinf(", top,
              norm ? cat(") | (", top, " == F(0.0)));") : std::string("));"));
      return;
    }
    if (each.second) {
      w_.line("let ", own, " = select(", norm ? cat("w_sqrt(", name, ") * ") : cat("w_log(", name, ") + "), own,
              "_level, ", top, ", w_isinf(", top, "));");
    }
    w_.known_of_row(each.item, at(each.item).type == Scalar::truth ? "(" + own + " != I(0))" : own);
  }

  /// The threads of a group agree on the best place.
  void first_of_group(const Gathered& each) {
    const std::string& n = each.name;
    const std::string best = "shared_best_" + n, places = "shared_place_" + n;
    w_.shared("var<workgroup> ", best, ": array<", whole(each.item) ? "i32" : "f32", ", 256>;");
    w_.shared("var<workgroup> ", places, ": array<u32, 256>;");
    w_.line(best, "[lane] = acc_", n, ";\n", places, "[lane] = select(4294967295u, at_", n, ", any_", n, ");");
    w_.line("workgroupBarrier();\nfor (var half = 128u; half > 0u; half >>= 1u) {\nif (lane < half) {");
    w_.line("let x = ", best, "[lane + half];\nlet y = ", best, "[lane];\nlet there = ", places, "[lane + half];");
    w_.line("let other = ", better(each.item, "x", "y"), ";\nlet not_less = ", better(each.item, "y", "x"), ";");
    w_.line("let here = ", places, "[lane];");
    w_.line("if (there != 4294967295u && (here == 4294967295u || other || (!not_less && there < here))) {");
    w_.line(best, "[lane] = x;\n", places, "[lane] = there;\n}\n}\nworkgroupBarrier();\n}");
    w_.line("at_", n, " = ", places, "[0];");
  }

  /// Maps of results, as soon as there are those.
  void row_maps() {
    for (const ItemId i : piece_.maps) {
      if (piece_.rows.empty() || of_element(i) || passes_.before(i) != pass_) continue;
      w_.at_all(at(i).shape, "o");
      w_.known_of_row(i, w_.value(i));
    }
  }

  void store_rows() {
    if (together_) w_.open("if (lane == 0u) {");
    if (piece_.rows.empty()) {
      w_.at_all(at(piece_.head).shape, "o");
      w_.finish("o");
    }
    for (const ItemId i : heads_) {
      if (!piece_.rows.empty() && at(i).stored) w_.store(i, "o", w_.value(i));
    }
    for (const ItemId i : piece_.maps) {
      if (!piece_.rows.empty() && !of_element(i) && at(i).stored) w_.store(i, "o", w_.value(i));
    }
    if (together_) w_.close();
  }

  Writer& w_;
  const Graph& g_;
  const Piece& piece_;
  Piece alone_;
  std::vector<ItemId> heads_;
  Rows rows_;
  Passes passes_;
  bool together_;
  std::int64_t units_;
  int pass_ = 0;
};

/// Rows side by side, four a thread: where all that is read lies so.
bool rows_in_fours(const Graph& g, const Piece& piece, const Rows& rows) {
  const auto here = [&](ItemId i) {
    const ItemId b = g.items[i].form == Form::view ? g.items[i].in[0] : i;
    const auto in = [&](const std::vector<ItemId>& list) {
      return std::find(list.begin(), list.end(), b) != list.end();
    };
    return b == piece.head || in(piece.rows) || in(piece.maps) ||
           (piece.head != Item::none && g.items[b].owner == piece.head);
  };
  for (ItemId i = 0; i < g.items.size(); ++i) {
    const Item& x = g.items[i];
    if (x.form == Form::view || !here(i)) continue;
    const bool along = is_reduction(x) || (piece.head != Item::none && x.owner == piece.head);
    if (is<s::argmax, s::argmin>(x)) return false;
    const Shape& shape = along ? rows.shape : x.shape;
    for (const ItemId k : x.in) {
      if (g.items[k].form == Form::literal || here(k)) continue;
      if (access(shape, spread(g, k, shape)) == Access::apart) return false;
    }
  }
  return true;
}

}  // namespace

int rows_width(const Graph& g, const Piece& piece) {
  const Item& first = g.items[piece.rows.empty() ? piece.head : piece.rows[0]];
  const Rows rows(g.items[first.in[0]].shape, first);
  const int last = rows.shape.count() - 1;
  const bool fours = !rows.kept.empty() && rows.kept.back() == last && rows.shape[last] % 4 == 0 && rows.length > 0;
  return fours && !rows.together() && rows.results >= 4 && rows_in_fours(g, piece, rows) ? 4 : 1;
}

std::int64_t write_rows(Writer& w) { return RowWriter(w).write(); }

std::int64_t write_parts(Writer& w) {
  const ItemId i = w.piece().head;
  const Item& head = w.graph().items[i];
  const Reduction r = reduction(static_cast<std::uint32_t>(head.at[0]), head.type);
  const std::string parts = w.reads(i, false);
  w.line("var acc_head = ", r.first, ";");
  w.line("for (var r = lane; r < ", number(static_cast<std::int64_t>(head.number)), "; r += 256u) {");
  w.line("acc_head = ", r.of("acc_head", parts + "[r]"), ";");
  w.line("}");
  reduce_group(w, r, head.type, "head");
  w.open("if (lane == 0u) {");
  w.known(i, "head");
  w.line("let o = 0u;");
  w.at_all(head.shape, "o");
  w.finish("o");
  w.close();
  return 1;
}

}  // namespace wengert::webgpu
