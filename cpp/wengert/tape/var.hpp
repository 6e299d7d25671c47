// A value with, or without, a node of the active recording. Operations on it record themselves where a node is involved.
#pragma once
#include <bit>

#include "wengert/base/thread.hpp"
#include "wengert/tape/recording.hpp"

namespace wengert {

/// Which levels of vmap, of those at work, an array is batched over: bit k is level k, the outermost is 0.
using Lanes = std::uint32_t;

struct Var {
  Value value;
  NodeId node = NodeId::none;
  Lanes lanes = 0;  // one hidden axis in front of the array for each bit, the outermost first

  Var() = default;
  Var(double c) : value(c) {}
  Var(Value v) : value(std::move(v)) {}
  Var(Value v, NodeId id, Lanes in = 0) : value(std::move(v)), node(id), lanes(in) {}

  bool recorded() const { return node != NodeId::none; }
  int hidden() const { return lanes ? std::popcount(lanes) : 0; }
  /// What a program sees: the hidden axes do not count.
  Shape shape() const { return lanes ? shown() : value.shape(); }
  int ndim() const { return value.ndim() - hidden(); }
  std::int64_t size() const { return lanes ? element_count(shown()) : value.size(); }
  Dtype dtype() const { return value.dtype(); }

 private:
  Shape shown() const {
    const Shape all = value.shape();
    return Shape(std::span(all.begin() + hidden(), all.end()));
  }
};

namespace detail {
extern thread_local constinit Recording* active_recording WG_FAST_TLS;
}  // namespace detail

/// The recording that operations of this thread go to, or null.
inline Recording* active() { return detail::active_recording; }

/// Makes a recording the active one for the length of a scope.
class Activation {
 public:
  explicit Activation(Recording* recording);
  Activation(const Activation&) = delete;
  Activation& operator=(const Activation&) = delete;
  ~Activation() { detail::active_recording = before_; }

 private:
  Recording* before_;
};

Var apply(Op op, const Var& a);
Var apply(Op op, const Var& a, const Var& b);
Var call(CallId id, std::span<const Var> in, Attributes at);

/// The node of x in the active recording; a constant's where it has none.
NodeId node_of(const Var& x);

/// A fresh start for derivatives, equal to x: what an inner transform watches. Inside vmap it differs from lane to lane,
/// so that each lane has a derivative of its own, not their sum.
Var watch(const Var& x);

}  // namespace wengert
