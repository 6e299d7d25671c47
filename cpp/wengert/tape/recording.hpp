// The tape: one contiguous list of operations, each with its value, in the order they ran (R. E. Wengert, 1964).
#pragma once
#include <bit>
#include <cassert>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "wengert/base/stretch.hpp"
#include "wengert/base/value.hpp"
#include "wengert/rule/call.hpp"
#include "wengert/rule/rules.hpp"

namespace wengert {

/// Position of a node in its recording.
enum class NodeId : std::uint32_t { none = 0xffffffffu };
constexpr std::size_t index(NodeId id) { return static_cast<std::size_t>(id); }

/// A line of the program that records, as a number that a debugger gave to it.
enum class Place : std::uint32_t { unknown = 0 };
/// Tells the line that is at work.
using Witness = Place (*)();
namespace detail {
/// The line of the node that a sweep is at.
inline thread_local constinit Place place_of_sweep = Place::unknown;
}  // namespace detail

/// What a node does: an elementwise primitive, or one of these. The top bit says that its value is an array.
namespace code {
inline constexpr std::uint16_t elementwise_end = static_cast<std::uint16_t>(Op::count);
inline constexpr std::uint16_t input = elementwise_end, constant = input + 1, call = input + 2, custom = input + 3;
inline constexpr std::uint16_t array = 0x8000;
constexpr std::uint16_t plain(std::uint16_t c) { return c & 0x7fffu; }
}  // namespace code

/// A structural primitive in use; its operands and attributes lie in the recording's lists from these places on.
struct Call {
  CallId primitive;
  std::uint16_t attributes;
  std::uint32_t operands;
  std::size_t first_attribute, first_operand;
};

class Custom;
/// A function with rules of its own in use.
struct CustomCall {
  std::shared_ptr<const Custom> rule;
  std::vector<NodeId> operands;
  NodeId value = NodeId::none;  // in a recording of everything: how it came about, without a derivative
};

/// What a recorded value told the program that records it.
struct Guard {
  enum class Kind : std::uint8_t {
    truth,    // of one element: a branch
    integer,  // one number without its fraction
    values    // all elements
  } kind;
  NodeId node;
  Value outcome;
};

/// A name that the program gave to a value, for policies of checkpoints.
struct Mark {
  NodeId node;
  std::string name;
};

/// A float64, or a counted array: 8 bytes.
union Slot {
  double number;
  Block* block;
};

/// A number that no recording, transform or level of vmap had before; never 0.
std::uint32_t next_serial();

class Recording {
 public:
  static constexpr std::size_t most_nodes = std::size_t{1} << 31;
  static constexpr std::size_t node_bytes = sizeof(std::uint16_t) + 2 * sizeof(NodeId) + sizeof(Slot) + 1;

  Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  ~Recording() { clear(); }

  std::size_t size() const { return size_; }
  /// Transforms at work on this recording, the innermost last; 0 is none. A number is never used again.
  std::uint32_t scope() const { return scope_; }
  bool has_scope(std::uint32_t id) const;
  std::uint32_t enter_scope();
  void leave_scope(std::uint32_t id);

  /// Differs from one use of this memory to the next; 0 is nobody's.
  std::uint32_t serial() const { return serial_; }
  /// The same, but 0 while a fresh start is due: what holds a node's number has to come by the slow way then.
  std::uint32_t passing() const { return passing_; }

  NodeId push(Op op, NodeId a, NodeId b, double value) {
    return append(static_cast<std::uint16_t>(op), a, b, Slot{.number = value});
  }
  NodeId push(Op op, NodeId a, NodeId b, const Value& value) {
    return append_value(static_cast<std::uint16_t>(op), a, b, value);
  }
  /// A fresh start for derivatives; `from` is what it equals, so that outer derivatives pass through.
  NodeId push_input(NodeId from, const Value& value) { return append_value(code::input, from, NodeId::none, value); }
  NodeId push_call(CallId primitive, std::span<const NodeId> operands, Attributes attributes, const Value& value);
  NodeId push_custom(CustomCall c, const Value& value);
  /// What is known of an array that was written to where it lies (see writes.hpp): what stands for it as it was before, how
  /// many nodes look at parts of it, and between which elements.
  struct Written {
    Storage before;
    std::int64_t from = 0, to = 0;
    std::uint32_t looks = 0;
  };
  Written written(NodeId id) const {
    const auto found = written_.find(id);
    return found == written_.end() ? Written() : found->second;
  }
  /// The array of the first operand's node becomes this one's.
  NodeId push_write(CallId primitive, std::span<const NodeId> operands, Attributes attributes, const Value& value,
                    const Written& w);
  /// The node of a constant; one that was seen lately is used again.
  NodeId constant(const Value& value);

  std::uint16_t code_of(std::size_t i) const { return code::plain(code_[i]); }
  bool is_array(std::size_t i) const { return (code_[i] & code::array) != 0; }
  bool is_constant(std::size_t i) const { return code_of(i) == code::constant; }
  NodeId a(std::size_t i) const { return a_[i]; }
  NodeId b(std::size_t i) const { return b_[i]; }
  double number(std::size_t i) const { return value_[i].number; }
  /// The array of node i; only where is_array(i).
  const Block* block(std::size_t i) const { return value_[i].block; }
  Value value(std::size_t i) const {
    if (!is_array(i)) return Value::number(value_[i].number);
    Storage::retain(value_[i].block);
    return Value(Storage(value_[i].block));
  }
  Dtype dtype(std::size_t i) const { return is_array(i) ? value_[i].block->dtype : Dtype::float64; }
  /// The lists themselves, for loops over scalar nodes.
  const std::uint16_t* codes() const { return code_.data(); }
  const NodeId* left() const { return a_.data(); }
  const NodeId* right() const { return b_.data(); }
  const Slot* slots() const { return value_.data(); }
  /// Does any node hold an array?
  bool has_arrays() const { return arrays_ != 0; }
  const Call& call(std::size_t i) const { return calls_[index(a_[i])]; }
  const CustomCall& custom(std::size_t i) const { return customs_[index(a_[i])]; }
  std::span<const NodeId> operands(const Call& c) const { return {operands_.data() + c.first_operand, c.operands}; }
  Attributes attributes(const Call& c) const { return {attributes_.data() + c.first_attribute, c.attributes}; }

  /// Calls f(id) for each node that node i was computed from.
  template <class F>
  void each_operand(std::size_t i, F&& f) const {
    const std::uint16_t c = code_of(i);
    if (c == code::call) {
      for (const NodeId id : operands(call(i))) f(id);
    } else if (c == code::custom) {
      for (const NodeId id : custom(i).operands) f(id);
    } else if (c != code::constant) {
      for (const NodeId id : {a(i), b(i)}) {
        if (id != NodeId::none) f(id);
      }
    }
  }
  /// Does a node depend on anything but constants and these inputs (ascending), of a range that begins at `first`?
  bool depends_beyond(NodeId id, std::size_t first, std::span<const NodeId> inputs) const;

  /// A handle to a node came to life, or went; a node may have several. When the topmost node with a handle has none any
  /// more, what only it needed goes too. A count that reaches its end stays there: the node lives as long as the recording.
  void mark_live(NodeId id) {
    const std::size_t i = index(id);
    if (handles_[i] != most_handles) ++handles_[i];
    if (i >= live_end_) live_end_ = i + 1;
  }
  void mark_dead(NodeId id) {
    const std::size_t i = index(id);
    if (handles_[i] != most_handles) --handles_[i];
    if (i + 1 == live_end_ && handles_[i] == 0) drop_dead_top();
  }
  std::uint8_t handles(NodeId id) const { return handles_[index(id)]; }
  /// What is recorded so far stays until the recording starts afresh: somebody without a handle needs it.
  void pin() {
    if (!size_) return;
    pins_.push_back(static_cast<NodeId>(size_ - 1));
    mark_live(pins_.back());
  }

  // Starting afresh: see fresh_start.hpp.
  /// Calls `start` at the next occasion after `nodes` more nodes, or `bytes` more of arrays.
  void start_afresh_after(std::size_t nodes, std::size_t bytes, std::function<void()> start);
  void never_start_afresh();
  /// Is one forward sweep all that will be asked for?
  bool only_forward() const { return start_ != nullptr; }
  /// At a moment when nobody but handles holds on to nodes.
  void on_occasion() {
    if (passing_ == 0) [[unlikely]]
      occasion();
  }
  /// Transforms that look at this recording, now or later.
  int holders = 0;
  struct Kept {
    NodeId node;
    Value value;
    std::uint8_t handles;
  };
  /// The nodes that have handles, of a range.
  std::vector<Kept> with_handles(std::size_t first) const;
  /// Forgets the nodes from `first` on; those kept come back as inputs, in their order, under a new serial.
  void start_afresh(std::size_t first, std::span<const Kept> kept);
  /// Where a node of an earlier serial is now, `none` where it is not; each handle may ask once.
  NodeId moved(std::uint32_t serial, NodeId node);
  bool moves() const { return !moved_.empty(); }
  /// While a debugger looks on (see debugger.hpp) every node goes on the list by the slow way, so that the quick one knows
  /// nothing of it.
  void watch(bool on) { limit_ = on || witness_ ? 0 : std::min(room_, fresh_at_); }
  /// The line of the program that recorded node i, where a debugger looked on or lines are noted.
  Place place(std::size_t i) const { return i < places_.size() ? places_[i] : Place::unknown; }
  /// For a program that is to run again: everything is recorded, truth values and integers too, and what the program that
  /// records is told is noted; so are its lines, which the witness tells.
  void record_all(Witness witness = nullptr) {
    all_ = true;
    witness_ = witness;
    if (witness) watch(true);
  }
  bool notes_lines() const { return witness_; }
  bool records_all() const { return all_; }
  void guard(Guard g);
  /// Is a node computed from arrays that a transform watches, by a way that does not stop their derivative?
  bool reaches_watched(NodeId id) const;
  /// How many nodes at the beginning are what the program is given.
  std::size_t given = 0;
  const std::vector<Guard>& guards() const { return guards_; }
  /// Only a recording of everything remembers names; nodes that have one stay.
  void mark(NodeId node, std::string name);
  const std::vector<Mark>& marks() const { return marks_; }
  /// Nothing more will be recorded: gives the address space behind the last node back.
  void trim();
  bool trimmed() const { return room_ == size_; }
  /// Was there address space for (nearly) all that a recording may hold?
  bool reserved_in_full() const { return room_ > most_nodes / 2; }
  /// Left behind by a scope that ended on another thread: whoever finds it active lets go of it.
  bool abandoned = false;
  /// Forgets everything, keeps the memory, takes a new serial.
  void clear();
  /// Bytes of structure, values and handle counts in use, arrays not counted.
  std::size_t bytes() const;

 private:
  NodeId append(std::uint16_t c, NodeId a, NodeId b, Slot value) {
    const std::size_t i = size_;
    if (i >= limit_) [[unlikely]]
      beyond(c, a, b, value);
    code_[i] = c;
    a_[i] = a;
    b_[i] = b;
    value_[i] = value;
    size_ = i + 1;
    return static_cast<NodeId>(i);
  }
  NodeId append_value(std::uint16_t c, NodeId a, NodeId b, const Value& value) {
    if (!value.is_array()) return append(c, a, b, Slot{.number = value.as_double()});
    const NodeId id = append(c | code::array, a, b, Slot{.block = value.block()});
    Storage::retain(value.block());
    ++arrays_;
    array_bytes_ += static_cast<std::size_t>(value.block()->size) * item_size(value.block()->dtype);
    if (array_bytes_ >= fresh_bytes_) [[unlikely]]
      passing_ = 0;
    return id;
  }
  explicit Recording(std::size_t most);
  void beyond(std::uint16_t c, NodeId a, NodeId b, Slot value);
  void occasion();
  void drop_dead_top();
  void truncate(std::size_t size);

  Stretch<std::uint16_t> code_;
  Stretch<NodeId> a_, b_;
  Stretch<Slot> value_;
  static constexpr std::uint8_t most_handles = 255;
  Stretch<std::uint8_t> handles_;
  std::size_t size_ = 0, room_ = 0;
  std::size_t limit_ = 0;     // the room, but 0 where somebody watches
  std::size_t arrays_ = 0;    // nodes that hold one
  std::size_t live_end_ = 0;  // no node at or above it has a handle
  std::vector<Call> calls_;
  std::vector<CustomCall> customs_;
  std::vector<NodeId> operands_;
  std::vector<std::int64_t> attributes_;
  static constexpr std::size_t seen_count = 64;
  NodeId seen_[seen_count];  // where constants were put lately, by a hash of their bits
  std::uint32_t serial_, passing_ = serial_, scope_ = 0;
  static constexpr std::size_t never = ~std::size_t{0};
  std::size_t fresh_at_ = never, array_bytes_ = 0, fresh_bytes_ = never;
  std::function<void()> start_;
  struct Moved {
    NodeId now;
    std::uint32_t handles;  // that have not asked yet
  };
  std::map<std::pair<std::uint32_t, NodeId>, Moved> moved_;
  std::vector<NodeId> pins_;
  std::unordered_map<NodeId, Written> written_;
  std::vector<std::uint32_t> scopes_;
  std::vector<Place> places_;
  Witness witness_ = nullptr;
  std::vector<Guard> guards_;
  std::vector<Mark> marks_;
  bool all_ = false;
};

}  // namespace wengert
