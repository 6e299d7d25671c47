// Writes to recorded arrays where they lie. A loop that fills an array element by element would copy it each time else, and
// the tape would keep every copy.
#pragma once
#include <optional>

#include "wengert/tape/var.hpp"

namespace wengert {

/// x with v written into a slice of it, in x's own memory; nothing where somebody may still look at what x was. The caller
/// has x, and lets go of it; its node has so many handles.
std::optional<Var> written_over(const Var& x, const Var& v, Attributes slice, int handles);
/// Was x made by a write?
bool is_written(const Var& x);

}  // namespace wengert
