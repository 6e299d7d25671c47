// Is a listing one that can be run, whatever its inputs hold?
#pragma once
#include "wengert/program/listing.hpp"

namespace wengert::program {

/// Throws FormatError, which names the node, unless: operands stand before what is made of them, every primitive has a
/// meaning for its operands and attributes, each node has the type that follows, and constants, inputs, outputs and guards
/// fit their nodes. In linear time, and nothing is run.
void require_sound(const Listing& p);
/// A shape that memory could be asked for: its sizes, those that are zero left out, have a product that can be counted.
void require_countable(const Shape& shape);

}  // namespace wengert::program
