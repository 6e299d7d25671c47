// One run of a group of elementwise operations: block by block, in memory that stays in the fastest cache.
#pragma once
#include <memory>

#include "wengert/program/plan.hpp"
#include "wengert/rule/cursor.hpp"
#include "wengert/rule/elementwise.hpp"

namespace wengert::program {

class GroupRun {
 public:
  explicit GroupRun(const Group& g);

  /// The array (or number) that a row is a block of.
  void load(const Group::Place& p, const Value& v);
  /// An array that a row is written to.
  Value store(const Group::Place& p, Dtype d);
  void all();
  double sum(std::size_t k) const;

 private:
  void steps(std::int64_t count, std::int64_t block);

  const Group& g_;
  std::vector<std::byte*> row_;
  std::vector<Row> moving_;  // rows that lie in arrays, whose blocks follow each other
  struct Packed {
    Row row;
    Storage array;
    std::unique_ptr<rule::Cursor> cursor;
  };
  std::vector<Packed> packed_;  // rows that are read from strided or broadcast arrays
  std::vector<Value> held_;
  std::int64_t blocks_;
  std::vector<double> block_sums_;
  void* scratch_;
  std::size_t scratch_bytes_;

 public:
  GroupRun(const GroupRun&) = delete;
  GroupRun& operator=(const GroupRun&) = delete;
  ~GroupRun();
};

}  // namespace wengert::program
