// Writes the text of one kernel: names, bindings, addresses, values.
#pragma once
#include <map>

#include "wengert/webgpu/prelude.hpp"
#include "wengert/webgpu/schedule.hpp"

namespace wengert::webgpu {

/// A variable that counts through some axes of a shape, the last one fastest.
struct Counter {
  std::string name;
  std::vector<int> axes;
};

/// How elements are read side by side: in one register, the same one, or one by one.
enum class Access : std::uint8_t { together, same, apart };
Access access(const Shape& shape, const Elements& e);

class Writer {
 public:
  /// width : elements that a thread has side by side, 1 or 4
  Writer(const Graph& g, const Prelude& prelude, const Piece& piece, int width)
      : g_(g), prelude_(prelude), piece_(piece), width_(width) {}

  template <class... Part>
  [[gnu::always_inline]] void line(const Part&... parts) {
    const std::string_view all[] = {parts..., "\n"};
    body_ += joined(all, sizeof...(parts) + 1);
  }
  /// The same, and a block begins, with names of its own.
  template <class... Part>
  [[gnu::always_inline]] void open(const Part&... parts) {
    line(parts...);
    enter();
  }
  void close();
  /// A name for an expression; the same one for the same text.
  template <class... Part>
  [[gnu::always_inline]] std::string let(const Part&... parts) {
    return named(cat(parts...));
  }
  /// Elements of arrays are read where these counters are.
  void at(Shape shape, std::vector<Counter> counters);
  void at_all(const Shape& shape, const std::string& name);
  void known(ItemId i, const std::string& name) { values_.back()[i] = name; }
  /// The one value of a row that what is computed of item i has, wherever it is read.
  void known_of_row(ItemId i, const std::string& name) { of_rows_[i] = name; }
  std::string value(ItemId i);
  std::string load(ItemId i, const Elements& e);
  /// Runs what the piece does beside its head, and stores what has to be.
  void finish(const std::string& index);
  void store(ItemId i, const std::string& index, const std::string& value);
  /// The address of an element: in registers of four (unit 4), in numbers (1), or in numbers whatever a thread has side
  /// by side (0).
  std::string address(const Shape& shape, const Elements& e, const std::vector<Counter>& counters, int unit);
  std::string whole_address(const Shape& shape, const Elements& e, const std::string& name) {
    return address(shape, e, all_axes(shape, name), 0);
  }
  static std::vector<Counter> all_axes(const Shape& shape, const std::string& name);

  std::string reads(ItemId base, bool together);
  std::string writes(ItemId i, bool parts = false);
  template <class... Part>
  [[gnu::always_inline]] void shared(const Part&... parts) {
    shared_ += cat(parts..., "\n");
  }
  const std::string& body() const { return body_; }
  const std::string& shared_text() const { return shared_; }
  bool read_together(ItemId i) const { return together_.at(i); }

  /// Items that are read, and that are written (`parts`: what a reduction begins with), in the order of their bindings.
  std::vector<ItemId> read_items;
  std::vector<std::pair<ItemId, bool>> written_items;
  int width() const { return width_; }
  const Graph& graph() const { return g_; }
  const Piece& piece() const { return piece_; }
  bool is_here(ItemId i) const;

 private:
  void enter();
  std::string named(const std::string& expression);
  std::string map_value(const Item& x);
  std::string converted(const std::string& value, Scalar from, Scalar to) const;

  const Graph& g_;
  const Prelude& prelude_;
  const Piece& piece_;
  int width_;
  std::string body_, shared_;
  std::size_t names_ = 0;
  std::vector<std::map<std::string, std::string>> lets_{1};
  std::vector<std::map<ItemId, std::string>> values_{1};
  std::map<ItemId, std::string> of_rows_;
  Shape shape_;
  std::vector<Counter> counters_;
  std::map<ItemId, bool> together_;  // by what is read: is it bound as registers?
};

std::string number(std::int64_t n);
/// The type of elements in a buffer.
std::string stored_type(Scalar t, bool together);

}  // namespace wengert::webgpu
