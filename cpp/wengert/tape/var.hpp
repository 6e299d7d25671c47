// A value with, or without, a node of the active recording. Operations on it record themselves where a node is involved.
#pragma once
#include "wengert/base/thread.hpp"
#include "wengert/tape/recording.hpp"

namespace wengert {

struct Var {
  Value value;
  NodeId node = NodeId::none;

  Var() = default;
  Var(double c) : value(c) {}
  Var(Value v) : value(std::move(v)) {}
  Var(Value v, NodeId id) : value(std::move(v)), node(id) {}

  bool recorded() const { return node != NodeId::none; }
  Shape shape() const { return value.shape(); }
  int ndim() const { return value.ndim(); }
  std::int64_t size() const { return value.size(); }
  Dtype dtype() const { return value.dtype(); }
};

namespace detail {
extern thread_local constinit Recording* active_recording WG_FAST_TLS;
}  // namespace detail

/// The recording that operations of this thread go to, or null.
inline Recording* active() { return detail::active_recording; }

/// Makes a recording the active one for the length of a scope.
class Activation {
 public:
  explicit Activation(Recording* recording) : before_(std::exchange(detail::active_recording, recording)) {}
  Activation(const Activation&) = delete;
  Activation& operator=(const Activation&) = delete;
  ~Activation() { detail::active_recording = before_; }

 private:
  Recording* before_;
};

Var apply(Op op, const Var& a);
Var apply(Op op, const Var& a, const Var& b);
Var call(CallId id, std::span<const Var> in, Attributes at);

/// A fresh start for derivatives, equal to x: what an inner transform watches.
Var watch(const Var& x);

}  // namespace wengert
