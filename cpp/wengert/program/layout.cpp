#include "wengert/program/layout.hpp"

namespace wengert::program {

bool lies_row_by_row(const Listing& p, std::size_t i, const std::vector<bool>& before, bool inputs) {
  if (p.type(i).shape.count() == 0) return true;
  const Node& n = p.nodes[i];
  if (n.code < code::elementwise_end) return true;
  if (n.code == code::input) return inputs;
  if (n.code == code::constant) {
    const Value& v = p.constants[index(n.a)];
    return !v.is_array() || v.block()->contiguous;
  }
  const NodeId x = p.operands_of(p.call(i))[0];
  const Shape& shape = p.type(index(x)).shape;
  const Attributes at = p.attributes_of(p.call(i));
  if (is<structural::reshape, structural::stop>(p, i)) return before[index(x)];
  if (is<structural::transpose>(p, i)) return before[index(x)] && turns_nothing(shape, at);
  if (is<structural::slice>(p, i)) return before[index(x)] && shown(shape, at).without_gaps();
  return is<structural::sum, structural::prod, structural::max, structural::min, structural::matmul,
            structural::concatenate, structural::pad, structural::slice_set, structural::gather,
            structural::scatter_add, structural::select, structural::cumsum>(p, i);
}

}  // namespace wengert::program
