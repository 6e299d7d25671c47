#include "wengert/program/regions.hpp"

#include <algorithm>
#include <map>

#include "wengert/program/layout.hpp"
#include "wengert/program/program.hpp"
#include "wengert/rule/structural/list.hpp"

namespace wengert::program {
namespace {

/// Arrays of less than this are in the second-level cache anyway; slices should be.
constexpr std::size_t worthwhile = std::size_t{1} << 18, slice_bytes = std::size_t{96} << 10;

/// How an operation reads an operand when it is done slice by slice.
enum class Reads { slice, all, no };

class Finder {
 public:
  explicit Finder(const Listing& p) : p_(p), banned_(p.size()) {}

  /// Regions that are not worth it are given up, and what remains is divided anew.
  Regions find() {
    for (int attempt = 0; attempt < 8; ++attempt) {
      divide();
      if (!ban_worthless()) return write();
    }
    return {std::vector<std::uint32_t>(p_.size()), {}};
  }

 private:
  const Shape& shape(std::size_t i) const { return p_.type(i).shape; }
  std::int64_t first(std::size_t i) const { return shape(i).count() ? shape(i)[0] : 0; }

  bool leads(NodeId id, std::int64_t count) const { return first(index(id)) == count; }
  /// Of an operand that broadcasts against the result of node i.
  Reads aligned(std::size_t i, NodeId id) const {
    const Shape& s = shape(index(id));
    if (s.count() == shape(i).count() && s[0] == first(i)) return Reads::slice;
    return s.count() < shape(i).count() || s[0] == 1 ? Reads::all : Reads::no;
  }
  Reads reads(std::size_t i, NodeId id) const {
    const bool broadcasts = p_.nodes[i].code < code::elementwise_end || is<structural::select>(p_, i) ||
                            is<structural::broadcast_to>(p_, i);
    if (broadcasts) return aligned(i, id);
    return leads(id, first(i)) ? Reads::slice : Reads::no;
  }
  bool reduces(std::size_t i) const {
    return is<structural::sum>(p_, i) || is<structural::max>(p_, i) || is<structural::min>(p_, i) ||
           is<structural::logsumexp>(p_, i);
  }
  /// Does the operation leave the first axis alone?
  bool keeps_first_axis(std::size_t i) const {
    if (p_.nodes[i].code < code::elementwise_end) return true;
    const Call& c = p_.call(i);
    const Attributes at = p_.attributes_of(c);
    const auto operands = p_.operands_of(c);
    if (reduces(i)) return std::all_of(at.begin() + 1, at.end(), [](std::int64_t axis) { return axis > 0; });
    if (is<structural::matmul>(p_, i)) {
      return std::ranges::all_of(operands, [&](NodeId id) { return shape(index(id)).count() == shape(i).count(); }) &&
             shape(i).count() > 2;
    }
    if (is<structural::transpose>(p_, i)) return at[0] == 0;
    if (is<structural::slice>(p_, i)) return at[0] == 0 && at[1] == 1 && at[2] == first(i);
    return is<structural::select>(p_, i) || is<structural::reshape>(p_, i) || is<structural::broadcast_to>(p_, i) ||
           is<structural::stop>(p_, i);
  }
  bool sliceable(std::size_t i) const {
    const std::uint16_t c = p_.nodes[i].code;
    if (banned_[i] || (c != code::call && c >= code::elementwise_end)) return false;
    if (shape(i).count() < 2 || first(i) < 2 || element_count(shape(i)) == 0 || !keeps_first_axis(i)) return false;
    bool fits = true, slices = false;
    p_.each_operand(i, [&](NodeId id) {
      fits = fits && reads(i, id) != Reads::no;
      slices = slices || reads(i, id) == Reads::slice;
    });
    return fits && slices;
  }

  /// Each node joins the last region of its length that begins after all it needs from elsewhere.
  void divide() {
    of_.assign(p_.size(), 0);
    members_.clear();
    std::vector<std::uint32_t> step(p_.size());
    std::vector<std::uint32_t> begins;              // of each region
    std::map<std::int64_t, std::uint32_t> current;  // region + 1, by length
    std::uint32_t next = 1;
    auto stage = p_.stages.begin();
    for (std::size_t i = 0; i < p_.size(); ++i) {
      for (; stage != p_.stages.end() && index(*stage) == i; ++stage) current.clear();
      const std::uint16_t c = p_.nodes[i].code;
      if (c == code::input || c == code::constant) continue;  // step 0: all of them come first
      if (!sliceable(i)) {
        step[i] = next++;
        continue;
      }
      std::uint32_t& region = current[first(i)];
      std::uint32_t earliest = 0;
      p_.each_operand(i, [&](NodeId id) {
        const bool inside = of_[index(id)] && reads(i, id) == Reads::slice && leads(id, first(i));
        earliest = std::max(earliest, step[index(id)] + !inside);
      });
      if (!region || begins[region - 1] < earliest) {
        members_.emplace_back();
        begins.push_back(next++);
        region = static_cast<std::uint32_t>(members_.size());
      }
      of_[i] = region;
      step[i] = begins[region - 1];
      members_[region - 1].push_back(i);
    }
  }

  std::int64_t width(const std::vector<std::size_t>& members) const {
    const std::int64_t count = first(members[0]);
    std::size_t largest = 1;
    for (const std::size_t i : members)
      largest = std::max(largest, bytes_of(p_.type(i)) / static_cast<std::size_t>(count));
    std::int64_t width = std::clamp<std::int64_t>(static_cast<std::int64_t>(slice_bytes / largest), 1, count);
    while (count % width) --width;
    return width;
  }
  /// Elementwise operations alone are a group, which goes through the cache as it is.
  bool worth_it(const std::vector<std::size_t>& members) const {
    std::size_t large = 0, calls = 0;
    for (const std::size_t i : members) {
      large += bytes_of(p_.type(i)) >= worthwhile;
      calls += reduces(i) || is<structural::matmul>(p_, i);
    }
    return large > 1 && calls && first(members[0]) / width(members) > 1;
  }
  bool ban_worthless() {
    bool any = false;
    for (const auto& members : members_) {
      if (worth_it(members)) continue;
      any = true;
      for (const std::size_t i : members) banned_[i] = true;
    }
    return any;
  }

  Regions write() const {
    Regions all{of_, {}};
    std::vector<bool> outside(p_.size());
    for (std::size_t i = 0; i < p_.size(); ++i) {
      p_.each_operand(i, [&](NodeId id) {
        if (of_[index(id)] != of_[i] && !done_again(i, id)) outside[index(id)] = true;
      });
    }
    for (const NodeId id : p_.outputs) outside[index(id)] = true;
    for (const Guard& g : p_.guards) outside[index(g.node)] = true;
    for (std::uint32_t r = 0; r < members_.size(); ++r) all.repeats.push_back(repeat(r + 1, outside));
    return all;
  }

  /// An elementwise operation on what no region computes is cheaper done again than kept for another region.
  bool done_again(std::size_t user, NodeId id) const {
    const std::size_t i = index(id);
    const Node& n = p_.nodes[i];
    if (!of_[user] || !of_[i] || of_[i] == of_[user] || n.code >= code::elementwise_end) return false;
    if (rule::primitive(static_cast<Op>(n.code)).flops >= 10 || reads(user, id) != Reads::slice) return false;
    return !of_[index(n.a)] && (n.b == NodeId::none || !of_[index(n.b)]);
  }

  Repeat repeat(std::uint32_t region, const std::vector<bool>& outside) const;

  const Listing& p_;
  std::vector<bool> banned_;
  std::vector<std::uint32_t> of_;
  std::vector<std::vector<std::size_t>> members_;
};

/// A region's operations, on slices.
class Body {
 public:
  Body(const Listing& p, Repeat& r) : p_(p), r_(r) {}

  /// Of a member, or of what becomes an input.
  NodeId value(NodeId id, bool sliced) {
    const auto [at, fresh] = now_.try_emplace({id, sliced}, NodeId::none);
    if (!fresh) return at->second;
    const Type t = sliced ? slice(p_.type(index(id))) : p_.type(index(id));
    list_.inputs.push_back(t);
    r_.inputs.push_back({id, sliced});
    return at->second = push(code::input, static_cast<NodeId>(list_.inputs.size() - 1), NodeId::none, t);
  }
  bool has(NodeId member) const { return now_.contains({member, true}); }
  template <class Operand>
  void member(std::size_t i, Operand&& operand) {
    Node n = p_.nodes[i];
    if (n.code == code::call) {
      Call c = p_.call(i);
      std::vector<NodeId> in;
      for (const NodeId id : p_.operands_of(c)) in.push_back(operand(id));
      const std::vector<std::int64_t> at = attributes(i);
      c.first_operand = list_.operands.size();
      c.first_attribute = list_.attributes.size();
      list_.operands.insert(list_.operands.end(), in.begin(), in.end());
      list_.attributes.insert(list_.attributes.end(), at.begin(), at.end());
      list_.calls.push_back(c);
      n.a = static_cast<NodeId>(list_.calls.size() - 1);
    } else {
      n.a = operand(n.a);
      if (n.b != NodeId::none) n.b = operand(n.b);
    }
    now_[{static_cast<NodeId>(i), true}] = push(n.code, n.a, n.b, slice(p_.type(i)));
  }
  void output(NodeId id) {
    list_.outputs.push_back(now_.at({id, true}));
    r_.outputs.push_back(id);
  }
  Listing list() { return std::move(list_); }

 private:
  Type slice(Type t) const {
    t.shape[0] = r_.width;
    return t;
  }
  /// Where they name the length of the first axis.
  std::vector<std::int64_t> attributes(std::size_t i) const {
    const Attributes at = p_.attributes_of(p_.call(i));
    std::vector<std::int64_t> now(at.begin(), at.end());
    if (is<structural::reshape>(p_, i) || is<structural::broadcast_to>(p_, i)) now[0] = r_.width;
    if (is<structural::slice>(p_, i)) now[2] = r_.width;
    return now;
  }
  NodeId push(std::uint16_t c, NodeId a, NodeId b, const Type& t) {
    list_.types.push_back(t);
    list_.nodes.push_back({c, a, b, static_cast<std::uint32_t>(list_.types.size() - 1)});
    return static_cast<NodeId>(list_.nodes.size() - 1);
  }

  const Listing& p_;
  Repeat& r_;
  Listing list_;
  std::map<std::pair<NodeId, bool>, NodeId> now_;
};

Repeat Finder::repeat(std::uint32_t region, const std::vector<bool>& outside) const {
  const std::vector<std::size_t>& members = members_[region - 1];
  Repeat r;
  r.count = first(members[0]);
  r.width = width(members);
  Body body(p_, r);
  const auto operand = [&](std::size_t i, NodeId id) { return body.value(id, reads(i, id) == Reads::slice); };
  for (const std::size_t i : members) {
    p_.each_operand(i, [&](NodeId id) {
      if (of_[index(id)] == region) return;
      if (!done_again(i, id)) return (void)operand(i, id);
      if (!body.has(id)) body.member(index(id), [&](NodeId of) { return operand(index(id), of); });
    });
  }
  for (const std::size_t i : members) {
    body.member(i, [&](NodeId id) { return operand(i, id); });
  }
  for (const std::size_t i : members) {
    if (outside[i]) body.output(static_cast<NodeId>(i));
  }
  r.body = std::make_shared<const Program>(Built{members.size(), body.list()}, Program::Nested{});
  return r;
}

}  // namespace

Regions find_regions(const Listing& p) {
  bool large = false;
  for (std::size_t i = 0; i < p.size() && !large; ++i) large = bytes_of(p.type(i)) >= worthwhile;
  if (!large) return {std::vector<std::uint32_t>(p.size()), {}};
  return Finder(p).find();
}

Value slice_of(const Value& all, std::int64_t k, std::int64_t width) {
  const Storage a = all.storage();
  Shape shape = a.shape();
  const Dims strides = a.strides();
  shape[0] = width;
  return Value(view(a, shape, strides, k * width * strides[0]));
}

}  // namespace wengert::program
