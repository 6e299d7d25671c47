// From a program to its plan: what shares a kernel, the kernels' texts, and where temporaries lie.
#include <algorithm>
#include <map>

#include "wengert/webgpu/kernels.hpp"

namespace wengert::webgpu {
namespace {

class Lowering {
 public:
  Lowering(const Source& p, const std::string& prelude) : g_(make_graph(p)), prelude_(prelude) {}

  Plan run() {
    const std::vector<Piece> pieces = schedule(g_);
    g_.source_input.resize(g_.items.size(), 0);
    g_.source_constant.resize(g_.items.size(), 0);
    for (const ItemId i : g_.outputs) output_.insert({i, true});
    for (const Piece& piece : pieces) step(piece);
    for (const ItemId i : g_.outputs) plan_.outputs.push_back(buffer(i, false));
    place_temporaries();
    return std::move(plan_);
  }

 private:
  /// The buffer of an item's elements, or of the parts that its reduction begins with.
  std::size_t buffer(ItemId i, bool parts) {
    const auto [found, fresh] = buffers_.try_emplace({i, parts}, plan_.buffers.size());
    if (!fresh) return found->second;
    const Item& x = g_.items[i];
    Buffer b{Role::temporary, x.type, parts ? static_cast<std::int64_t>(x.number) : g_.count(i)};
    if (x.form == Form::source) {
      b.role = g_.source_input[i] ? Role::input : Role::constant;
      b.number = (g_.source_input[i] ? g_.source_input[i] : g_.source_constant[i]) - 1;
    } else if (!parts && output_.contains(i)) {
      b.role = Role::output;
    }
    if (buffer_bytes(b.elements) > most_bytes) {
      throw Refusal("webgpu: an array is larger than a binding may be: it takes " +
                        std::to_string(buffer_bytes(b.elements)) + " bytes of at most " + std::to_string(most_bytes) +
                        ", its shape is " + text(x.shape),
                    x.node, true);
    }
    plan_.buffers.push_back(b);
    return found->second;
  }

  std::size_t node_of(const Piece& piece) const {
    return g_.items[piece.head != Item::none ? piece.head : piece.maps.back()].node;
  }

  void step(const Piece& piece) {
    const Kernel k = write_kernel(g_, prelude_, piece);
    for (const ItemId r : piece.parts) g_.items[r].number = static_cast<double>(k.groups);
    if (k.writes.empty() || (element_count(piece.shape) == 0)) {
      for (const auto& [i, parts] : k.writes) buffer(i, parts);
      return;
    }
    const Grid grid = grid_of(k.groups);
    Step s{text_number(k.text),
           {static_cast<std::uint32_t>(grid.x), static_cast<std::uint32_t>(grid.y), 1},
           {},
           {},
           node_of(piece)};
    for (const ItemId i : k.reads) s.reads.push_back(buffer(i, i == piece.head));
    for (const auto& [i, parts] : k.writes) s.writes.push_back(buffer(i, parts));
    if (s.reads.size() + s.writes.size() > static_cast<std::size_t>(most_bindings)) {
      throw Refusal("webgpu: a kernel needs " + std::to_string(s.reads.size() + s.writes.size()) +
                        " buffers of at most " + std::to_string(most_bindings),
                    s.node, true);
    }
    plan_.steps.push_back(std::move(s));
  }

  std::size_t text_number(const std::string& text) {
    const auto [found, fresh] = texts_.try_emplace(text, plan_.kernels.size());
    if (fresh) plan_.kernels.push_back(text);
    return found->second;
  }

  /// A temporary lies in a slot from the step that writes it to the last that reads it: in the smallest free one that holds
  /// it, else the largest free one grows.
  void place_temporaries() {
    std::vector<std::size_t> last(plan_.buffers.size(), 0);
    for (std::size_t t = 0; t < plan_.steps.size(); ++t) {
      for (const std::size_t b : plan_.steps[t].reads) last[b] = t;
      for (const std::size_t b : plan_.steps[t].writes) last[b] = std::max(last[b], t);
    }
    std::multimap<std::int64_t, std::size_t> free;
    std::int64_t live = 0;
    for (std::size_t t = 0; t < plan_.steps.size(); ++t) {
      for (const std::size_t b : plan_.steps[t].writes) {
        if (plan_.buffers[b].role != Role::temporary) continue;
        live += buffer_bytes(plan_.buffers[b].elements);
        plan_.buffers[b].number = taken_slot(free, buffer_bytes(plan_.buffers[b].elements));
      }
      plan_.most_live = std::max(plan_.most_live, live);
      std::vector<std::size_t> used = plan_.steps[t].reads;
      used.insert(used.end(), plan_.steps[t].writes.begin(), plan_.steps[t].writes.end());
      for (const std::size_t b : used) {
        if (plan_.buffers[b].role != Role::temporary || last[b] != t) continue;
        live -= buffer_bytes(plan_.buffers[b].elements);
        free.insert({plan_.slots[plan_.buffers[b].number], plan_.buffers[b].number});
      }
    }
  }
  std::size_t taken_slot(std::multimap<std::int64_t, std::size_t>& free, std::int64_t bytes) {
    auto found = free.lower_bound(bytes);
    if (found == free.end() && free.empty()) {
      plan_.slots.push_back(bytes);
      return plan_.slots.size() - 1;
    }
    if (found == free.end()) found = std::prev(found);
    const std::size_t slot = found->second;
    free.erase(found);
    plan_.slots[slot] = std::max(plan_.slots[slot], bytes);
    return slot;
  }

  Graph g_;
  Prelude prelude_;
  Plan plan_;
  std::map<std::pair<ItemId, bool>, std::size_t> buffers_;
  std::map<ItemId, bool> output_;
  std::map<std::string, std::size_t> texts_;
};

}  // namespace

Plan lower(const Source& p, const std::string& prelude) { return Lowering(p, prelude).run(); }

}  // namespace wengert::webgpu
