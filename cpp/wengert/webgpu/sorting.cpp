// Keys are sorted, stably, by digits from the lowest one up (a radix sort). No atomics: each thread counts the digits of a
// stretch, running sums of the counts tell where the stretch's elements go, and the thread puts them there. Each line of
// elements is sorted for itself, side by side with the others.
#include "wengert/webgpu/sorting.hpp"

#include <algorithm>

namespace wengert::webgpu {
namespace {

namespace s = structural;

/// One round: the digit that lies `shift` bits up, of `digits` values; a line is in `parts` stretches of `each` elements.
/// As attributes of an item, which are numbers.
struct Round {
  std::int64_t first, last, shift, digits, parts, each, count, lines, inner, size, width;

  std::int64_t threads() const { return lines * parts; }
  std::vector<std::int64_t> numbers() const {
    return {first, last, shift, digits, parts, each, count, lines, inner, size, width};
  }
  static Round of(const Item& head) {
    const std::vector<std::int64_t>& n = head.at;
    return {n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10]};
  }
};

class Sorter {
 public:
  Sorter(Graph& g, const Sorting& what) : g_(g), what_(what) {}

  Parted count_highest() {
    const int shift = highest();
    const Counts counts = counted(what_.from, round(true, shift, what_.bits - shift, false));
    return {counts.along, counts.ends, shift};
  }
  ItemId place_highest(const Parted& parted, ItemId carried) {
    return placed(what_.from, round(true, parted.shift, what_.bits - parted.shift, false), {parted.along, parted.ends},
                  nullptr, carried);
  }
  ItemId run(const Shape* shape) {
    // Few digits where lines are short: each line goes through all of them.
    const int most = g_.software && what_.count >= 256 ? most_digits : 6, rounds = (what_.bits + most - 1) / most;
    const int each = (what_.bits + rounds - 1) / rounds;
    ItemId from = what_.from;
    for (int k = 0; k < rounds; ++k) {
      const Shape* last = k + 1 == rounds ? shape : nullptr;
      const Round r = round(k == 0, k * each, each, last != nullptr);
      from = placed(from, r, counted(from, r), last, Item::none);
    }
    return from;
  }

 private:
  Round round(bool first, int shift, int bits, bool last) const {
    // The software adapter has two or more cores of eight lanes; a graphics processor thousands.
    const std::int64_t most = g_.software ? 256 : 16'384, lines = what_.lines, count = what_.count;
    const std::int64_t wanted = std::min(most, (count * lines + 63) / 64);
    const std::int64_t parts =
        lines == 1 ? std::max<std::int64_t>(wanted, 1) : std::clamp<std::int64_t>(wanted / lines, 1, count);
    return {
        first,       last,       shift,      std::int64_t{1} << bits, parts, (count + parts - 1) / parts, count, lines,
        what_.inner, what_.size, what_.width};
  }
  int highest() const { return what_.bits - std::min(what_.bits, most_digits); }

  /// Running counts of each digit along a line's stretches (none where there is one stretch), and of all digits.
  struct Counts {
    ItemId along, ends;
  };
  Counts counted(ItemId from, const Round& r) {
    const ItemId counts = head(head_counts, {r.lines, r.digits, r.parts}, {from}, r.numbers());
    ItemId along = counts, ends = counts;
    if (r.parts > 1) {
      along = head(static_cast<std::uint32_t>(s::id<s::cumsum>), {r.lines, r.digits, r.parts}, {counts}, {2});
      Item last{.form = Form::view, .type = Scalar::whole, .shape = {r.lines, r.digits}, .in = {along}};
      last.node = what_.node;
      last.offset = r.parts - 1;
      last.strides = {r.digits * r.parts, r.parts};
      ends = add(g_, std::move(last));
    }
    return {along, head(static_cast<std::uint32_t>(s::id<s::cumsum>), {r.lines, r.digits}, {ends}, {1})};
  }
  ItemId placed(ItemId from, const Round& r, const Counts& counts, const Shape* shape, ItemId carried) {
    std::vector<ItemId> in{from, counts.ends};
    if (r.parts > 1) in.push_back(counts.along);
    if (carried != Item::none) in.push_back(carried);
    const ItemId made = head(head_placed, shape ? *shape : Shape{2 * r.count * r.lines}, std::move(in), r.numbers());
    g_.items[made].number = static_cast<double>(r.threads() * r.digits);  // counters, beside what is placed
    return made;
  }
  ItemId head(std::uint32_t code, Shape shape, std::vector<ItemId> in, std::vector<std::int64_t> at) {
    Item one{.form = Form::head, .type = Scalar::whole, .shape = shape, .in = std::move(in), .node = what_.node};
    one.code = code;
    one.at = std::move(at);
    return add(g_, std::move(one));
  }

  Graph& g_;
  const Sorting& what_;
};

/// The key of the element k of what a round begins with, and its digit.
void read_digit(Writer& w, const Item& head, const Round& r) {
  const ItemId from = head.in[0];
  std::string key;
  if (!r.first) key = cat("u32(", w.reads(from, false), "[first + k])");
  else if (r.size) key = cat(position(w, from, "k", r.size * r.width), " / ", number(r.width));
  else {
    const std::string at = w.let("origin + k * ", number(r.inner));
    key = key_of(w.graph().items[from].type, element(w, from, w.graph().items[from].shape, at));
  }
  w.line("let key = ", key, ";\nlet digit = (key >> ", number(r.shift), ") & ", number(r.digits - 1), ";");
}

/// Of a thread: its line, the first element of that in an array of lines, and in one along an axis; its stretch.
std::int64_t open_stretch(Writer& w, const Round& r) {
  const std::int64_t groups = declare_few(w, r.threads());
  w.line("let line = thread / ", number(r.parts), ";\nlet part = thread % ", number(r.parts), ";\nlet first = line * ",
         number(r.count), ";\nlet origin = line / ", number(r.inner), " * ", number(r.inner * r.count), " + line % ",
         number(r.inner), ";");
  w.line("let begin = min(part * ", number(r.each), ", ", number(r.count), ");\nlet end = min(begin + ", number(r.each),
         ", ", number(r.count), ");");
  return groups;
}

/// Where a thread's counter of a digit lies.
std::string counter(const Round& r, const std::string& digit) {
  return cat("(line * ", number(r.digits), " + ", digit, ") * ", number(r.parts), " + part");
}

}  // namespace

ItemId sorted_by_digits(Graph& g, const Sorting& what) { return Sorter(g, what).run(nullptr); }
Parted parted_by_digit(Graph& g, const Sorting& what) { return Sorter(g, what).count_highest(); }
ItemId placed_by_digit(Graph& g, const Sorting& what, const Parted& parted, ItemId carried) {
  return Sorter(g, what).place_highest(parted, carried);
}
ItemId ordered_by_digits(Graph& g, const Sorting& what, const Shape& shape) { return Sorter(g, what).run(&shape); }

std::int64_t declare_few(Writer& w, std::int64_t threads) {
  // Its groups go to cores one by one, and a core's cache has room for some threads' counters.
  const std::int64_t lanes = w.graph().software && threads < 2048 ? 32 : group_size;
  w.line("let thread = group_number * ", number(lanes), " + lane;\nif (lane >= ", number(lanes),
         " || thread >= ", number(threads), ") { return; }");
  return (threads + lanes - 1) / lanes;
}

/// How many elements of each digit a thread has. Counters lie in a buffer: an array of a thread's own takes drivers seconds to
/// compile, and lies in memory too.
std::int64_t write_counts(Writer& w, ItemId i, const Item& head) {
  const Round r = Round::of(head);
  require_turns(head, r.each + r.digits);
  const std::int64_t groups = open_stretch(w, r);
  const std::string counts = w.writes(i);
  w.line("for (var d = 0u; d < ", number(r.digits), "; d++) { ", counts, "[", counter(r, "d"), "] = 0; }");
  w.open("for (var k = begin; k < end; k++) {");
  read_digit(w, head, r);
  w.line(counts, "[", counter(r, "digit"), "] += 1;");
  w.close();
  return groups;
}

/// Elements to where they go: behind those of lower digits, and of the same one in stretches before.
std::int64_t write_placed(Writer& w, ItemId i, const Item& head) {
  const Round r = Round::of(head);
  require_turns(head, r.each + r.digits);
  const std::int64_t groups = open_stretch(w, r);
  const std::string before = w.reads(head.in[1], false), all = number(r.count * r.lines), to = w.writes(i),
                    next = w.writes(i, true);
  w.line("for (var d = 0u; d < ", number(r.digits), "; d++) {\nvar at = 0;\nif (d > 0u) { at = ", before, "[line * ",
         number(r.digits), " + d - 1u]; }");
  if (r.parts > 1) {
    w.line("if (part > 0u) { at += ", w.reads(head.in[2], false), "[", counter(r, "d"), " - 1u]; }");
  }
  w.line(next, "[", counter(r, "d"), "] = at;\n}");
  w.open("for (var k = begin; k < end; k++) {");
  read_digit(w, head, r);
  w.line("let at = u32(", next, "[", counter(r, "digit"), "]);\n", next, "[", counter(r, "digit"), "] = i32(at + 1u);");
  const std::size_t carried = r.parts > 1 ? 3 : 2;
  std::string place = "i32(k)";
  if (!r.first) place = cat(w.reads(head.in[0], false), "[first + k + ", all, "]");
  if (head.in.size() > carried) {
    const ItemId v = head.in[carried];
    const Item& x = w.graph().items[v];
    place = cat(x.type == Scalar::truth ? "select(0, 1, " : "bitcast<i32>(", element(w, v, x.shape, "k"), ")");
  }
  if (r.last) w.line(to, "[origin + at * ", number(r.inner), "] = ", place, ";");
  else w.line(to, "[first + at] = i32(key);\n", to, "[first + at + ", all, "] = ", place, ";");
  w.close();
  return groups;
}

}  // namespace wengert::webgpu
