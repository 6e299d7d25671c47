// From a program to its plan: what shares a kernel, the kernels' texts, and where temporaries lie.
#include <algorithm>
#include <map>
#include <set>

#include "wengert/webgpu/kernels.hpp"

namespace wengert::webgpu {
namespace {

class Lowering {
 public:
  Lowering(const Source& p, const std::string& prelude, bool software)
      : g_(make_graph(p, software)), prelude_(prelude) {}

  Plan run() {
    const std::vector<Piece> pieces = schedule(g_);
    g_.source_input.resize(g_.items.size(), 0);
    g_.source_constant.resize(g_.items.size(), 0);
    for (const ItemId i : g_.outputs) output_.insert({i, true});
    std::vector<const Piece*> first, then;
    for (const Piece& piece : pieces) (hangs_on_constants(piece) ? first : then).push_back(&piece);
    add_all(first);
    plan_.once = plan_.steps.size();
    add_all(then);
    for (const ItemId i : g_.outputs) plan_.outputs.push_back(buffer(i, false));
    place_temporaries();
    return std::move(plan_);
  }

 private:
  void add_all(const std::vector<const Piece*>& pieces) {
    for (std::size_t k = 0; k < pieces.size(); ++k) {
      add_kernel(*pieces[k]);
      if (k + 1 == pieces.size() || pieces[k + 1]->level != pieces[k]->level) add_steps();
    }
  }
  /// Are its elements the same in each call? Those of positions in order, that is: what else is constant was computed
  /// when the program was recorded.
  bool hangs_on_constants(const Piece& piece) {
    if (piece.head == Item::none || !piece.maps.empty() || !piece.rows.empty() || output_.contains(piece.head))
      return false;
    for (const ItemId i : g_.items[piece.head].in) {
      const ItemId from = g_.items[i].form == Form::literal ? i : elements(g_, i).base;
      const bool constant = g_.items[from].form == Form::literal || g_.source_constant[from];
      if (!constant && !once_.contains(from)) return false;
    }
    once_.insert(piece.head);
    return true;
  }
  bool writes_once(const Joined& j) const { return once_.contains(j.writes[0].item); }
  /// What is left for each call by steps that run in the first one only.
  void keep_what_is_read(const Joined& j) {
    for (const Bound& b : j.reads) {
      if (once_.contains(b.item) && !b.parts) plan_.buffers[buffer(b.item, false)].role = Role::kept;
    }
  }

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

  void add_kernel(const Piece& piece) {
    Kernel k = write_kernel(g_, prelude_, piece);
    for (const ItemId r : piece.parts) g_.items[r].number = static_cast<double>(k.groups);
    if (k.writes.empty() || element_count(piece.shape) == 0) {
      for (const Bound& b : k.writes) buffer(b.item, b.parts);
      return;
    }
    for (Joined& j : joined_) {
      if (j.take(k)) return;
    }
    joined_.emplace_back(std::move(k));
  }

  /// What does not wait for one another: a step each, small ones together.
  void add_steps() {
    // Those that leave nothing to keep come first: what only they read makes room for the others.
    const auto kept = [&](const Joined& j) {
      std::int64_t bytes = 0;
      for (const Bound& b : j.writes) bytes += b.parts || !output_.contains(b.item) ? g_.count(b.item) : 0;
      return bytes;
    };
    std::stable_sort(joined_.begin(), joined_.end(),
                     [&](const Joined& a, const Joined& b) { return kept(a) < kept(b); });
    for (const Joined& j : joined_) {
      const Grid grid = grid_of(j.groups());
      Step s{text_number(j.text(g_, prelude_)),
             {static_cast<std::uint32_t>(grid.x), static_cast<std::uint32_t>(grid.y), 1},
             {},
             {},
             j.parts[0].node};
      for (const Bound& b : j.reads) s.reads.push_back(buffer(b.item, b.parts));
      if (!writes_once(j)) keep_what_is_read(j);
      for (const Bound& b : j.writes) s.writes.push_back(buffer(b.item, b.parts));
      if (s.reads.size() + s.writes.size() > static_cast<std::size_t>(most_bindings)) {
        throw Refusal("webgpu: a kernel needs " + std::to_string(s.reads.size() + s.writes.size()) +
                          " buffers of at most " + std::to_string(most_bindings),
                      s.node, true);
      }
      plan_.steps.push_back(std::move(s));
    }
    joined_.clear();
  }

  std::size_t text_number(const std::string& text) {
    const auto [found, fresh] = texts_.try_emplace(text, plan_.kernels.size());
    if (fresh) plan_.kernels.push_back(text);
    return found->second;
  }

  /// A temporary lies in a slot from the step that writes it to the last that reads it.
  void place_temporaries() {
    std::vector<Life> lives;
    std::map<std::size_t, std::size_t> life_of;
    for (std::size_t t = 0; t < plan_.steps.size(); ++t) {
      for (const auto* list : {&plan_.steps[t].writes, &plan_.steps[t].reads}) {
        for (const std::size_t b : *list) {
          if (plan_.buffers[b].role != Role::temporary) continue;
          const auto [found, fresh] = life_of.try_emplace(b, lives.size());
          if (fresh) lives.push_back({b, t, t, buffer_bytes(plan_.buffers[b].elements)});
          lives[found->second].last = t;
        }
      }
    }
    for (std::size_t t = 0; t < plan_.steps.size(); ++t) {
      std::int64_t live = 0;
      for (const Life& l : lives) live += l.first <= t && t <= l.last ? l.bytes : 0;
      plan_.most_live = std::max(plan_.most_live, live);
    }
    const std::vector<Slot> in_order = slots_of(lives);
    std::stable_sort(lives.begin(), lives.end(), [](const Life& a, const Life& b) { return a.bytes > b.bytes; });
    std::vector<Slot> slots = slots_of(lives);
    if (bytes_of(in_order) < bytes_of(slots)) slots = in_order;
    for (const Slot& slot : slots) {
      for (const Life& l : slot.lives) plan_.buffers[l.buffer].number = plan_.slots.size();
      plan_.slots.push_back(slot.bytes);
    }
  }

  struct Life {
    std::size_t buffer, first, last;  // steps
    std::int64_t bytes;
  };
  struct Slot {
    std::int64_t bytes;
    std::vector<Life> lives;
  };
  static std::int64_t bytes_of(const std::vector<Slot>& slots) {
    std::int64_t all = 0;
    for (const Slot& s : slots) all += s.bytes;
    return all;
  }
  /// Each in turn where it fits best: with the least room left over, else with the least to add.
  static std::vector<Slot> slots_of(const std::vector<Life>& lives) {
    std::vector<Slot> slots;
    for (const Life& l : lives) {
      Slot* best = nullptr;
      const auto cost = [&](const Slot& s) {
        return s.bytes >= l.bytes ? s.bytes - l.bytes : (std::int64_t{1} << 40) + l.bytes - s.bytes;
      };
      for (Slot& s : slots) {
        const bool free = std::all_of(s.lives.begin(), s.lives.end(),
                                      [&](const Life& o) { return l.last < o.first || o.last < l.first; });
        if (free && (!best || cost(s) < cost(*best))) best = &s;
      }
      if (!best) best = &slots.emplace_back(Slot{l.bytes, {}});
      best->bytes = std::max(best->bytes, l.bytes);
      best->lives.push_back(l);
    }
    return slots;
  }

  Graph g_;
  Prelude prelude_;
  Plan plan_;
  std::vector<Joined> joined_;  // of one level
  std::map<std::pair<ItemId, bool>, std::size_t> buffers_;
  std::map<ItemId, bool> output_;
  std::set<ItemId> once_;
  std::map<std::string, std::size_t> texts_;
};

}  // namespace

Plan lower(const Source& p, const std::string& prelude, bool software) { return Lowering(p, prelude, software).run(); }

}  // namespace wengert::webgpu
