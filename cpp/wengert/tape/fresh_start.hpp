// Forward mode in the memory of the values that are alive: now and then the tangents of these are computed, and the recording
// starts afresh from them.
#pragma once
#include "wengert/tape/sweep.hpp"

namespace wengert {

/// A recording whose nodes from `first` on are wanted for one forward sweep only, seeded at inputs.
class FreshStarts {
 public:
  FreshStarts(Recording& r, NodeId first, std::vector<Seed> seeds);
  FreshStarts(const FreshStarts&) = delete;
  FreshStarts& operator=(const FreshStarts&) = delete;
  ~FreshStarts() { r_.never_start_afresh(); }

  /// What a forward sweep over the recording as it is now starts from.
  const std::vector<Seed>& seeds() const { return seeds_; }

 private:
  void arm(std::size_t alive);
  void start();

  Recording& r_;
  NodeId first_;
  std::vector<Seed> seeds_;
  bool busy_ = false;
};

/// While one is alive on this thread, somebody holds numbers of nodes: no recording may start afresh.
class Uninterrupted {
 public:
  Uninterrupted() { ++depth(); }
  Uninterrupted(const Uninterrupted&) = delete;
  Uninterrupted& operator=(const Uninterrupted&) = delete;
  ~Uninterrupted() { --depth(); }
  static int& depth();
};

}  // namespace wengert
