// Arrays that a loop filled piece by piece: all pieces are written at once.
#pragma once
#include "wengert/program/listing.hpp"

namespace wengert::program {

/// The same listing, in which a chain of writes to one array, between which nobody looks at it, is one operation.
Listing filled_at_once(Listing p);

}  // namespace wengert::program
