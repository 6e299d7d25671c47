#include "wengert/webgpu/graph.hpp"

#include <cmath>

#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/structural/shown.hpp"

namespace wengert::webgpu {

void Graph::refuse(std::size_t node, const std::string& what) const { throw Refusal("webgpu: " + what, node, false); }

Scalar scalar_of(const Graph& g, Dtype d, std::size_t node) {
  switch (d) {
    case Dtype::float32:
    // Numbers written out are float64 until they meet an array: formulas of derivatives select among them.
    case Dtype::float64: return Scalar::real;
    case Dtype::int32:
    case Dtype::int64: return Scalar::whole;
    case Dtype::boolean: return Scalar::truth;
    default: break;
  }
  g.refuse(node, "element type: kernels compute in float32, int32 and bool: given " + std::string(text(d)));
}

namespace {

/// What comes from outside, and what goes there, is not narrowed without a word.
void require_narrow(const Graph& g, std::size_t node, const char* what) {
  if (g.p.type(node).dtype != Dtype::float64) return;
  g.refuse(node, cat("element type: ", what,
                     " of float64, where kernels compute in float32: give arrays, and constants "
                     "that the function closes over, as float32"));
}

}  // namespace

ItemId add(Graph& g, Item item) {
  g.items.push_back(std::move(item));
  return static_cast<ItemId>(g.items.size() - 1);
}

Elements elements(const Graph& g, ItemId i) {
  const Item& x = g.items[i];
  if (x.form == Form::view) return {x.in[0], x.offset, x.strides};
  return {i, 0, row_major(x.shape)};
}

Elements spread(const Graph& g, ItemId i, const Shape& to) {
  Elements e = elements(g, i);
  const Shape& from = g.items[i].shape;
  Dims strides;
  const int more = to.count() - from.count();
  for (int k = 0; k < to.count(); ++k) {
    const bool repeated = k < more || (from[k - more] == 1 && to[k] != 1);
    strides.push_back(repeated ? 0 : e.strides[k - more]);
  }
  e.strides = strides;
  return e;
}

bool is_row_major(const Shape& shape, const Elements& e) {
  if (e.offset != 0) return false;
  const Dims whole = row_major(shape);
  for (int k = 0; k < shape.count(); ++k) {
    if (shape[k] != 1 && e.strides[k] != whole[k]) return false;
  }
  return true;
}

namespace {

/// Strides under which the same elements, in row-major order, have another shape; false where there are none.
bool reshaped_strides(const Shape& from, const Dims& strides, const Shape& to, Dims& result) {
  Dims sizes, steps;
  for (int k = 0; k < from.count(); ++k) {
    if (from[k] == 1) continue;
    const int last = sizes.count() - 1;
    if (last >= 0 && steps[last] == strides[k] * from[k]) {
      sizes[last] *= from[k];
      steps[last] = strides[k];
    } else {
      sizes.push_back(from[k]);
      steps.push_back(strides[k]);
    }
  }
  result.resize(to.count(), 0);
  int k = to.count() - 1;
  for (int run = sizes.count() - 1; run >= 0; --run) {
    std::int64_t left = sizes[run], step = steps[run];
    for (; left > 1; --k) {
      while (k >= 0 && to[k] == 1) --k;
      if (k < 0 || left % to[k] != 0) return false;
      result[k] = step;
      step *= to[k];
      left /= to[k];
    }
  }
  return true;
}

class Reader {
 public:
  explicit Reader(Graph& g) : g_(g), p_(g.p) {}

  void read(std::size_t i) {
    node_ = i;
    const Source::Node& n = p_.nodes[i];
    if (element_count(shape()) == 0) {  // nothing is computed of it, whatever it is
      g_.of_node[i] = add(g_, item(Form::literal));
      return;
    }
    const auto number = static_cast<std::size_t>(n.a);
    ItemId made = 0;
    switch (n.kind) {
      case Source::Kind::elementwise: made = elementwise(n); break;
      case Source::Kind::input: made = source(number + 1, 0); break;
      case Source::Kind::constant: made = constant(number); break;
      case Source::Kind::call: made = call(p_.calls[number]); break;
      case Source::Kind::other: g_.refuse(i, "a function with rules of its own inside of a program");
    }
    g_.of_node[i] = made;
  }

 private:
  const Shape& shape() const { return p_.type(node_).shape; }
  Scalar type() const { return scalar_of(g_, p_.type(node_).dtype, node_); }
  Item item(Form form) const { return Item{.form = form, .type = type(), .shape = shape(), .node = node_}; }

  ItemId source(std::size_t input, std::size_t constant) {
    require_narrow(g_, node_, input ? "an argument" : "a constant");
    const ItemId id = add(g_, item(Form::source));
    g_.source_input.resize(id + 1, 0);
    g_.source_constant.resize(id + 1, 0);
    g_.source_input[id] = input;
    g_.source_constant[id] = constant;
    return id;
  }

  ItemId constant(std::size_t number) {
    const std::optional<double>& alike = p_.constants[number].alike;
    if (!alike && element_count(shape()) > 0) return source(0, number + 1);
    Item one = item(Form::literal);
    one.number = alike.value_or(0);
    return add(g_, std::move(one));
  }

  ItemId item_of(std::int64_t node) const { return g_.of_node[static_cast<std::size_t>(node)]; }

  ItemId elementwise(const Source::Node& n) {
    Item one = item(Form::map);
    one.code = static_cast<std::uint32_t>(n.code);
    one.in.push_back(item_of(n.a));
    if (n.b >= 0) one.in.push_back(item_of(n.b));
    return add(g_, std::move(one));
  }

  ItemId map(std::uint32_t code, const std::vector<std::int64_t>& operands) {
    Item one = item(Form::map);
    one.code = code;
    for (const std::int64_t k : operands) one.in.push_back(item_of(k));
    return add(g_, std::move(one));
  }
  ItemId copied(ItemId x) {
    Item one{.form = Form::map, .type = g_.items[x].type, .shape = g_.items[x].shape, .in = {x}, .node = node_};
    one.code = map_copy;
    return add(g_, std::move(one));
  }

  /// Elements of x, found in another order.
  ItemId view(ItemId x, const Elements& e) {
    if (g_.items[x].form == Form::literal) {
      Item one = item(Form::literal);
      one.number = g_.items[x].number;
      return add(g_, std::move(one));
    }
    if (g_.items[e.base].shape == shape() && is_row_major(shape(), e)) return e.base;
    Item one = item(Form::view);
    one.in = {e.base};
    one.offset = e.offset;
    one.strides = e.strides;
    return add(g_, std::move(one));
  }

  ItemId reshaped(ItemId x) {
    Elements e = elements(g_, x);
    Dims strides;
    if (g_.items[x].form != Form::literal && element_count(shape()) > 0 &&
        !reshaped_strides(g_.items[x].shape, e.strides, shape(), strides)) {
      x = copied(x);
      e = elements(g_, x);
      reshaped_strides(g_.items[x].shape, e.strides, shape(), strides);
    }
    strides.resize(shape().count(), 0);
    e.strides = strides;
    return view(x, e);
  }

  /// What comes of a reduction, a padding or a product of no elements.
  ItemId of_nothing(double number) {
    Item one = item(Form::literal);
    one.number = number;
    return add(g_, std::move(one));
  }

  static std::string name_of(std::int64_t primitive) {
    std::string found;
    structural::each([&]<class P>() {
      if (static_cast<std::int64_t>(structural::id<P>) == primitive) found = P::name;
    });
    return found;
  }

  ItemId call(const Source::Call& c) {
    namespace s = structural;
    const std::vector<std::int64_t>& operands = c.operands;
    const Attributes at = c.attributes;
    const ItemId x = item_of(operands[0]);
    const auto any = [&]<class... P>() { return ((c.primitive == static_cast<std::int64_t>(s::id<P>)) || ...); };
    if (g_.count(x) == 0 && !any.operator()<s::concatenate>())
      return of_nothing(any.operator()<s::prod>() ? 1 : any.operator()<s::logsumexp>() ? -INFINITY : 0);
    if (any.operator()<s::stop>()) return x;
    if (any.operator()<s::reshape>()) return reshaped(x);
    if (any.operator()<s::broadcast_to>()) return view(x, spread(g_, x, shape()));
    if (any.operator()<s::transpose>()) {
      Elements e = elements(g_, x);
      const Dims before = e.strides;
      for (int k = 0; k < before.count(); ++k) e.strides[k] = before[static_cast<int>(at[static_cast<std::size_t>(k)])];
      return view(x, e);
    }
    if (any.operator()<s::slice>()) {
      Elements e = elements(g_, x);
      const s::Shown shown(e.strides, at);
      return view(x, {e.base, e.offset + shown.offset, shown.strides});
    }
    if (any.operator()<s::astype>()) return g_.items[x].type == type() ? x : map(map_copy, operands);
    if (any.operator()<s::select>()) return map(map_select, operands);
    if (any.operator()<s::clip>()) return map(map_clip, operands);
    if (any.operator()<s::argsort>()) return ordered(g_, x, shape(), static_cast<int>(at[0]), node_);
    if (!any.
         operator()<s::sum, s::prod, s::max, s::min, s::argmax, s::argmin, s::logsumexp, s::norm, s::cumsum, s::cumprod,
                    s::matmul, s::gather, s::scatter_add, s::scatter_set, s::pad, s::slice_set, s::concatenate>()) {
      g_.refuse(node_, name_of(c.primitive) + ": no kernel for this primitive yet");
    }
    const bool into = any.operator()<s::scatter_add, s::scatter_set, s::slice_set>();
    if (into && g_.count(item_of(operands[1])) == 0) return x;
    Item one = item(Form::head);
    one.code = static_cast<std::uint32_t>(c.primitive);
    one.at.assign(at.begin(), at.end());
    for (const std::int64_t k : operands) {
      if (g_.count(item_of(k)) > 0 || !any.operator()<s::concatenate>()) one.in.push_back(item_of(k));
    }
    if (any.operator()<s::matmul, s::cumsum, s::cumprod>()) {
      for (ItemId& k : one.in) k = g_.items[k].form == Form::literal ? copied(k) : k;
    }
    if (any.operator()<s::concatenate>()) one.in = joined_in_few(one.in, at[0]);
    if (any.operator()<s::scatter_add, s::scatter_set>()) sort_positions(g_, one);
    return add(g_, std::move(one));
  }

  /// More arrays than a kernel has bindings for are joined in parts first.
  std::vector<ItemId> joined_in_few(std::vector<ItemId> all, std::int64_t axis) {
    constexpr std::size_t most = 6;
    while (all.size() > most) {
      std::vector<ItemId> fewer;
      for (std::size_t k = 0; k < all.size(); k += most) {
        const std::vector<ItemId> some(all.begin() + static_cast<std::ptrdiff_t>(k),
                                       all.begin() + static_cast<std::ptrdiff_t>(std::min(k + most, all.size())));
        Item part = item(Form::head);
        part.code = static_cast<std::uint32_t>(structural::id<structural::concatenate>);
        part.at = {axis};
        part.in = some;
        part.shape[static_cast<int>(axis)] = 0;
        for (const ItemId i : some) part.shape[static_cast<int>(axis)] += g_.items[i].shape[static_cast<int>(axis)];
        fewer.push_back(some.size() == 1 ? some[0] : add(g_, std::move(part)));
      }
      all = std::move(fewer);
    }
    return all;
  }

  Graph& g_;
  const Source& p_;
  std::size_t node_ = 0;
};

}  // namespace

Graph make_graph(const Source& p, bool software) {
  Graph g{.p = p,
          .items = {},
          .of_node = std::vector<ItemId>(p.nodes.size()),
          .outputs = {},
          .source_input = {},
          .source_constant = {},
          .software = software};
  Reader reader(g);
  for (std::size_t i = 0; i < p.nodes.size(); ++i) reader.read(i);
  g.source_input.resize(g.items.size(), 0);
  g.source_constant.resize(g.items.size(), 0);
  for (const std::int64_t node : p.outputs) {
    ItemId out = g.of_node[static_cast<std::size_t>(node)];
    require_narrow(g, static_cast<std::size_t>(node), "a result");
    const Item& x = g.items[out];
    const Elements e = elements(g, out);
    const bool whole = is_row_major(x.shape, e) && g.count(e.base) == g.count(out);
    const Form base = x.form == Form::literal ? Form::literal : g.items[e.base].form;
    if (base == Form::literal || base == Form::source || !whole) {
      Item copy{
          .form = Form::map, .type = x.type, .shape = x.shape, .in = {out}, .node = static_cast<std::size_t>(node)};
      copy.code = map_copy;
      out = add(g, std::move(copy));
    } else {
      out = e.base;
    }
    g.outputs.push_back(out);
  }
  return g;
}

}  // namespace wengert::webgpu
