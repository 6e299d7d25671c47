// From bytes to a listing. Nothing is believed: each number is looked at before it is used, and the listing that results is
// judged as a whole.
#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <unordered_map>

#include "wengert/base/error.hpp"
#include "wengert/program/check.hpp"
#include "wengert/program/save.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/table.hpp"

namespace wengert::program {
namespace {

[[noreturn]] void refuse(const std::string& what) { throw FormatError(what); }

/// What is left of the file.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> file, std::size_t at) : file_(file), at_(at) {}

  std::span<const std::byte> take(std::size_t bytes) {
    if (bytes > file_.size() - at_) refuse("truncated: the file ends before what it tells of");
    at_ += bytes;
    return file_.subspan(at_ - bytes, bytes);
  }
  template <class T>
  T number() {
    T x;
    std::memcpy(&x, take(sizeof x).data(), sizeof x);
    return x;
  }
  /// A number of things that take so many bytes each, at least: no more than there is room for.
  std::size_t count(std::size_t bytes_each) {
    const auto n = number<std::uint64_t>();
    if (n > (file_.size() - at_) / bytes_each) refuse("truncated: it tells of " + std::to_string(n) + " things more");
    return static_cast<std::size_t>(n);
  }
  std::string_view text() {
    const std::span<const std::byte> s = take(count(1));
    return {reinterpret_cast<const char*>(s.data()), s.size()};
  }
  void align() {
    const std::size_t rest = at_ % format::alignment;
    if (rest) take(format::alignment - rest);
  }
  bool at_end() const { return at_ == file_.size(); }

 private:
  std::span<const std::byte> file_;
  std::size_t at_;
};

/// What the name of a node stands for.
struct Operation {
  std::uint16_t code;
  CallId primitive{};
};
const std::unordered_map<std::string_view, Operation>& operations() {
  static const auto all = [] {
    std::unordered_map<std::string_view, Operation> map{{format::input, {code::input}},
                                                        {format::constant, {code::constant}}};
    for (const rule::Primitive& p : rule::table()) map[p.name] = {static_cast<std::uint16_t>(p.op)};
    for (std::uint16_t k = 0; k < structural::count; ++k) {
      map[structural::info(static_cast<CallId>(k)).name] = {code::call, static_cast<CallId>(k)};
    }
    return map;
  }();
  return all;
}

class Loader {
 public:
  Loader(std::span<const std::byte> file) : r_(file, format::header) {}

  Saved all() {
    names_.resize(r_.count(sizeof(std::uint64_t)));
    for (Name& n : names_) n.text = r_.text();
    types();
    nodes();
    outputs();
    guards();
    Saved saved;
    saved.built.recorded = static_cast<std::size_t>(r_.number<std::uint64_t>());
    p_.opaque = flag();
    saved.notes = r_.text();
    for (const std::size_t i : constants_) p_.constants.push_back(array(p_.type(i)));
    outcomes();
    if (!r_.at_end()) refuse("length: there is more in the file than it tells of");
    require_sound(p_);
    saved.built.listing = std::move(p_);
    return saved;
  }

 private:
  struct Name {
    std::string_view text;
    std::optional<Operation> operation;  // once it was looked up
  };
  Name& name() {
    const auto k = r_.number<std::uint32_t>();
    if (k >= names_.size()) refuse("names: there is none of number " + std::to_string(k));
    return names_[k];
  }
  bool flag() {
    const auto x = r_.number<std::uint32_t>();
    if (x > 1) refuse("flag: neither yes nor no: given " + std::to_string(x));
    return x != 0;
  }
  [[noreturn]] static void unknown(std::string_view what, std::string_view name) {
    std::string shown(name.substr(0, 64));  // it may be anything
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    refuse(std::string(what) + ": unknown: '" + shown + "' is not known to this version of wengert");
  }
  template <class List>
  static std::size_t place(std::string_view what, std::string_view name, const List& list) {
    const auto found = std::find(std::begin(list), std::end(list), name);
    if (found == std::end(list)) unknown(what, name);
    return static_cast<std::size_t>(found - std::begin(list));
  }
  Operation operation() {
    Name& n = name();
    if (!n.operation) {
      const auto found = operations().find(n.text);
      if (found == operations().end()) unknown("primitive", n.text);
      n.operation = found->second;
    }
    return *n.operation;
  }

  void types() {
    const auto names = structural::info(structural::id<structural::astype>).names;
    p_.types.resize(r_.count(2 * sizeof(std::uint32_t)));
    for (Type& t : p_.types) {
      t.dtype = static_cast<Dtype>(place("element type", name().text, names));
      const auto ndim = r_.number<std::uint32_t>();
      if (ndim > Dims::capacity) refuse("shape: " + std::to_string(ndim) + " dimensions");
      for (std::uint32_t k = 0; k < ndim; ++k) t.shape.push_back(r_.number<std::int64_t>());
      require_countable(t.shape);
    }
  }

  void nodes() {
    const std::size_t n = r_.count(4 * sizeof(std::uint32_t));
    if (n > Recording::most_nodes) refuse("nodes: too many: " + std::to_string(n));
    p_.nodes.reserve(n);
    for (std::size_t i = 0; i < n; ++i) node();
  }
  void node() {
    const Operation op = operation();
    const auto type = r_.number<std::uint32_t>(), operands = r_.number<std::uint32_t>(),
               attributes = r_.number<std::uint32_t>();
    if (type >= p_.types.size()) refuse("type: there is none of number " + std::to_string(type));
    const std::span in = r_.take(operands * sizeof(NodeId)), at = r_.take(attributes * sizeof(std::int64_t));
    Node node{op.code, NodeId::none, NodeId::none, type};
    if (op.code == code::call) {
      node.a = call(op.primitive, in, at);
    } else {
      const std::uint32_t most = op.code < code::elementwise_end ? 2 : 0;
      if (attributes || operands > most || (most && !operands))
        refuse("node: another number of operands or attributes");
      if (operands > 0) std::memcpy(&node.a, in.data(), sizeof node.a);
      if (operands > 1) std::memcpy(&node.b, in.data() + sizeof node.a, sizeof node.b);
    }
    if (op.code == code::input) {
      node.a = static_cast<NodeId>(p_.inputs.size());
      p_.inputs.push_back(p_.types[type]);
    }
    if (op.code == code::constant) {
      node.a = static_cast<NodeId>(constants_.size());
      constants_.push_back(p_.nodes.size());
    }
    p_.nodes.push_back(node);
  }
  NodeId call(CallId primitive, std::span<const std::byte> in, std::span<const std::byte> at) {
    const std::size_t operands = in.size() / sizeof(NodeId), attributes = at.size() / sizeof(std::int64_t);
    if (attributes > std::numeric_limits<std::uint16_t>::max()) refuse("node: too many attributes");
    p_.calls.push_back({primitive, static_cast<std::uint16_t>(attributes), static_cast<std::uint32_t>(operands),
                        p_.attributes.size(), p_.operands.size()});
    append(p_.operands, in);
    append(p_.attributes, at);
    const std::span<const std::string_view> names = structural::info(primitive).names;
    if (!names.empty() && attributes) {
      std::int64_t& first = p_.attributes[p_.attributes.size() - attributes];
      if (first < 0 || static_cast<std::uint64_t>(first) >= names_.size())
        refuse("names: there is none of this number");
      first = static_cast<std::int64_t>(place("attribute", names_[static_cast<std::size_t>(first)].text, names));
    }
    return static_cast<NodeId>(p_.calls.size() - 1);
  }
  template <class T>
  static void append(std::vector<T>& list, std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    list.resize(list.size() + bytes.size() / sizeof(T));
    std::memcpy(list.data() + list.size() - bytes.size() / sizeof(T), bytes.data(), bytes.size());
  }

  NodeId node_number() {
    const auto id = r_.number<NodeId>();
    if (index(id) >= p_.size()) refuse("nodes: there is none of number " + std::to_string(index(id)));
    return id;
  }
  void outputs() {
    p_.outputs.resize(r_.count(sizeof(NodeId)));
    for (NodeId& id : p_.outputs) id = node_number();
  }
  void guards() {
    p_.guards.resize(r_.count(2 * sizeof(std::uint32_t)));
    for (Guard& g : p_.guards) {
      g.kind = static_cast<Guard::Kind>(place("guard", name().text, format::guards));
      g.node = node_number();
    }
  }
  void outcomes() {
    for (Guard& g : p_.guards) {
      const bool all = g.kind == Guard::Kind::values;
      g.outcome = array(all ? p_.type(index(g.node)) : Type{Dtype::float64, {}});
    }
  }

  Value array(const Type& t) {
    const auto repeated = r_.number<std::uint32_t>();
    Shape shape = t.shape;
    for (int k = 0; k < Dims::capacity; ++k) {
      if (!(repeated >> k & 1)) continue;
      if (k >= shape.count()) refuse("array: repeated along an axis that it does not have");
      shape[k] = std::min<std::int64_t>(shape[k], 1);
    }
    const std::size_t bytes = static_cast<std::size_t>(element_count(shape)) * item_size(t.dtype);
    if (bytes >= format::alignment) r_.align();
    const std::span<const std::byte> data = r_.take(bytes);  // before any memory is asked for
    Storage a = allocate(t.dtype, shape);
    if (bytes) std::memcpy(a->data, data.data(), bytes);
    if (t.dtype == Dtype::boolean) require_truths(data);
    if (!repeated) return settle(std::move(a));
    Dims strides = a.strides();
    for (int k = 0; k < strides.count(); ++k) strides[k] = repeated >> k & 1 ? 0 : strides[k];
    return Value(view(a, t.shape, strides, 0));
  }
  static void require_truths(std::span<const std::byte> data) {
    for (const std::byte b : data) {
      if (b > std::byte{1}) refuse("array: neither true nor false: " + std::to_string(std::to_integer<int>(b)));
    }
  }

  Reader r_;
  Listing p_;
  std::vector<Name> names_;
  std::vector<std::size_t> constants_;  // their nodes
};

std::uint64_t header_number(std::span<const std::byte> file, std::size_t at) {
  std::uint64_t x;
  std::memcpy(&x, file.data() + at, sizeof x);
  return x;
}

void require_header(std::span<const std::byte> file, Checksum checksum) {
  const std::size_t given = std::min(file.size(), format::magic.size());
  if (std::memcmp(file.data(), format::magic.data(), given) != 0) refuse("no saved program: it begins otherwise");
  if (file.size() < format::header) refuse("truncated: " + std::to_string(file.size()) + " bytes are no program");
  const std::uint64_t version = header_number(file, format::version_at);
  if (version > format_version || version == 0) {
    refuse("version " + std::to_string(version) + ": this version of wengert reads up to version " +
           std::to_string(format_version));
  }
  const std::uint64_t length = header_number(file, format::length_at);
  if (checksum == Checksum::ignored) return;
  if (length != file.size()) {
    refuse("truncated, or too long: " + std::to_string(file.size()) + " bytes, which were " + std::to_string(length));
  }
  if (header_number(file, format::checksum_at) != checksum_of(file)) refuse("checksum: the file was altered");
}

}  // namespace

Saved load(std::span<const std::byte> file, Checksum checksum) {
  try {
    require_header(file, checksum);
    return Loader(file).all();
  } catch (const FormatError& e) {
    throw FormatError(std::string("load: ") + e.what());
  }
}

}  // namespace wengert::program
