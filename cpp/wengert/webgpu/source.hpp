// A program as lowering takes it: what its listing says, without the values. The module that lowers is apart from the core,
// of which there is one an instruction set, and needs nothing of it: these are its words.
#pragma once
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "wengert/base/dtype.hpp"
#include "wengert/base/error.hpp"
#include "wengert/base/shape.hpp"

namespace wengert::webgpu {

struct Source {
  enum class Kind : std::int64_t { elementwise, input, constant, call, other };
  struct Node {
    Kind kind;
    std::int64_t code, a, b;  // of an elementwise one its primitive and operands (b: -1 is none), else its number (a)
    std::int64_t type;
  };
  struct Type {
    Dtype dtype;
    Shape shape;
  };
  struct Constant {
    std::optional<double> alike;  // the number that all elements are
    // Of whole numbers: the length of runs (5, 6, 7, ...) that they come in, each of which begins with a multiple of it;
    // and what all are multiples of.
    std::int64_t run, multiple;
  };
  struct Call {
    std::int64_t primitive;
    std::vector<std::int64_t> operands, attributes;
  };

  std::vector<Node> nodes;
  std::vector<Type> types;
  std::vector<Call> calls;
  std::vector<std::int64_t> outputs;
  std::vector<Constant> constants;

  const Type& type(std::size_t i) const { return types[static_cast<std::size_t>(nodes[i].type)]; }
};

/// Calls f(list) for each list of a source, in order: what writes it to a row of integers and what reads it agree by this.
/// A list is preceded by its length.
class SourceReader {
 public:
  explicit SourceReader(std::span<const std::int64_t> row) : row_(row) {}
  Source read() {
    Source s;
    const auto count = [&] { return static_cast<std::size_t>(next()); };
    s.types.resize(count());
    for (Source::Type& t : s.types) t = {static_cast<Dtype>(next()), Shape(list())};
    s.calls.resize(count());
    for (Source::Call& c : s.calls) {
      c.primitive = next();
      const auto operands = list(), attributes = list();
      c.operands.assign(operands.begin(), operands.end());
      c.attributes.assign(attributes.begin(), attributes.end());
    }
    s.constants.resize(count());
    for (Source::Constant& c : s.constants) {
      const bool alike = next() != 0;
      const std::int64_t bits = next();
      double number;
      std::memcpy(&number, &bits, sizeof number);
      if (alike) c.alike = number;
      c.run = next();
      c.multiple = next();
    }
    s.nodes.resize(count());
    for (Source::Node& n : s.nodes) n = {static_cast<Source::Kind>(next()), next(), next(), next(), next()};
    const auto outputs = list();
    s.outputs.assign(outputs.begin(), outputs.end());
    return s;
  }

 private:
  std::int64_t next() {
    if (at_ >= row_.size()) throw FormatError("webgpu: a program that ends too early");
    return row_[at_++];
  }
  std::span<const std::int64_t> list() {
    const auto n = static_cast<std::size_t>(next());
    if (n > row_.size() - at_) throw FormatError("webgpu: a program that ends too early");
    at_ += n;
    return row_.subspan(at_ - n, n);
  }

  std::span<const std::int64_t> row_;
  std::size_t at_ = 0;
};

}  // namespace wengert::webgpu
