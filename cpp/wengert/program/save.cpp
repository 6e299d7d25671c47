#include "wengert/program/save.hpp"

#include <cstring>
#include <unordered_map>

#include "wengert/base/checksum.hpp"
#include "wengert/base/error.hpp"
#include "wengert/program/check.hpp"
#include "wengert/rule/structural/list.hpp"
#include "wengert/rule/table.hpp"

namespace wengert::program {
namespace {

class Bytes {
 public:
  template <class T>
  void number(T x) {
    static_assert(std::is_integral_v<T>);
    raw(&x, sizeof x);
  }
  void count(std::size_t n) { number(static_cast<std::uint64_t>(n)); }
  void text(std::string_view s) {
    count(s.size());
    all += s;
  }
  void raw(const void* data, std::size_t bytes) { all.append(static_cast<const char*>(data), bytes); }
  template <class T>
  void put_at(std::size_t place, T x) {
    std::memcpy(all.data() + place, &x, sizeof x);
  }
  /// Elements in row-major order, those that are repeated along an axis once: its bit says so.
  void array(const Value& v) {
    const Storage a = strided(v, v.dtype());
    Shape shape = a.shape();
    std::uint32_t repeated = 0;
    for (int k = 0; k < shape.count(); ++k) {
      if (shape[k] < 2 || a->strides()[k] != 0) continue;
      repeated |= 1u << k;
      shape[k] = 1;
    }
    const Storage once = contiguous(view(a, shape, a.strides(), 0));
    number(repeated);
    const std::size_t bytes = static_cast<std::size_t>(once->size) * item_size(once->dtype);
    if (bytes >= format::alignment) {
      all.resize((all.size() + format::alignment - 1) / format::alignment * format::alignment);
    }
    raw(once->data, bytes);
  }

  std::string all;
};

class Writer {
 public:
  Writer(const Listing& p, std::size_t recorded) : p_(p) {
    types();
    for (std::size_t i = 0; i < p.size(); ++i) node(i);
    structure_.count(p.outputs.size());
    for (const NodeId id : p.outputs) structure_.number(static_cast<std::uint32_t>(id));
    structure_.count(p.guards.size());
    for (const Guard& g : p.guards) {
      structure_.number(name(format::guards[static_cast<std::size_t>(g.kind)]));
      structure_.number(static_cast<std::uint32_t>(g.node));
    }
    structure_.count(recorded);
    structure_.number(static_cast<std::uint32_t>(p.opaque));
  }

  std::string file(std::string_view notes) {
    Bytes file;
    file.all = format::magic;
    file.all.resize(format::header);
    file.count(names_.size());
    for (const std::string_view s : names_) file.text(s);
    file.all += structure_.all;
    file.text(notes);
    for (const Value* v : arrays_) file.array(*v);
    for (const Guard& g : p_.guards) file.array(g.outcome);
    file.put_at(format::version_at, format_version);
    file.put_at(format::length_at, static_cast<std::uint64_t>(file.all.size()));
    file.put_at(format::checksum_at, checksum_of(std::as_bytes(std::span(file.all))));
    return std::move(file.all);
  }

 private:
  std::uint32_t name(std::string_view s) {
    const auto [at, fresh] = number_of_.emplace(s, static_cast<std::uint32_t>(names_.size()));
    if (fresh) names_.push_back(s);
    return at->second;
  }

  void types() {
    structure_.count(p_.types.size());
    for (const Type& t : p_.types) {
      structure_.number(name(text(t.dtype)));
      structure_.number(static_cast<std::uint32_t>(t.shape.count()));
      for (const std::int64_t n : t.shape) structure_.number(n);
    }
    structure_.count(p_.size());
  }

  void node(std::size_t i) {
    const Node& n = p_.nodes[i];
    if (n.code == code::input) return put(format::input, i, {}, {});
    if (n.code == code::constant) {
      arrays_.push_back(&p_.constants[index(n.a)]);
      return put(format::constant, i, {}, {});
    }
    if (n.code == code::call) {
      const rule::Structural& s = structural::info(p_.call(i).primitive);
      const Attributes at = p_.attributes_of(p_.call(i));
      attributes_.assign(at.begin(), at.end());
      if (!s.names.empty()) attributes_[0] = name(s.names[static_cast<std::size_t>(at[0])]);
      return put(s.name, i, p_.operands_of(p_.call(i)), attributes_);
    }
    const NodeId in[] = {n.a, n.b};
    put(rule::primitive(static_cast<Op>(n.code)).name, i, std::span(in, n.b == NodeId::none ? 1 : 2), {});
  }
  void put(std::string_view what, std::size_t i, std::span<const NodeId> operands, Attributes at) {
    for (const std::size_t n : {std::size_t{name(what)}, std::size_t{p_.nodes[i].type}, operands.size(), at.size()}) {
      structure_.number(static_cast<std::uint32_t>(n));
    }
    structure_.raw(operands.data(), operands.size_bytes());
    structure_.raw(at.data(), at.size_bytes());
  }

  const Listing& p_;
  Bytes structure_;
  std::vector<std::string_view> names_;
  std::unordered_map<std::string_view, std::uint32_t> number_of_;
  std::vector<const Value*> arrays_;
  std::vector<std::int64_t> attributes_;
};

}  // namespace

std::string save(const Listing& p, std::size_t recorded, std::string_view notes) {
  try {
    require_sound(p);
  } catch (const FormatError& e) {
    throw FormatError(std::string("save: ") + e.what());
  }
  return Writer(p, recorded).file(notes);
}

std::uint64_t checksum_of(std::span<const std::byte> file) {
  return checksum(file.subspan(format::header), checksum(file.first(format::checksum_at)));
}

}  // namespace wengert::program
