// Functions whose derivatives by every operand have no closed form: each is one template for its value, and that on
// nested dual numbers for its derivatives.
#pragma once
#include <span>
#include <string_view>

namespace wengert::rule::special {

enum class Family { gammainc, gammaincc, betainc, zeta, count };

struct FamilyRecord {
  std::string_view name;
  int arity;
  /// The derivative of these orders by the operands in turn; their sum is at most `most_orders`.
  double (*derivative)(const double* operands, const int* orders);
};
const FamilyRecord& record(Family f);
inline constexpr int most_orders = 4;

}  // namespace wengert::rule::special
