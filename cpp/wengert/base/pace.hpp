// When to look up from work that takes long, and does not want to ask the clock each time.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>

namespace wengert {

/// Tells when it is time to look up: every 20 ms, whatever a step takes, or every so many steps, where these differ.
class Pace {
 public:
  explicit Pace(std::int64_t most = 1 << 16) : most_(most) {}
  bool look() {
    ++count_;
    if (--until_ > 0) return false;
    using namespace std::chrono;
    const auto now = steady_clock::now();
    const double took = duration<double>(now - last_).count() / static_cast<double>(count_);
    last_ = now;
    count_ = 0;
    until_ = std::clamp<std::int64_t>(static_cast<std::int64_t>(0.02 / std::max(took, 1e-9)), 1, most_);
    return true;
  }

 private:
  std::int64_t most_, until_ = 1, count_ = 0;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace wengert
