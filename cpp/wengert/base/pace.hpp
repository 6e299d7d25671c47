// When to look up from work that takes long, and does not want to ask the clock each time.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>

namespace wengert {

/// Are 20 ms over? For steps that take long or short: it asks the clock each time, some 20 ns.
class Watch {
 public:
  bool look() {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < std::chrono::milliseconds(20)) return false;
    last_ = now;
    return true;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// The same for steps that all take about as long: it asks the clock as often as there is something to be told.
class Pace {
 public:
  bool look() {
    ++count_;
    if (--until_ > 0) return false;
    using namespace std::chrono;
    const auto now = steady_clock::now();
    const double took = duration<double>(now - last_).count() / static_cast<double>(count_);
    last_ = now;
    count_ = 0;
    until_ = std::clamp<std::int64_t>(static_cast<std::int64_t>(0.02 / std::max(took, 1e-9)), 1, 1 << 16);
    return true;
  }

 private:
  std::int64_t until_ = 1, count_ = 0;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace wengert
