#include "wengert/program/group_plan.hpp"

#include <deque>
#include <map>
#include <utility>

#include "wengert/program/layout.hpp"

namespace wengert::program {

bool is_select(const Listing& p, std::size_t i) { return is<structural::select>(p, i); }

bool selects_numbers(const Listing& p, std::size_t i) {
  if (!is_select(p, i)) return false;
  const auto in = p.operands_of(p.call(i));
  const auto is = [&](NodeId id, Dtype d) { return p.type(index(id)) == Type{d, {}}; };
  return is(in[0], Dtype::boolean) && is(in[1], Dtype::float64) && is(in[2], Dtype::float64);
}

namespace {

/// Rows: of arrays from outside, of values that go outside, and a few that are used again and again.
class Rows {
 public:
  Rows(const Listing& p, Group& g, std::span<const NodeId> members) : p_(p), g_(g) {
    for (std::size_t k = 0; k < members.size(); ++k) {
      p.each_operand(index(members[k]), [&](NodeId id) { last_[id] = k; });
    }
  }
  Row operand(NodeId id) {
    if (const auto found = row_.find(id); found != row_.end()) return found->second;
    const Row r = fresh(id);
    g_.loads.push_back({id, r});
    return row_[id] = r;
  }
  Row result(NodeId id, bool stored) {
    if (stored) {
      const Row r = fresh(id);
      g_.stores.push_back({id, r});
      return row_[id] = r;
    }
    std::vector<Row>& spare = spare_[item(id)];
    if (spare.empty()) return own_[id] = row_[id] = fresh(id);
    const Row r = spare.back();
    spare.pop_back();
    return own_[id] = row_[id] = r;
  }
  /// Rows of values that no member after number k needs may be used again.
  void done(NodeId member, std::size_t k) {
    const auto free = [&](NodeId id) {
      const auto mine = own_.find(id);
      if (mine == own_.end() || (last_.contains(id) && last_[id] > k)) return;
      spare_[item(id)].push_back(mine->second);
      own_.erase(mine);
    };
    p_.each_operand(index(member), free);
    if (!last_.contains(member)) free(member);
  }

 private:
  std::uint8_t item(NodeId id) const { return static_cast<std::uint8_t>(item_size(p_.type(index(id)).dtype)); }
  Row fresh(NodeId id) {
    g_.row_items.push_back(item(id));
    return static_cast<Row>(g_.row_items.size() - 1);
  }

  const Listing& p_;
  Group& g_;
  std::map<NodeId, std::size_t> last_;
  std::map<NodeId, Row> row_, own_;
  std::map<std::uint8_t, std::vector<Row>> spare_;
};

/// The steps of a group, of members that each have a row.
class Steps {
 public:
  Steps(const Listing& p, Group& g, std::span<const NodeId> members, const std::vector<bool>& stored)
      : p_(p), g_(g), members_(members), stored_(stored), rows_(p, g, members) {}

  void write() {
    find_pairs();
    for (std::size_t k = 0; k < members_.size(); ++k) {
      member(members_[k]);
      rows_.done(members_[k], k);
    }
  }

 private:
  void member(NodeId id) {
    const std::size_t i = index(id);
    const Node& n = p_.nodes[i];
    if (is_select(p_, i)) {
      const auto in = p_.operands_of(p_.call(i));
      const Row c = rows_.operand(in[0]), a = rows_.operand(in[1]), b = rows_.operand(in[2]);
      g_.steps.push_back({RowStep::Kind::select, nullptr, a, b, result(id), c});
    } else if (n.code == code::call) {
      sum(id);
    } else if (const auto pair = pair_.find(id); pair != pair_.end()) {
      both(pair->second);
    } else {
      const Row a = rows_.operand(n.a), b = n.b == NodeId::none ? a : rows_.operand(n.b);
      const Dtype d = p_.type(index(n.a)).dtype;
      const rule::ValueLoop f = rule::primitive(static_cast<Op>(n.code)).value[wengert::index(d)];
      g_.steps.push_back({RowStep::Kind::elementwise, f, a, b, result(id)});
    }
  }
  void sum(NodeId id) {
    const NodeId of = p_.operands_of(p_.call(index(id)))[0];
    const Row x = rows_.operand(of);
    const bool whole = is_scalar(p_.type(index(id)));
    std::vector<NodeId>& all = whole ? g_.sums : g_.line_sums;
    g_.steps.push_back(
        {whole ? RowStep::Kind::sum : RowStep::Kind::lines, nullptr, x, x, static_cast<Row>(all.size())});
    all.push_back(id);
    if (whole) return;
    g_.line = g_.size / element_count(p_.type(index(id)).shape);
    g_.block = rule::block_size / g_.line * g_.line;
  }
  Row result(NodeId id) { return rows_.result(id, stored_[index(id)]); }

  struct Both {
    NodeId first, second;
    rule::PairLoop loop;
  };
  /// The first of a pair to come computes both.
  void both(Both& b) {
    if (b.loop == nullptr) return;
    const Row x = rows_.operand(p_.nodes[index(b.first)].a), first = result(b.first), second = result(b.second);
    g_.steps.push_back({RowStep::Kind::pair, nullptr, x, x, first, second, std::exchange(b.loop, nullptr)});
  }
  void find_pairs() {
    for (const rule::Pair& pair : rule::pairs()) {
      std::map<NodeId, NodeId> first;  // by operand
      const auto each = [&](Op op, auto&& f) {
        for (const NodeId id : members_) {
          const Node& n = p_.nodes[index(id)];
          if (n.code == static_cast<std::uint16_t>(op) && p_.type(index(n.a)).dtype == Dtype::float64) f(n.a, id);
        }
      };
      each(pair.first, [&](NodeId x, NodeId id) { first[x] = id; });
      if (first.empty()) continue;
      each(pair.second, [&](NodeId x, NodeId id) {
        const auto other = first.find(x);
        if (other == first.end()) return;
        Both& shared = pairs_.emplace_back(Both{other->second, id, pair.loop});
        pair_.emplace(id, shared);
        pair_.emplace(other->second, shared);
      });
    }
  }

  const Listing& p_;
  Group& g_;
  std::span<const NodeId> members_;
  const std::vector<bool>& stored_;
  Rows rows_;
  std::deque<Both> pairs_;
  std::map<NodeId, Both&> pair_;
};

}  // namespace

void write_steps(const Listing& p, Group& g, std::span<const NodeId> members, const std::vector<bool>& stored) {
  Steps(p, g, members, stored).write();
}

bool is_scalar_program(const Listing& p) {
  for (std::size_t i = 0; i < p.size(); ++i) {
    const Node& n = p.nodes[i];
    if (!is_scalar(p.type(i)) || (n.code == code::call && !selects_numbers(p, i))) return false;
    if (n.code >= code::elementwise_end) continue;
    const rule::Primitive& q = rule::primitive(static_cast<Op>(n.code));
    const auto of_numbers = [&](NodeId id) { return id == NodeId::none || p.type(index(id)).dtype == Dtype::float64; };
    if (!of_numbers(n.a) || !of_numbers(n.b) || !q.value[index(Dtype::float64)]) return false;
  }
  return true;
}

}  // namespace wengert::program
