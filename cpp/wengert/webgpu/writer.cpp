#include "wengert/webgpu/writer.hpp"

#include <algorithm>

namespace wengert::webgpu {
namespace {

struct Axis {
  std::int64_t n, step;
};

/// Axes of a counter, as few as tell where the elements are.
std::vector<Axis> merged(const Shape& shape, const Dims& strides, const std::vector<int>& axes) {
  std::vector<Axis> all;
  for (const int k : axes) {
    if (shape[k] == 1) continue;
    if (!all.empty() && all.back().step == strides[k] * shape[k]) all.back() = {all.back().n * shape[k], strides[k]};
    else all.push_back({shape[k], strides[k]});
  }
  return all;
}

std::vector<int> every_axis(const Shape& shape) {
  std::vector<int> axes;
  for (int k = 0; k < shape.count(); ++k) axes.push_back(k);
  return axes;
}

}  // namespace

std::string number(std::int64_t n) { return std::to_string(static_cast<std::uint32_t>(n)) + "u"; }

std::string stored_type(Scalar t, bool together) {
  const std::string one = t == Scalar::real ? "f32" : t == Scalar::whole ? "i32" : "u32";
  return together ? "vec4<" + one + ">" : one;
}

Access access(const Shape& shape, const Elements& e) {
  const std::vector<Axis> axes = merged(shape, e.strides, every_axis(shape));
  if (axes.empty()) return Access::same;
  const Axis last = axes.back();
  const bool one = axes.size() == 1;
  if (last.step == 0) return one || last.n % 4 == 0 ? Access::same : Access::apart;
  if (last.step != 1 || e.offset % 4 != 0 || (!one && last.n % 4 != 0)) return Access::apart;
  for (std::size_t k = 0; k + 1 < axes.size(); ++k) {
    if (axes[k].step % 4 != 0) return Access::apart;
  }
  return Access::together;
}

void Writer::enter() {
  lets_.push_back(lets_.back());
  values_.push_back(values_.back());
}
void Writer::close() {
  line("}");
  lets_.pop_back();
  values_.pop_back();
}

std::string Writer::named(const std::string& expression) {
  const auto found = lets_.back().find(expression);
  if (found != lets_.back().end()) return found->second;
  const std::string name = "v" + std::to_string(names_++);
  line("let ", name, " = ", expression, ";");
  return lets_.back()[expression] = name;
}

std::vector<Counter> Writer::all_axes(const Shape& shape, const std::string& name) {
  return {{name, every_axis(shape)}};
}
void Writer::at(Shape shape, std::vector<Counter> counters) {
  shape_ = shape;
  counters_ = std::move(counters);
}
void Writer::at_all(const Shape& shape, const std::string& name) { at(shape, all_axes(shape, name)); }

std::string Writer::address(const Shape& shape, const Elements& e, const std::vector<Counter>& counters, int unit) {
  std::string sum;
  const auto term = [&](const std::string& coordinate, std::int64_t step) {
    if (step == 0) return;
    sum += (sum.empty() ? "" : " + ") + (step == 1 ? coordinate : coordinate + " * " + number(step));
  };
  // Where elements lie side by side, the last axis is counted in registers; so are steps where the array is read in them.
  const bool whole = unit == 4;
  for (std::size_t c = 0; c < counters.size(); ++c) {
    std::vector<Axis> axes = merged(shape, e.strides, counters[c].axes);
    const bool last = width_ == 4 && unit != 0 && c + 1 == counters.size() && !axes.empty();
    for (Axis& axis : axes) axis.step = whole ? axis.step / 4 : axis.step;
    if (last) axes.back() = {(axes.back().n + 3) / 4, whole ? 1 : 0};
    std::string rest = counters[c].name;
    for (std::size_t k = axes.size(); k-- > 0;) {
      if (k == 0) {
        term(rest, axes[k].step);
        break;
      }
      if (axes[k].step != 0) term(let(rest, " % ", number(axes[k].n)), axes[k].step);
      rest = let(rest, " / ", number(axes[k].n));
    }
  }
  const std::int64_t offset = whole ? e.offset / 4 : e.offset;
  if (offset != 0 || sum.empty()) sum += (sum.empty() ? "" : " + ") + number(offset);
  return sum;
}

bool Writer::is_here(ItemId i) const {
  return i == piece_.head || std::find(piece_.maps.begin(), piece_.maps.end(), i) != piece_.maps.end();
}

std::string Writer::reads(ItemId base, bool together) {
  auto found = std::find(read_items.begin(), read_items.end(), base);
  if (found == read_items.end()) {
    read_items.push_back(base);
    found = read_items.end() - 1;
    together_[base] = together;
  }
  return "r" + std::to_string(found - read_items.begin());
}
std::string Writer::writes(ItemId i, bool parts) {
  auto found = std::find(written_items.begin(), written_items.end(), std::pair(i, parts));
  if (found == written_items.end()) found = written_items.insert(found, {i, parts});
  return "s" + std::to_string(found - written_items.begin());
}

std::string Writer::load(ItemId i, const Elements& e) {
  const Scalar type = g_.items[i].type;
  const std::string letter = type == Scalar::real ? "F(" : type == Scalar::whole ? "I(" : "U(";
  std::string read;
  if (width_ == 4 && access(shape_, e) == Access::together) {
    const std::string name = reads(e.base, true), where = address(shape_, e, counters_, 4);
    if (together_[e.base]) {
      read = cat(name, "[", where, "]");
    } else {  // read as numbers elsewhere in this kernel
      const std::string at = let("(", where, ") * 4u");
      read = cat(letter, name, "[", at, "], ", name, "[", at, " + 1u], ", name, "[", at, " + 2u], ", name, "[", at,
                 " + 3u])");
    }
  } else {
    const std::string name = reads(e.base, false);
    const std::string where = address(shape_, e, counters_, 1);
    if (together_[e.base]) {
      const std::string at = let(where);
      read = cat(name, "[", at, " >> 2u][", at, " & 3u]");
    } else {
      read = cat(name, "[", where, "]");
    }
    if (width_ == 4) read = letter + read + ")";
  }
  return let(type == Scalar::truth ? "(" + read + " != U(0u))" : read);
}

std::string Writer::value(ItemId i) {
  const auto found = values_.back().find(i);
  if (found != values_.back().end()) return found->second;
  const Item& x = g_.items[i];
  if (x.form == Form::literal) return literal(x.number, x.type);
  const auto row = of_rows_.find(x.form == Form::view ? x.in[0] : i);
  if (row != of_rows_.end()) return row->second;
  const bool inlined = x.owner != Item::none && x.owner == piece_.head;
  if (x.form != Form::map || !(inlined || (is_here(i) && x.shape == shape_))) return load(i, spread(g_, i, shape_));
  const std::string made = let(map_value(x));
  values_.back()[i] = made;
  return made;
}

std::string Writer::converted(const std::string& value, Scalar from, Scalar to) const {
  if (from == to) return value;
  const std::string type = to == Scalar::real ? "F" : "I";
  if (to == Scalar::truth) return cat("(!(", value, " == ", from == Scalar::real ? "F(0.0)" : "I(0)", "))");
  if (from == Scalar::truth) return "select(" + type + "(0), " + type + "(1), " + value + ")";
  return cat(type, "(", value, ")");
}

std::string Writer::map_value(const Item& x) {
  std::vector<std::string> in;
  for (const ItemId k : x.in) in.push_back(value(k));
  const Scalar from = g_.items[x.in[0]].type;
  std::string made;
  if (x.code == map_copy) return converted(in[0], from, x.type);
  if (x.code == map_select) return "select(" + in[2] + ", " + in[1] + ", " + in[0] + ")";
  if (x.code == map_clip) {
    made = cat(x.type == Scalar::whole ? "w_clip_i(" : "w_clip(", in[0], ", ", in[1], ", ", in[2], ")");
  } else {
    const auto op = static_cast<Op>(x.code);
    // The rules are of numbers: a truth value is 0 or 1.
    const Scalar of = from == Scalar::truth ? Scalar::real : from;
    for (std::string& operand : in) operand = converted(operand, from, of);
    made = formula(op, of, in[0], in.size() > 1 ? in[1] : "");
    if (x.type == Scalar::truth && !asks(op)) made = converted(made, of, Scalar::truth);
  }
  const std::string missing = prelude_.missing_in(made);
  if (!missing.empty()) {
    const bool clip = x.code == map_clip;
    const std::string name(clip ? "clip" : name_of(static_cast<Op>(x.code)));
    g_.refuse(x.node, name + ": no kernel for this primitive yet");
  }
  return made;
}

void Writer::store(ItemId i, const std::string& index, const std::string& value) {
  const bool truth = g_.items[i].type == Scalar::truth;
  line(writes(i), "[", index, "] = ", (truth ? "select(U(0u), U(1u), " + value + ")" : value), ";");
}

void Writer::finish(const std::string& index) {
  if (piece_.head != Item::none && g_.items[piece_.head].stored) store(piece_.head, index, value(piece_.head));
  for (const ItemId i : piece_.maps) {
    const std::string made = value(i);
    if (g_.items[i].stored) store(i, index, made);
  }
}

}  // namespace wengert::webgpu
