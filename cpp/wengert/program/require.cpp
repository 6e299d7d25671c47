#include "wengert/program/require.hpp"

namespace wengert::program {
namespace {

std::string told(const Type& t) { return std::string(text(t.dtype)) + " of shape " + text(t.shape); }

Type type_of(const Value& v) { return {v.dtype(), v.shape()}; }

}  // namespace

void require_count(const Listing& p, std::size_t given) {
  if (given == p.inputs.size()) return;
  throw ShapeError("program: another number of arrays: given " + std::to_string(given) + ", recorded with " +
                   std::to_string(p.inputs.size()));
}

void require_type(const Listing& p, std::size_t input, const Type& given) {
  const Type& wanted = p.inputs[input];
  if (given == wanted) return;
  throw ShapeError("program: array " + std::to_string(input) + " differs: given " + told(given) + ", recorded with " +
                   told(wanted));
}

void require_inputs(const Listing& p, std::span<const Value> given) {
  require_count(p, given.size());
  for (std::size_t k = 0; k < given.size(); ++k) require_type(p, k, type_of(given[k]));
}

void require_points(const Listing& p, std::span<const Value> given, std::int64_t points) {
  for (std::size_t k = 0; k < p.inputs.size(); ++k) {
    Shape shape{points};
    for (const std::int64_t n : p.inputs[k].shape) shape.push_back(n);
    const Type wanted{p.inputs[k].dtype, shape};
    if (k < given.size() && type_of(given[k]) == wanted) continue;
    throw ShapeError("batch: array " + std::to_string(k) + " differs: expected " + told(wanted));
  }
}

void refuse_guard(std::string_view operation, const Listing& p, std::size_t guard) {
  throw GuardError(std::string(operation) + ": guard " + std::to_string(guard) + " of " +
                   std::to_string(p.guards.size()) +
                   ": a value that the function was told when it was recorded is another one now; record again");
}

}  // namespace wengert::program
