// Worker threads for pieces of one computation. What is computed never depends on how many there are.
#pragma once
#include <cstdint>

namespace wengert::threads {

/// How many threads work on one computation, the caller among them. To begin with: WENGERT_THREADS, else as many as there
/// are processors for this process.
int count();
void set_count(int n);

/// Calls work(context, part, parts) for each part in 0 ... parts - 1, on as many threads; part 0 on this one. Where the
/// workers are busy with another thread's computation, all parts run here. `work` must not throw.
using Work = void (*)(void* context, int part, int parts);
void run(int parts, Work work, void* context);

template <class F>
void each_part(int parts, F&& f) {
  run(
      parts, [](void* context, int part, int of) { (*static_cast<F*>(context))(part, of); }, &f);
}

}  // namespace wengert::threads
