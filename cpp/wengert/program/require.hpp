// What a run refuses: other numbers, types and shapes than the program was recorded with, and guards that do not hold.
#pragma once
#include <string_view>

#include "wengert/program/listing.hpp"
#include "wengert/program/terms.hpp"

namespace wengert::program {

void require_count(const Listing& p, std::size_t given);
void require_type(const Listing& p, std::size_t input, const Type& given);
void require_inputs(const Listing& p, std::span<const Value> given);
/// One axis more in front of each input, for the points.
void require_points(const Listing& p, std::span<const Value> given, std::int64_t points);

[[noreturn]] void refuse_guard(std::string_view operation, const Listing& p, std::size_t guard);

}  // namespace wengert::program
