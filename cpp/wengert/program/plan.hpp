// How a listing is run: which operations go together, and when each value is let go of.
#pragma once
#include <array>

#include "wengert/program/regions.hpp"
#include "wengert/program/small.hpp"
#include "wengert/rule/cursor.hpp"
#include "wengert/rule/pairs.hpp"
#include "wengert/rule/table.hpp"

namespace wengert::program {

/// One float64 or truth value: operations on them work on plain numbers, side by side in one list.
bool is_scalar(const Type& t);

/// An operation on scalars. `both` is two (rule::pairs), with the results y and b. A selection is two steps: `condition`
/// looks at a, `choose` takes a or b. `side_by_side` says that the next a steps are of one kind, of which none waits for
/// another, and dear enough to be done in the lanes of registers.
struct ScalarStep {
  static constexpr Op both = Op::count, condition = static_cast<Op>(static_cast<int>(Op::count) + 1),
                      choose = static_cast<Op>(static_cast<int>(Op::count) + 2),
                      side_by_side = static_cast<Op>(static_cast<int>(Op::count) + 3);
  static constexpr std::size_t kinds = static_cast<std::size_t>(Op::count) + 4;
  static constexpr std::uint32_t most_side_by_side = 64;
  Op op;
  Slot a, b, y;
};
/// Does an operation take longer than to bring its operands side by side?
bool is_dear(Op op);
/// Carries out steps on `numbers`.
void run_scalars(std::span<const ScalarStep> steps, double* numbers);
/// At so many points, a multiple of the least: number k is as many numbers, from k times `points` on.
inline constexpr std::size_t least_points = 8, most_points = 256;
void run_scalars(std::span<const ScalarStep> steps, double* numbers, std::size_t points);

/// A row is one block of an array: elements that stay in the fastest cache from one operation to the next.
using Row = std::uint32_t;
struct RowStep {
  enum class Kind : std::uint8_t { elementwise, pair, select, sum, lines } kind;
  rule::ValueLoop f;  // of an elementwise one
  Row a, b, y;        // y of a sum, or of sums of lines: which one it is
  Row third = 0;      // the condition of a select, whose operands are a and b; the second result of a pair
  rule::PairLoop both = nullptr;
};
/// Elementwise operations on arrays of one shape, run together block by block.
struct Group {
  struct Place {
    NodeId node;
    Row row;
  };
  Shape shape;
  std::int64_t size = 0;
  std::int64_t block = rule::block_size;  // elements of a row
  std::vector<RowStep> steps;
  std::vector<Place> loads, stores;     // from outside, to outside
  std::vector<NodeId> sums;             // of all elements
  std::vector<NodeId> line_sums;        // of the last axes: of so many elements behind one another
  std::int64_t line = 0;                // a block holds whole lines
  std::vector<std::uint8_t> row_items;  // bytes an element of each row
  Row rows() const { return static_cast<Row>(row_items.size()); }
};

/// A group at work: what it does it shares with all that do the same, so that a loop's ten thousand small groups are one
/// that stays in the cache. Its nodes lie in the plan's list: what it loads, what it stores, its sums, its sums of lines.
struct GroupUse {
  std::uint32_t group, first;
};

struct Step {
  enum class Kind : std::uint8_t { scalars, small, take, group, repeat, call, input, constant } kind;
  /// Of scalars: their range; of small arrays that of their stretches; else the number of the use, the repeat or the node. To take a node is to copy
  /// it to the place number `count` among the numbers.
  std::uint32_t first, count;
};

/// A constant that lies among the numbers from the beginning, spread to a larger array or as it is.
struct Preset {
  NodeId constant;
  Slot slot;
  std::uint32_t n[3];
  bool spread;
};

/// Steps on small arrays that are carried out so many times, their places shifted each time.
struct Stretch {
  std::uint32_t first, count, times, first_shift;
};
using Shift = std::array<std::uint32_t, 4>;  // of a, b, y and third

struct Plan {
  /// Where a node's value is in a run.
  enum class Home : std::uint8_t { number, small, array };

  std::vector<Step> steps;
  std::vector<ScalarStep> scalars;
  std::vector<SmallStep> small;
  std::vector<Stretch> stretches;
  std::vector<Shift> shifts;
  std::vector<Move> moves;
  std::vector<Preset> presets;
  std::vector<Home> home;
  std::vector<Slot> slot_of;  // of a node among arrays, or that of its first number
  Slot slots = 0, arrays = 0;
  bool row_by_row = false;  // inputs that are small have to lie row by row
  std::vector<Group> groups;
  std::vector<GroupUse> uses;
  std::vector<NodeId> places;
  std::vector<Repeat> repeats;
  std::vector<std::uint32_t> step_of_guard;
  /// Nodes that no step after step s needs: a range for each step.
  std::vector<NodeId> released;
  std::vector<std::size_t> first_released;
};

/// A body that repeats has no repeats of its own. Small arrays are among the numbers where inputs lie row by row.
enum class Inputs : std::uint8_t { row_by_row, any_way };
Plan make_plan(const Listing& p, bool nested = false, Inputs inputs = Inputs::row_by_row);

/// Are all of its values numbers and truth values? Then it runs at many points at once.
bool is_scalar_program(const Listing& p);

}  // namespace wengert::program
