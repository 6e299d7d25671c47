// Scatters of many positions: the positions are sorted, and each element of the result finds what is for it side by side.
#include <algorithm>
#include <bit>

#include "wengert/webgpu/sorting.hpp"

namespace wengert::webgpu {
namespace {

namespace s = structural;

/// Looks that each element of the result may have at each position: what costs less than sorting them.
constexpr std::int64_t most_looks = std::int64_t{1} << 22, most_unsorted = 4096;
/// Elements that are added up beforehand, for positions that are named often.
constexpr std::int64_t least_stretch = 256, most_stretches = 30'000;
/// Rows, and positions, from which and up to which the software adapter's threads own rows. More turns than it grants are
/// written out, some at a time.
constexpr std::int64_t least_owned = 512, most_turns = 50'000, most_owned = 32 * most_turns;
/// Elements of a row that is added to as quickly where each element finds what is for it.
constexpr std::int64_t least_wide = 8;
/// Turns of such a thread, for its rows and for the positions: of more rows than that leaves room for, positions are sorted.
constexpr std::int64_t most_of_an_owner = 60'000;
/// Threads of the software adapter that add to results of their own, where these are small, and most elements of one thread.
constexpr std::int64_t apart = 128, most_apart = 40'000;
/// Elements of the result whose beginnings a thread looks for, one after the other.
constexpr std::int64_t starts_of_a_thread = 32;

/// What is scattered, an element for each position.
ItemId spread_to(Graph& g, ItemId v, const Shape& shape, std::size_t node) {
  const Item x = g.items[v];
  Item one{.form = Form::literal, .type = x.type, .shape = shape, .node = node};
  one.number = x.number;
  if (x.form == Form::literal) return add(g, std::move(one));
  const Elements e = spread(g, v, shape);
  if (g.items[e.base].shape == shape && is_row_major(shape, e)) return e.base;
  one.form = Form::view;
  one.in = {e.base};
  one.offset = e.offset;
  one.strides = e.strides;
  return add(g, std::move(one));
}

/// Positions whose negative ones count from the end by themselves: kernels see to that.
ItemId plainest(const Graph& g, ItemId i, std::int64_t size) {
  const Item& x = g.items[i];
  if (x.form != Form::map || x.type != Scalar::whole) return i;
  const auto alike = [&](ItemId k) { return g.items[k].shape == x.shape && g.items[k].type == x.type; };
  const auto number = [&](ItemId k, std::int64_t n) {
    return g.items[k].form == Form::literal && g.items[k].number == static_cast<double>(n);
  };
  const bool adds = x.code == static_cast<std::uint32_t>(Op::add);
  for (std::size_t k = 0; k < 2 && (adds || x.code == static_cast<std::uint32_t>(Op::multiply)); ++k) {
    if (number(x.in[k], adds ? 0 : 1) && alike(x.in[1 - k])) return plainest(g, x.in[1 - k], size);
  }
  if (x.code != map_select || !alike(x.in[2])) return i;
  const Item &below = g.items[x.in[0]], &wrapped = g.items[x.in[1]];
  const bool asks = below.form == Form::map && below.code == static_cast<std::uint32_t>(Op::less) &&
                    below.in[0] == x.in[2] && number(below.in[1], 0);
  const bool wraps = wrapped.form == Form::map && wrapped.code == static_cast<std::uint32_t>(Op::add) &&
                     ((wrapped.in[0] == x.in[2] && number(wrapped.in[1], size)) ||
                      (wrapped.in[1] == x.in[2] && number(wrapped.in[0], size)));
  return asks && wraps ? x.in[2] : i;
}

Sorting sorting_of(ItemId begins, std::int64_t count, std::int64_t size, std::int64_t width, std::size_t node) {
  const int bits = std::max(1, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(size - 1))));
  return {begins, count, 1, 1, size, width, bits, node};
}

Graph::Sorted in_order(Graph& g, const RowPositions& rows, std::int64_t elements, std::size_t node) {
  const std::int64_t count = g.count(rows.begins), size = elements / rows.width;
  const Sorting what = sorting_of(rows.begins, count, size, rows.width, node);
  const std::int64_t of_an_owner = std::int64_t{1} << std::max(what.bits - most_digits, 0);
  const bool turns = of_an_owner + std::min(count, most_turns) <= most_of_an_owner;
  if (g.software && size >= least_owned && count <= most_owned && rows.width < least_wide && turns) {
    const Parted parted = parted_by_digit(g, what);
    // Values go with positions but where these are the same in each call, and put in order once.
    const ItemId from = webgpu::elements(g, rows.begins).base;
    const bool constant = from < g.source_constant.size() && g.source_constant[from];
    const bool places = constant || rows.width > 1;
    return {places ? placed_by_digit(g, what, parted, Item::none) : Item::none,
            parted.ends,
            count,
            rows.width,
            parted.shift,
            rows.begins,
            parted.along};
  }
  const ItemId places = sorted_by_digits(g, what);
  Item starts{.form = Form::head, .type = Scalar::whole, .shape = {size + 1}, .in = {places}, .node = node};
  starts.code = head_starts;
  starts.at = {count, size};
  return {places, add(g, std::move(starts)), count, rows.width};
}

/// A scatter whose threads own rows: its positions are in the order of their highest bits.
void own_rows(Graph& g, Item& scatter, const Graph::Sorted& sorted, ItemId v, bool adds) {
  const bool carried = sorted.places == Item::none;
  ItemId places = sorted.places;
  if (carried) {
    const Sorting what =
        sorting_of(sorted.begins, sorted.count, element_count(scatter.shape), sorted.width, scatter.node);
    places = placed_by_digit(g, what, {sorted.along, sorted.starts, sorted.shift}, v);
  }
  scatter.in = {scatter.in[0], places, v, sorted.starts};
  scatter.code = head_owned;
  scatter.at = {adds, sorted.count, sorted.width, sorted.shift, carried};
}

/// The sum of as many results as there are threads, each of which goes through a stretch of the positions in their order.
void add_apart(Graph& g, Item& scatter, ItemId positions, ItemId v) {
  const std::int64_t count = g.count(positions), size = element_count(scatter.shape);
  Item own{
      .form = Form::head, .type = scatter.type, .shape = {apart, size}, .in = {positions, v}, .node = scatter.node};
  own.code = head_apart;
  own.at = {count, (count + apart - 1) / apart};
  Item sum{.form = Form::head, .type = scatter.type, .shape = {size}, .in = {add(g, std::move(own))}};
  sum.node = scatter.node;
  sum.code = static_cast<std::uint32_t>(s::id<s::sum>);
  sum.at = {0, 0};
  Item shaped{.form = Form::view, .type = scatter.type, .shape = scatter.shape, .in = {add(g, std::move(sum))}};
  shaped.node = scatter.node;
  shaped.strides = row_major(scatter.shape);
  const ItemId all = scatter.shape.count() == 1 ? shaped.in[0] : add(g, std::move(shaped));
  scatter.form = Form::map;
  scatter.code = static_cast<std::uint32_t>(Op::add);
  scatter.in = {scatter.in[0], all};
  scatter.at.clear();
}

}  // namespace

void sort_positions(Graph& g, Item& scatter) {
  const std::int64_t size = element_count(scatter.shape);
  const ItemId positions = plainest(g, scatter.in[1], size);
  const std::int64_t count = g.count(positions);
  const bool adds = is<s::scatter_add>(scatter);
  if ((count <= most_unsorted && count * size <= most_looks) || (adds && scatter.type == Scalar::truth)) return;
  if (adds && g.software && apart * size <= count && count <= apart * most_apart)
    return add_apart(g, scatter, positions, spread_to(g, scatter.in[2], g.items[positions].shape, scatter.node));
  const auto [found, fresh] = g.sorted.try_emplace({positions, size});
  if (fresh) found->second = in_order(g, row_positions(g, positions, size), size, scatter.node);
  const ItemId v = spread_to(g, scatter.in[2], g.items[positions].shape, scatter.node);
  if (found->second.shift >= 0) return own_rows(g, scatter, found->second, v, adds);
  const std::int64_t of = found->second.count, width = found->second.width;
  const ItemId places = found->second.places;
  scatter.in = {scatter.in[0], places, v, found->second.starts};
  scatter.code = adds ? head_added : head_written;
  const std::int64_t each = std::max(least_stretch, (of + most_stretches - 1) / most_stretches);
  scatter.at = {each, of, width};
  if (!adds) return;
  Item sums{.form = Form::head, .type = scatter.type, .shape = {(of + each - 1) / each, width}, .node = scatter.node};
  sums.in = {places, v};
  sums.code = head_stretches;
  sums.at = scatter.at;
  scatter.in.push_back(add(g, std::move(sums)));
}

namespace {

/// What is scattered to the k-th of the sorted rows, in the column `column`.
std::string sorted_element(Writer& w, const Item& head, std::size_t sorted, ItemId v) {
  const std::string place = cat(w.reads(head.in[sorted], false), "[k + ", number(head.at[1]), "]");
  const std::string at = cat("u32(", place, ") * ", number(head.at[2]), " + column");
  return element(w, v, w.graph().items[v].shape, w.let(at));
}

}  // namespace

/// Sums of those stretches of what is scattered that go to one element.
std::int64_t write_stretches(Writer& w, ItemId i, const Item& head) {
  const std::int64_t each = head.at[0], threads = element_count(head.shape);
  require_turns(head, each);
  declare_place(w);
  w.line("if (thread >= ", number(threads), ") { return; }");
  w.line("let column = thread % ", number(head.at[2]), ";\nlet begin = thread / ", number(head.at[2]), " * ",
         number(each), ";\nlet end = min(begin + ", number(each), ", ", number(head.at[1]), ");");
  const std::string keys = w.reads(head.in[0], false);
  w.line("var acc = ", zero(head.type), ";\nif (", keys, "[begin] != ", keys, "[end - 1u]) { return; }");
  w.open("for (var k = begin; k < end; k++) {");
  w.line("acc += ", sorted_element(w, head, 0, head.in[1]), ";");
  w.close();
  w.line(w.writes(i), "[thread] = acc;");
  return (threads + group_size - 1) / group_size;
}

/// Where the positions that are each element begin: by steps of one, two, four, ... from where the one before begins, and
/// halves of the last step.
std::int64_t write_starts(Writer& w, ItemId i, const Item& head) {
  const std::int64_t count = head.at[0], size = head.at[1];
  const std::int64_t threads = (size + starts_of_a_thread) / starts_of_a_thread;
  declare_place(w);
  w.line("let last = min((thread + 1u) * ", number(starts_of_a_thread), ", ", number(size + 1), ");\nvar k = 0u;");
  w.line("for (var o = thread * ", number(starts_of_a_thread), "; o < last; o++) {\nvar step = 1u;");
  const auto before = [&](const std::string& at) { return cat("u32(", w.reads(head.in[0], false), "[", at, "]) < o"); };
  w.line("while (k + step <= ", number(count), ") {\nif (!(", before("k + step - 1u"),
         ")) { break; }\nk += step;\nstep += step;\n}");
  w.line("while (step > 1u) {\nstep /= 2u;\nif (k + step <= ", number(count), ") {\nif (", before("k + step - 1u"),
         ") { k += step; }\n}\n}");
  w.line(w.writes(i), "[o] = i32(k);\n}");
  return (threads + group_size - 1) / group_size;
}

namespace {

/// Begin and end of what is for the element o.
void find_own(Writer& w, const Item& head) {
  const std::string starts = w.reads(head.in[3], false);
  w.line("let row = o / ", number(head.at[2]), ";\nlet column = o % ", number(head.at[2]), ";\nvar k = u32(", starts,
         "[row]);\nlet end = u32(", starts, "[row + 1u]);");
}

}  // namespace

void write_added(Writer& w, const Item& head) {
  const std::int64_t each = head.at[0];
  require_turns(head, 2 * each + head.at[1] / each);
  find_own(w, head);
  const auto add_own = [&](const std::string& turn) {
    w.open(turn, " {");
    w.line("head_var += ", sorted_element(w, head, 1, head.in[2]), ";");
    w.close();
  };
  const std::string stretch = number(each);
  w.line("if (end - k >= ", stretch, ") {");  // to the first stretch, and by stretches from there
  add_own("for (; k % " + stretch + " != 0u; k++)");
  w.line("for (; k + ", stretch, " <= end; k += ", stretch, ") { head_var += ", w.reads(head.in[4], false), "[k / ",
         stretch, " * ", number(head.at[2]), " + column]; }\n}");
  add_own("for (; k < end; k++)");
}

void write_written(Writer& w, const Item& head) {
  find_own(w, head);
  w.open("if (k < end) {\nk = end - 1u;");
  w.line("head_var = ", sorted_element(w, head, 1, head.in[2]), ";");
  w.close();
}

/// Each thread has some rows of the result, and adds to one column of them what is there for them, in the order of the
/// positions: those that begin with the rows' highest bits.
std::int64_t write_owned(Writer& w, ItemId i, const Item& head) {
  const std::int64_t adds = head.at[0], count = head.at[1], width = head.at[2],
                     size = element_count(head.shape) / width;
  const std::int64_t shift = head.at[3], owners = (size + (std::int64_t{1} << shift) - 1) >> shift;
  const std::int64_t at_once = (count + most_turns - 1) / most_turns;
  require_turns(head, (std::int64_t{1} << shift) + count / at_once);
  const std::int64_t groups = declare_few(w, owners * width);
  w.line("let owner = thread / ", number(width), ";\nlet column = thread % ", number(width), ";");
  const std::string to = w.writes(i), keys = w.reads(head.in[1], false), ends = w.reads(head.in[3], false);
  w.open("for (var row = owner << ", number(shift), "; row < min((owner + 1u) << ", number(shift), ", ", number(size),
         "); row++) {");
  const auto stored = [&](const std::string& x) {
    return head.type == Scalar::truth ? cat("select(0u, 1u, ", x, ")") : x;
  };
  const auto kth = [&] {
    const std::string behind = cat(keys, "[k + ", number(count), "]");
    if (!head.at[4]) return sorted_element(w, head, 1, head.in[2]);
    if (head.type == Scalar::truth) return cat("(", behind, " != 0)");
    return cat("bitcast<", stored_type(head.type, false), ">(", behind, ")");
  };
  const std::string o = w.let("row * ", number(width), " + column");
  w.line(to, "[", o, "] = ", stored(element(w, head.in[0], head.shape, o)), ";");
  w.close();
  w.line("let end = u32(", ends, "[owner]);\nvar k = 0u;\nif (owner > 0u) { k = u32(", ends, "[owner - 1u]); }");
  w.open("for (; k < end; k++) {");
  for (std::int64_t n = 0; n < at_once; ++n) {
    w.open(n ? "k++;\nif (k < end) {" : "{");
    w.line(to, "[u32(", keys, "[k]) * ", number(width), " + column] ", adds ? "+= " : "= ", stored(kth()), ";");
    w.close();
  }
  w.close();
  return groups;
}

std::int64_t write_apart(Writer& w, ItemId i, const Item& head) {
  const std::int64_t count = head.at[0], each = head.at[1], size = head.shape[1];
  require_turns(head, each + size);
  const std::int64_t groups = declare_few(w, apart);
  const std::string to = cat(w.writes(i), "[thread * ", number(size), " + ");
  w.line("for (var o = 0u; o < ", number(size), "; o++) { ", to, "o] = ", zero(head.type), "; }");
  w.line("let begin = min(thread * ", number(each), ", ", number(count), ");\nlet end = min(begin + ", number(each),
         ", ", number(count), ");");
  w.open("for (var k = begin; k < end; k++) {");
  const std::string p = position(w, head.in[0], "k", size);
  w.line(to, p, "] += ", element(w, head.in[1], w.graph().items[head.in[1]].shape, "k"), ";");
  w.close();
  return groups;
}

std::int64_t write_sorting(Writer& w) {
  const ItemId i = w.piece().head;
  const Item& head = w.graph().items[i];
  if (head.code == head_counts) return write_counts(w, i, head);
  if (head.code == head_starts) return write_starts(w, i, head);
  if (head.code == head_owned) return write_owned(w, i, head);
  if (head.code == head_apart) return write_apart(w, i, head);
  if (head.code == head_ranked) return write_ranked(w, i, head);
  return head.code == head_placed ? write_placed(w, i, head) : write_stretches(w, i, head);
}

}  // namespace wengert::webgpu
