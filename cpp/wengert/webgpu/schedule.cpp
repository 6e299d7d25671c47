#include "wengert/webgpu/schedule.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "wengert/rule/structural/list.hpp"
#include "wengert/webgpu/rows.hpp"

namespace wengert::webgpu {
namespace {

namespace s = structural;

class Scheduler {
 public:
  explicit Scheduler(Graph& g) : g_(g) {}

  std::vector<Piece> run() {
    find_live();
    for (const ItemId i : live_) place(i);
    find_users();
    inline_into_reductions();
    for (std::size_t k = 0; k < groups_.size(); ++k) sink(k);
    join_rows(g_, groups_, order_, users_, output_);
    mark_stored();
    return in_order(pieces());
  }

 private:
  void find_live() {
    std::vector<bool> live(g_.items.size());
    for (const ItemId i : g_.outputs) live[i] = true;
    for (std::size_t i = g_.items.size(); i-- > 0;) {
      if (!live[i]) continue;
      for (const ItemId k : g_.items[i].in) live[k] = true;
    }
    for (ItemId i = 0; i < live.size(); ++i) {
      if (live[i]) live_.push_back(i);
    }
  }

  Item& at(ItemId i) { return g_.items[i]; }
  ItemId base(ItemId i) { return at(i).form == Form::view ? at(i).in[0] : i; }
  bool computed(ItemId i) { return at(i).form == Form::map || at(i).form == Form::head; }
  /// Does x stay in a register from k to it?
  bool direct(const Item& x, ItemId k) {
    return x.form == Form::map && computed(k) && at(k).shape == x.shape && !is_strewn(at(k));
  }
  /// Does its kernel leave elements in another order than threads have?
  static bool is_strewn(const Item& x) {
    return is<s::cumsum, s::cumprod>(x) || (x.form == Form::head && x.code >= head_counts && x.code <= head_ranked);
  }

  void place(ItemId i) {
    if (at(i).form == Form::map) place_map(i);
    if (at(i).form == Form::head) place_head(i);
    order_.push_back(i);
  }

  int level_after(const Item& x) {
    int level = 0;
    for (const ItemId k : x.in) {
      if (computed(base(k)) && !direct(x, k)) level = std::max(level, at(base(k)).level + 1);
    }
    return level;
  }

  void place_map(ItemId i) {
    int level = level_after(at(i));
    for (const ItemId k : at(i).in) {
      if (direct(at(i), k)) level = std::max(level, at(k).level);
    }
    std::set<int> groups;
    for (const ItemId k : at(i).in) {
      if (direct(at(i), k) && at(k).level == level) groups.insert(at(k).group);
    }
    if (groups.size() > 1) ++level;
    join(i, level, groups.size() == 1 ? *groups.begin() : plain_group(level, at(i).shape));
  }

  void join(ItemId i, int level, int group) {
    at(i).level = level;
    at(i).group = group;
    groups_[static_cast<std::size_t>(group)].work.maps.push_back(i);
  }

  int plain_group(int level, const Shape& shape) {
    std::vector<std::int64_t> key{level};
    key.insert(key.end(), shape.begin(), shape.end());
    const auto [found, fresh] = plain_.try_emplace(key, static_cast<int>(groups_.size()));
    if (fresh) groups_.push_back({level, {shape, Item::none, {}}});
    return found->second;
  }

  void place_head(ItemId i) {
    if (is<s::sum, s::prod, s::max, s::min>(at(i)) && at(i).type != Scalar::truth && g_.count(i) == 1 &&
        g_.count(at(i).in[0]) > reduced_at_once) {
      begin_elsewhere(i);
    }
    at(i).level = level_after(at(i));
    at(i).group = static_cast<int>(groups_.size());
    groups_.push_back({at(i).level, {at(i).shape, i, {}}});
  }

  /// A reduction of all elements: another kernel leaves parts, here is the rest.
  void begin_elsewhere(ItemId i) {
    ItemId x = at(i).in[0];
    if (at(x).form != Form::map || groups_[static_cast<std::size_t>(at(x).group)].work.head != Item::none) {
      Item copy{.form = Form::map, .type = at(x).type, .shape = at(x).shape, .in = {x}, .node = at(i).node};
      copy.code = map_copy;
      x = add(g_, std::move(copy));
      place_map_apart(x);
      order_.push_back(x);
      at(i).in[0] = x;
    }
    at(i).at = {static_cast<std::int64_t>(at(i).code)};
    at(i).code = head_parts;
    groups_[static_cast<std::size_t>(at(x).group)].work.parts.push_back(i);
  }
  /// A copy that begins a kernel of its own, or joins others without a head.
  void place_map_apart(ItemId x) {
    const ItemId from = base(at(x).in[0]);
    const int level = computed(from) ? at(from).level + 1 : 0;
    join(x, level, plain_group(level, at(x).shape));
  }

  void find_users() {
    users_.resize(g_.items.size());
    for (const ItemId i : order_) {
      for (const ItemId k : at(i).in) users_[k].push_back(i);
    }
    output_.resize(g_.items.size());
    for (const ItemId i : g_.outputs) output_[i] = true;
  }

  /// What only one reduction needs is computed in its kernel, where the elements are read.
  void inline_into_reductions() {
    std::map<ItemId, std::size_t> moved;
    for (std::size_t n = order_.size(); n-- > 0;) {
      const ItemId i = order_[n];
      Item& x = at(i);
      if (x.form != Form::map || output_[i] || users_[i].empty()) continue;
      ItemId owner = Item::none;
      bool one = true;
      for (const ItemId u : users_[i]) {
        const ItemId by = is_reduction(at(u)) ? u : direct(at(u), i) ? at(u).owner : Item::none;
        one = one && by != Item::none && (owner == Item::none || owner == by);
        owner = by;
      }
      if (one && moved[owner]++ < most_operations) x.owner = owner;
    }
    std::map<ItemId, std::set<ItemId>> loads;
    for (const ItemId i : order_) {
      if (at(i).owner == Item::none) continue;
      for (const ItemId k : at(i).in) {
        if (at(base(k)).owner != at(i).owner && at(k).form != Form::literal) loads[at(i).owner].insert(base(k));
      }
    }
    for (const ItemId i : order_) {
      const ItemId owner = at(i).owner;
      if (owner != Item::none && loads[owner].size() > 5) at(i).owner = Item::none;
    }
  }

  /// Where all that a group without a head leaves is needed by one later group of its shape, it is computed there.
  void sink(std::size_t from) {
    Piece& work = groups_[from].work;
    if (work.head != Item::none || !work.parts.empty()) return;
    int target = -1;
    for (const ItemId i : work.maps) {
      if (at(i).owner != Item::none) continue;
      if (output_[i]) return;
      for (const ItemId u : users_[i]) {
        if (!direct(at(u), i) || at(u).owner != Item::none) return;
        if (at(u).group == static_cast<int>(from)) continue;
        if (target >= 0 && at(u).group != target) return;
        target = at(u).group;
      }
    }
    if (target < 0) return;
    std::vector<ItemId>& there = groups_[static_cast<std::size_t>(target)].work.maps;
    there.insert(there.begin(), work.maps.begin(), work.maps.end());
    for (const ItemId i : work.maps) {
      at(i).group = target;
      at(i).level = groups_[static_cast<std::size_t>(target)].level;
    }
    work.maps.clear();
  }

  void mark_stored() {
    for (const ItemId i : order_) {
      if (!computed(i)) continue;
      bool stored = output_[i];
      const bool along = in_rows(i);
      for (const ItemId u : users_[i]) {
        if (along) {
          stored |= leaves_rows(u, at(i).group);
          continue;
        }
        const bool inlined = at(i).owner != Item::none && (at(u).owner == at(i).owner || u == at(i).owner);
        const bool together = direct(at(u), i) && at(u).group == at(i).group && at(u).owner == Item::none;
        const bool in_parts = at(u).form == Form::head && at(u).code == head_parts;
        stored |= !inlined && !together && !in_parts;
      }
      at(i).stored = stored;
    }
  }

  bool in_rows(ItemId i) {
    return at(i).group >= 0 && !groups_[static_cast<std::size_t>(at(i).group)].work.rows.empty();
  }
  /// Is a user of what a kernel along rows computes elsewhere, or are users of this view of it?
  bool leaves_rows(ItemId user, int group) {
    if (at(user).form != Form::view) return at(user).owner != Item::none || at(user).group != group;
    return std::any_of(users_[user].begin(), users_[user].end(), [&](ItemId u) { return leaves_rows(u, group); });
  }

  std::vector<Piece> pieces() {
    std::vector<std::size_t> by_level(groups_.size());
    for (std::size_t k = 0; k < by_level.size(); ++k) by_level[k] = k;
    std::stable_sort(by_level.begin(), by_level.end(),
                     [&](std::size_t a, std::size_t b) { return groups_[a].level < groups_[b].level; });
    std::vector<Piece> all;
    for (const std::size_t k : by_level) {
      Piece& work = groups_[k].work;
      std::erase_if(work.maps,
                    [&](ItemId i) { return at(i).owner != Item::none || at(i).group != static_cast<int>(k); });
      if (!work.rows.empty()) all.push_back(work);
      else if (work.head != Item::none || !work.maps.empty()) cut(work, all);
    }
    return all;
  }

  /// Each after all that it waits for, as early as that; among those alike as they were.
  std::vector<Piece> in_order(std::vector<Piece> all) {
    std::vector<std::size_t> piece_of(g_.items.size(), all.size());
    for (std::size_t k = 0; k < all.size(); ++k) {
      for (const ItemId i : items_of(all[k])) piece_of[i] = k;
    }
    std::vector<std::set<std::size_t>> waits(all.size());
    std::vector<std::vector<std::size_t>> wakes(all.size());
    const auto wait = [&](std::size_t k, ItemId i) {
      for (const ItemId b : at(i).in) {
        const std::size_t from = piece_of[base(b)];
        if (from != k && from < all.size() && waits[k].insert(from).second) wakes[from].push_back(k);
      }
    };
    for (const ItemId i : order_) {
      const ItemId by = at(i).owner == Item::none ? i : at(i).owner;
      if (piece_of[by] < all.size()) wait(piece_of[by], i);
    }
    std::vector<Piece> sorted;
    std::vector<std::size_t> ready;
    for (std::size_t k = 0; k < all.size(); ++k) {
      if (waits[k].empty()) ready.push_back(k);
    }
    for (int level = 0; !ready.empty(); ++level) {
      std::vector<std::size_t> next;
      for (const std::size_t k : ready) {
        for (const std::size_t later : wakes[k]) {
          waits[later].erase(k);
          if (waits[later].empty()) next.push_back(later);
        }
        all[k].level = level;
        sorted.push_back(std::move(all[k]));
      }
      std::sort(next.begin(), next.end());
      ready = std::move(next);
    }
    if (sorted.size() < all.size()) throw TapeError("webgpu: kernels that wait for one another in a circle");
    return sorted;
  }
  static std::vector<ItemId> items_of(const Piece& piece) {
    std::vector<ItemId> all = piece.maps;
    all.insert(all.end(), piece.rows.begin(), piece.rows.end());
    if (piece.head != Item::none) all.push_back(piece.head);
    return all;
  }

  /// Buffers that a reduction's own kernel reads: those of what was moved there.
  void head_loads(ItemId head, std::set<ItemId>& loads) {
    if (head == Item::none || at(head).code == head_parts) return;
    for (const ItemId k : at(head).in) {
      if (at(base(k)).owner == head) continue;
      if (at(k).form != Form::literal) loads.insert(base(k));
    }
    for (const ItemId i : order_) {
      if (at(i).owner != head) continue;
      for (const ItemId k : at(i).in) {
        if (at(base(k)).owner != head && at(k).form != Form::literal) loads.insert(base(k));
      }
    }
  }

  /// As many kernels as the number of bindings makes necessary.
  void cut(const Piece& work, std::vector<Piece>& all) {
    std::size_t from = 0;
    ItemId head = work.head;
    do {
      const std::size_t to = reach(work, from, head);
      Piece piece{
          work.shape,
          head,
          {work.maps.begin() + static_cast<std::ptrdiff_t>(from), work.maps.begin() + static_cast<std::ptrdiff_t>(to)},
          {}};
      for (const ItemId r : work.parts) {
        if (std::find(piece.maps.begin(), piece.maps.end(), at(r).in[0]) != piece.maps.end()) piece.parts.push_back(r);
      }
      const auto inside = [&](ItemId i) {
        return i == piece.head || std::find(piece.maps.begin(), piece.maps.end(), i) != piece.maps.end();
      };
      const auto leaves = [&](ItemId i) {
        for (const ItemId u : users_[i])
          at(i).stored |= at(u).form == Form::map && at(u).owner == Item::none && !inside(u);
      };
      if (to < work.maps.size() || from > 0) {
        for (const ItemId i : piece.maps) leaves(i);
        if (head != Item::none) leaves(head);
      }
      all.push_back(std::move(piece));
      from = to;
      head = Item::none;
    } while (from < work.maps.size());
  }

  /// The most maps, from the first on, that one kernel has bindings for and is soon compiled with.
  std::size_t reach(const Piece& work, std::size_t from, ItemId head) {
    std::set<ItemId> loads, inside;
    head_loads(head, loads);
    std::map<ItemId, std::size_t> pending;
    std::size_t open = 0, best = from;
    const auto enter = [&](ItemId i) {
      inside.insert(i);
      std::size_t later = 0;
      for (const ItemId u : users_[i])
        later += at(u).form == Form::map && direct(at(u), i) && at(u).group == at(i).group && at(u).owner == Item::none;
      pending[i] = at(i).stored ? SIZE_MAX / 2 : later;
      open += pending[i] > 0;
    };
    if (head != Item::none) {
      ++open;  // stays a binding: of its parts, or of what it leaves
      inside.insert(head);
    }
    for (std::size_t n = from; n < std::min(work.maps.size(), from + most_operations); ++n) {
      const ItemId i = work.maps[n];
      std::set<ItemId> mine;
      for (const ItemId k : at(i).in) {
        if (at(k).form == Form::literal) continue;
        if (!inside.contains(k)) loads.insert(base(k));
        else if (pending.contains(k) && mine.insert(k).second) {
          std::size_t uses = 0;
          for (const ItemId same : at(i).in) uses += same == k;
          pending[k] -= std::min(uses, pending[k]);
          open -= pending[k] == 0;
        }
      }
      enter(i);
      std::size_t parts = 0;
      for (const ItemId r : work.parts) parts += inside.contains(at(r).in[0]);
      const std::size_t bindings = loads.size() + open + parts;
      if (bindings <= static_cast<std::size_t>(most_bindings)) best = n + 1;
      if (bindings > 2 * static_cast<std::size_t>(most_bindings)) break;
    }
    if (best == from && from < work.maps.size() && head == Item::none) best = from + 1;
    return best;
  }

  Graph& g_;
  std::vector<ItemId> live_, order_;
  std::vector<Group> groups_;
  std::map<std::vector<std::int64_t>, int> plain_;
  std::vector<std::vector<ItemId>> users_;
  std::vector<bool> output_;
};

}  // namespace

bool is_reduction(const Item& x) {
  return is<s::sum, s::prod, s::max, s::min, s::argmax, s::argmin, s::logsumexp, s::norm>(x);
}

std::vector<Piece> schedule(Graph& g) { return Scheduler(g).run(); }

}  // namespace wengert::webgpu
