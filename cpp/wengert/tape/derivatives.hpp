// One derivative a node of a range, while a sweep runs: 8 bytes each, zero until something arrives.
#pragma once
#include "wengert/base/pool.hpp"
#include "wengert/tape/recording.hpp"
#include "wengert/tape/var.hpp"

namespace wengert {

/// Derivatives as plain values.
class Derivatives {
 public:
  Derivatives(const Recording& r, std::size_t first, std::size_t count);
  Derivatives(const Derivatives&) = delete;
  Derivatives& operator=(const Derivatives&) = delete;
  ~Derivatives();

  bool covers(NodeId id) const { return index(id) - first_ < count_; }
  double& number(std::size_t i) { return slots_[i - first_].number; }
  Slot* numbers() { return slots_; }
  Block*& block(std::size_t i) { return slots_[i - first_].block; }
  bool present(std::size_t i) const {
    return r_.is_array(i) ? slots_[i - first_].block != nullptr : slots_[i - first_].number != 0;
  }
  /// The derivative of node i: of its shape and type, zeros where nothing arrived.
  Value get(std::size_t i) const;
  /// The same, and the slot is empty afterwards; null where nothing arrived.
  Storage take(std::size_t i);
  void set(std::size_t i, const Value& v);
  /// Adds a derivative of the node's shape.
  void add(std::size_t i, Value v);
  /// The array of node i, row-major and writable in place; zeros are made where nothing arrived.
  Storage writable(std::size_t i);

 private:
  const Recording& r_;
  std::size_t first_, count_, bytes_;
  Slot* slots_;
};

/// y += x, in place where nobody else sees y.
void accumulate(Storage& y, const Storage& x);

/// A node's value as the formulas of a sweep see it: with its node where the sweep records.
inline Var seen(const Recording& r, NodeId id, bool with_node) {
  return {r.value(index(id)), with_node ? id : NodeId::none};
}

}  // namespace wengert
