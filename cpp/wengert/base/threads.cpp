#include "wengert/base/threads.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#endif

namespace wengert::threads {
namespace {

constexpr int most = 256;

int processors() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  return static_cast<int>(std::thread::hardware_concurrency());
}

int first_count() {
  const char* asked = std::getenv("WENGERT_THREADS");
  const int n = asked ? std::atoi(asked) : 0;
  return std::clamp(n > 0 ? n : processors(), 1, most);
}

std::atomic<int>& threads() {
  static std::atomic<int> n = first_count();
  return n;
}

/// Threads that wait for work, of one caller at a time.
class Pool {
 public:
  void run(int parts, Work work, void* context) {
    const std::unique_lock<std::mutex> mine(callers_, std::try_to_lock);
    if (!mine || !grow(parts - 1)) return alone(parts, work, context);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      work_ = work, context_ = context, parts_ = parts, left_ = parts - 1;
      ++round_;
    }
    wake_.notify_all();
    work(context, 0, parts);
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [this] { return left_ == 0; });
  }
  static void alone(int parts, Work work, void* context) {
    for (int part = 0; part < parts; ++part) work(context, part, parts);
  }

 private:
  /// No thread to be had is no error: the caller does the work.
  bool grow(int workers) {
    try {
      for (; workers_ < workers; ++workers_) std::thread(&Pool::serve, this, workers_ + 1, round_).detach();
    } catch (const std::system_error&) {
      return false;
    }
    return true;
  }

  void serve(int part, std::uint64_t seen) {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return round_ != seen; });
      seen = round_;
      if (part >= parts_) continue;
      lock.unlock();
      work_(context_, part, parts_);
      lock.lock();
      if (--left_ == 0) done_.notify_one();
    }
  }

  std::mutex callers_, mutex_;
  std::condition_variable wake_, done_;
  int workers_ = 0, parts_ = 0, left_ = 0;
  std::uint64_t round_ = 0;
  Work work_ = nullptr;
  void* context_ = nullptr;
};

/// Never destroyed: its threads wait until the process ends. A child of fork has none of them and begins anew.
Pool*& pool() {
  static Pool* the = [] {
#if defined(__linux__)
    pthread_atfork(nullptr, nullptr, [] { pool() = new Pool; });
#endif
    return new Pool;
  }();
  return the;
}

}  // namespace

int count() { return threads(); }
void set_count(int n) { threads() = std::clamp(n, 1, most); }

void run(int parts, Work work, void* context) {
  if (parts <= 1) return Pool::alone(parts, work, context);
  pool()->run(parts, work, context);
}

}  // namespace wengert::threads
