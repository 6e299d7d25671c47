// Segments one behind another, each with costs of its own, reversed in the least work that so much memory allows.
#pragma once
#include <cstddef>
#include <vector>

namespace wengert::program {

/// Bytes are those beside the state that the segment begins from.
struct Segment {
  double work = 0;          // of running it
  std::size_t kept = 0;     // what it leaves: what its reverse needs, and the state behind it
  std::size_t forward = 0;  // while it runs
  std::size_t entered = 0;  // adjoints that are alive when its reverse begins
  std::size_t reverse = 0;  // the most that is alive of adjoints while it is reversed
};

/// A chain and what its states take.
struct Chain {
  std::vector<Segment> segments;
  /// Bytes of the state before segment `to` that came about from segment `from` on.
  std::vector<std::size_t> fresh;
  std::size_t size() const { return segments.size(); }
  std::size_t& state(std::size_t from, std::size_t to) { return fresh[from * size() + to]; }
  std::size_t state(std::size_t from, std::size_t to) const { return fresh[from * size() + to]; }
};

/// Segments from `first` to the one before `last` are run, or `first` is reversed.
struct ChainStep {
  bool reverse;
  std::size_t first, last;
};

/// All optimal plans of a chain, for memory in so many pieces.
/// cost   : n^3 / 6 rows of as many numbers as there are pieces
/// source : Beaumont, Eyraud-Dubois, Herrmann, Joly & Shilova, Optimal checkpointing for heterogeneous chains (2019)
class ChainPlans {
 public:
  ChainPlans(const Chain& chain, std::size_t piece, std::size_t pieces);

  /// The least number of pieces that a plan can do with; more than there are, where none can.
  std::size_t least() const;
  double work(std::size_t pieces) const { return row(0, n_ - 1)[pieces]; }
  std::vector<ChainStep> steps(std::size_t pieces) const;

 private:
  /// What is done first of reversing segments s to t: s is run and kept, or all before `cut` are run and only what
  /// segment `cut` begins from is kept.
  struct Choice {
    std::size_t cut;  // s: kept
    std::size_t left, need;
    double work;
  };
  float* row(std::size_t s, std::size_t t) { return &best_[(s * n_ + t) * (pieces_ + 1)]; }
  const float* row(std::size_t s, std::size_t t) const { return &best_[(s * n_ + t) * (pieces_ + 1)]; }
  std::size_t in_pieces(std::size_t bytes) const { return (bytes + piece_ - 1) / piece_; }
  Choice choice(std::size_t s, std::size_t t, std::size_t cut) const;
  void solve(std::size_t s, std::size_t t);
  void add(std::vector<ChainStep>& steps, std::size_t s, std::size_t t, std::size_t pieces) const;

  const Chain& chain_;
  std::size_t n_, piece_, pieces_;
  std::vector<float> best_;
  std::vector<double> before_;  // work of all segments before each
};

}  // namespace wengert::program
