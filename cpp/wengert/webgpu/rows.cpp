#include "wengert/webgpu/rows.hpp"

#include <algorithm>

#include "wengert/rule/structural/list.hpp"

namespace wengert::webgpu {

namespace s = structural;

Rows::Rows(const Shape& of, const Item& reduction) : shape(of) {
  for (int k = 0; k < shape.count(); ++k) {
    const bool along = std::find(reduction.at.begin() + 1, reduction.at.end(), k) != reduction.at.end();
    (along ? reduced : kept).push_back(k);
    (along ? length : results) *= shape[k];
  }
}

bool Rows::together() const {
  const bool side_by_side = !reduced.empty() && reduced.back() == shape.count() - 1;
  const bool long_or_few = (results < 1024 && length >= 256) || length > 16'384;
  return length >= 64 && (side_by_side || long_or_few);
}

bool Rows::one_a_row(const Graph& g, ItemId i, const Shape& user) const {
  const Elements e = spread(g, i, user);
  if (e.offset != 0 || g.count(e.base) != results) return false;
  if (user != shape) return element_count(user) == results && is_row_major(user, e);
  std::int64_t step = 1;
  bool same = true;
  for (std::size_t k = kept.size(); k-- > 0; step *= shape[kept[k]]) {
    same = same && (shape[kept[k]] == 1 || e.strides[kept[k]] == step);
  }
  for (const int k : reduced) same = same && (shape[k] == 1 || e.strides[k] == 0);
  return same;
}

Passes::Passes(const Graph& g, const Rows& rows, const Piece& piece) : g_(g), rows_(rows) {
  here_.insert(piece.maps.begin(), piece.maps.end());
  here_.insert(piece.rows.begin(), piece.rows.end());
  for (const ItemId i : here_) most = std::max(most, before(i));
}

int Passes::before(ItemId i) {
  const ItemId b = g_.items[i].form == Form::view ? g_.items[i].in[0] : i;
  if (!here_.contains(b)) return 0;
  const auto found = before_.find(b);
  if (found != before_.end()) return found->second;
  const Item& x = g_.items[b];
  int n = 0;
  for (const ItemId k : x.in) n = std::max(n, before(k));
  if (is_reduction(x)) n += is<s::logsumexp, s::norm>(x) ? 2 : 1;
  return before_[b] = n;
}

namespace {

class Joining {
 public:
  Joining(Graph& g, std::vector<Group>& groups, const std::vector<ItemId>& order,
          const std::vector<std::vector<ItemId>>& users, const std::vector<bool>& output)
      : g_(g), groups_(groups), order_(order), users_(users), output_(output) {}

  void run() {
    items_.resize(groups_.size());
    for (const ItemId i : order_) {
      if (computed(i)) items_[group_of(i)].push_back(i);
    }
    for (std::size_t k = 0; k < groups_.size(); ++k) {
      if (!items_[k].empty()) sequence_.push_back(k);
    }
    std::stable_sort(sequence_.begin(), sequence_.end(),
                     [&](std::size_t a, std::size_t b) { return groups_[a].level < groups_[b].level; });
    taken_.resize(groups_.size());
    for (const std::size_t k : std::vector(sequence_)) {
      if (!taken_[k] && is_row_group(k)) grow(k);
    }
  }

 private:
  const Item& at(ItemId i) const { return g_.items[i]; }
  ItemId base(ItemId i) const { return at(i).form == Form::view ? at(i).in[0] : i; }
  bool computed(ItemId i) const { return at(i).form == Form::map || at(i).form == Form::head; }
  std::size_t group_of(ItemId i) const {
    return static_cast<std::size_t>(at(at(i).owner == Item::none ? i : at(i).owner).group);
  }

  bool is_row_group(std::size_t k) const {
    const ItemId head = groups_[k].work.head;
    return head != Item::none && is_reduction(at(head));
  }

  /// All groups that go along the rows of this one, and do not wait for what waits for them.
  void grow(std::size_t first) {
    const Item& head = at(groups_[first].work.head);
    rows_ = Rows(at(head.in[0]).shape, head);
    const bool shared = rows_.results >= 64 || rows_.results * rows_.length <= 65'536;
    if (!shared || rows_.results * rows_.length == 0) return;
    members_.clear();
    inside_.clear();
    std::vector<bool> behind(groups_.size());  // waits for a member, and is none
    for (const std::size_t k : sequence_) {
      bool waits = false, joined = false;
      for (const ItemId i : items_[k]) {
        for (const ItemId b : at(i).in) {
          if (!computed(base(b))) continue;
          const std::size_t from = group_of(base(b));
          waits |= behind[from];
          joined |= inside_.contains(base(b));
        }
      }
      const bool alike = (is_row_group(k) || (joined && groups_[k].work.head == Item::none)) && !taken_[k];
      const bool joins = alike && !waits && groups_[k].work.parts.empty() && fits(k);
      behind[k] = !joins && (waits || joined);
    }
    if (members_.size() > 1) join();
  }

  bool fits(std::size_t k) {
    for (const ItemId i : items_[k]) {
      if (!fits_item(i, k)) return false;
    }
    std::vector<ItemId> all(inside_.begin(), inside_.end());
    all.insert(all.end(), items_[k].begin(), items_[k].end());
    if (!within_limits(all)) return false;
    members_.push_back(k);
    inside_.insert(items_[k].begin(), items_[k].end());
    return true;
  }

  bool fits_item(ItemId i, std::size_t k) const {
    const Item& x = at(i);
    const bool element = x.form == Form::map && x.shape == rows_.shape;
    if (x.form == Form::head) {
      const Rows mine(at(x.in[0]).shape, x);
      if (mine.shape != rows_.shape || mine.reduced != rows_.reduced) return false;
    } else if (!element && g_.count(i) != rows_.results) {
      return false;
    }
    for (const ItemId b : x.in) {
      const ItemId from = base(b);
      if (!inside_.contains(from) && !(computed(from) && group_of(from) == k)) continue;
      const bool direct = at(from).form == Form::map && at(from).shape == rows_.shape && b == from;
      if (direct && (element || x.form == Form::head)) continue;
      if (at(from).shape == rows_.shape && at(from).form == Form::map) return false;
      if (!rows_.one_a_row(g_, b, x.form == Form::head ? rows_.shape : x.shape)) return false;
    }
    return true;
  }

  bool within_limits(const std::vector<ItemId>& all) const {
    const std::set<ItemId> here(all.begin(), all.end());
    std::set<ItemId> loads;
    std::size_t stores = 0;
    Piece piece;
    for (const ItemId i : all) {
      (at(i).form == Form::map ? piece.maps : piece.rows).push_back(i);
      for (const ItemId k : at(i).in) {
        if (at(k).form != Form::literal && !here.contains(base(k))) loads.insert(base(k));
      }
      stores += leaves(i, here);
    }
    const std::int64_t ways = Passes(g_, rows_, piece).most + 1;
    const std::int64_t turns = ways * (rows_.together() ? (rows_.length + 255) / 256 + 8 : rows_.length);
    return loads.size() + stores <= static_cast<std::size_t>(most_bindings) && ways <= 6 && turns <= 30'000 &&
           piece.rows.size() <= 6 && all.size() <= 200;
  }
  bool leaves(ItemId i, const std::set<ItemId>& here) const {
    const auto outside = [&](ItemId u) { return at(u).form == Form::view ? leaves(u, here) : !here.contains(u); };
    return output_[i] || std::any_of(users_[i].begin(), users_[i].end(), outside);
  }

  void join() {
    Group& all = groups_[members_[0]];
    std::vector<ItemId> maps, rows;
    for (const ItemId i : order_) {
      if (!inside_.contains(i)) continue;
      (at(i).form == Form::map ? maps : rows).push_back(i);
      g_.items[i].owner = Item::none;
      g_.items[i].group = static_cast<int>(members_[0]);
    }
    for (const std::size_t k : members_) {
      taken_[k] = true;
      groups_[k].work = {};
      if (k == members_[0]) continue;
      items_[members_[0]].insert(items_[members_[0]].end(), items_[k].begin(), items_[k].end());
      items_[k].clear();
    }
    all.work = {rows_.shape, Item::none, std::move(maps), {}, std::move(rows)};
    sort_again();
  }

  /// Each group after all that it waits for, which levels do not tell where groups of several were joined; else as before.
  void sort_again() {
    std::vector<std::size_t> place(groups_.size());
    for (std::size_t n = 0; n < sequence_.size(); ++n) place[sequence_[n]] = n;
    std::vector<std::set<std::size_t>> waits(groups_.size());
    std::vector<std::vector<std::size_t>> wakes(groups_.size());
    std::set<std::pair<std::size_t, std::size_t>> ready;
    for (const std::size_t k : sequence_) {
      for (const ItemId i : items_[k]) {
        for (const ItemId b : at(i).in) {
          if (!computed(base(b)) || group_of(base(b)) == k) continue;
          if (waits[k].insert(group_of(base(b))).second) wakes[group_of(base(b))].push_back(k);
        }
      }
      if (waits[k].empty() && !items_[k].empty()) ready.insert({place[k], k});
    }
    sequence_.clear();
    while (!ready.empty()) {
      const std::size_t k = ready.begin()->second;
      ready.erase(ready.begin());
      sequence_.push_back(k);
      for (const std::size_t later : wakes[k]) {
        waits[later].erase(k);
        if (waits[later].empty()) ready.insert({place[later], later});
      }
    }
  }

  Graph& g_;
  std::vector<Group>& groups_;
  const std::vector<ItemId>& order_;
  const std::vector<std::vector<ItemId>>& users_;
  const std::vector<bool>& output_;
  std::vector<std::vector<ItemId>> items_;
  std::vector<std::size_t> sequence_, members_;
  std::vector<bool> taken_;
  std::set<ItemId> inside_;
  Rows rows_;
};

}  // namespace

void join_rows(Graph& g, std::vector<Group>& groups, const std::vector<ItemId>& order,
               const std::vector<std::vector<ItemId>>& users, const std::vector<bool>& output) {
  Joining(g, groups, order, users, output).run();
}

}  // namespace wengert::webgpu
