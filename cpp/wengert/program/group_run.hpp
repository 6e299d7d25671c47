// Runs of groups of elementwise operations: block by block, in memory that stays in the fastest cache.
#pragma once
#include <memory>

#include "wengert/program/plan.hpp"
#include "wengert/rule/cursor.hpp"
#include "wengert/rule/elementwise.hpp"

namespace wengert::program {

/// One run after another: its memory is used again.
class GroupRun {
 public:
  GroupRun() = default;
  GroupRun(const GroupRun&) = delete;
  GroupRun& operator=(const GroupRun&) = delete;
  ~GroupRun();

  void begin(const Group& g);
  /// The array (or number) that a row is a block of.
  void load(Row row, const Value& v);
  /// An array that a row is written to.
  Value store(Row row, Dtype d);
  /// An array of the sums of lines; asked for in their order.
  Value store_lines(const Type& t);
  /// Runs all blocks; what was loaded is let go of.
  void all();
  double sum(std::size_t k) const;

 private:
  /// A row that is read from a strided or broadcast array.
  struct Packed {
    Row row;
    rule::Cursor cursor;
    Packed(Row r, const Storage& a, const Shape& shape) : row(r), cursor(&a, shape) {}
  };
  /// What one thread works on: blocks next to each other.
  struct Part {
    std::int64_t from, to;        // its blocks
    std::vector<std::byte*> row;  // where each row's elements are now
    std::vector<std::unique_ptr<Packed>> packed, spare;
  };
  void clear();
  void place_scratch(std::size_t longest);
  void lies_at(Row row, std::byte* data);
  void run(Part& part);
  void steps(const std::vector<std::byte*>& row, std::int64_t count, std::int64_t block);

  const Group* g_ = nullptr;
  const Group* placed_ = nullptr;  // whose rows have their places
  std::vector<Part> parts_;
  int part_count_ = 1;
  std::vector<Row> moving_;  // rows that lie in arrays, whose blocks follow each other
  std::vector<Storage> held_;
  std::int64_t blocks_ = 0;
  std::vector<double> block_sums_;
  std::vector<double*> line_sums_;
  void* scratch_ = nullptr;
  std::size_t scratch_bytes_ = 0;
};

}  // namespace wengert::program
