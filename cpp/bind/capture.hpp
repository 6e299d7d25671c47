// What a function that runs apart from the tape takes from outside of it: arrays that it closes over.
#pragma once
#include <map>

#include "array.hpp"

namespace wengert::bind {

/// While one is in force, recorded arrays of other recordings and transforms are seen through it.
struct Capture {
  /// Serial of a recording and a node in it, or, of an array that differs from lane to lane, its memory; and along which
  /// levels it differs: one array may be a whole and a lane of itself.
  using Key = std::tuple<std::uint32_t, NodeId, const Block*, Lanes>;

  Recording* recording = nullptr;  // the active one inside
  Recording* outside = nullptr;
  Capture* before = nullptr;
  bool open = true;          // an array not met before is let in, and remembered
  std::uint64_t births = 0;  // of batched arrays, before it began: what came later was made inside
  std::map<Key, Var> inside;
  std::vector<Key> keys;   // of those let in, in the order they came
  std::vector<Var> outer;  // what they are outside
};
extern thread_local constinit Capture* capture;

/// a as it is seen inside, or null where no capture concerns it; throws TapeError where it is out of reach outside too.
const Var* captured(ArrayObject* a);
/// Refuses to write from inside into an array of outside.
void refuse_captured(const ArrayObject* a);

}  // namespace wengert::bind
