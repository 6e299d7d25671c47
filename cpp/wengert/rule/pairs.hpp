// Two functions of the same number that share most of their work.
#pragma once
#include <span>

#include "wengert/rule/table.hpp"

namespace wengert::rule {

/// Both, element by element; with the bits of each alone.
using PairLoop = void (*)(const void* x, void* first, void* second, std::int64_t n);

/// Whether there is a loop of both primitives on float64.
struct Pair {
  Op first, second;
  PairLoop loop;
  void (*number)(double x, double& first, double& second);
};
std::span<const Pair> pairs();

}  // namespace wengert::rule
