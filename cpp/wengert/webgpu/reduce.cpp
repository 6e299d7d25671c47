// Reductions: a thread for each result, or a group of threads where results are few and long.
#include <algorithm>

#include "wengert/rule/structural/list.hpp"
#include "wengert/webgpu/kernels.hpp"

namespace wengert::webgpu {
namespace {

namespace s = structural;

class ReductionWriter {
 public:
  explicit ReductionWriter(Writer& w)
      : w_(w), g_(w.graph()), head_(g_.items[w.piece().head]), x_(head_.in[0]), shape_(g_.items[x_].shape) {
    for (int k = 0; k < shape_.count(); ++k) {
      const bool reduced = std::find(head_.at.begin() + 1, head_.at.end(), k) != head_.at.end();
      (reduced ? reduced_ : kept_).push_back(k);
      (reduced ? length_ : results_) *= shape_[k];
    }
    const bool side_by_side = !reduced_.empty() && reduced_.back() == shape_.count() - 1;
    const bool long_or_few = (results_ < 1024 && length_ >= 256) || length_ > 16'384;
    together_ = length_ >= 64 && (side_by_side || long_or_few) && !position();
    require_turns(head_, together_ ? 2 * length_ / group_size : position() ? length_ : 2 * length_);
  }

  std::int64_t write() {
    const std::int64_t groups = together_ ? results_ : (results_ + group_size - 1) / group_size;
    declare_place(w_, groups);
    w_.line(std::string("let o = "), (together_ ? "group_number;" : "thread;"));
    w_.line("if (o >= ", number(results_), ") { return; }");
    if (position()) find_position();
    else if (is<s::logsumexp>(head_)) log_sum();
    else if (is<s::norm>(head_)) length();
    else pass("head", reduction(head_.code, head_.type), [](const std::string& x) { return x; });
    if (together_) w_.open("if (lane == 0u) {");
    w_.known(w_.piece().head, "head");
    w_.at_all(head_.shape, "o");
    w_.finish("o");
    if (together_) w_.close();
    return groups;
  }

 private:
  bool position() const { return is<s::argmax>(head_) || is<s::argmin>(head_); }

  std::string element() {
    w_.at(shape_, {{"o", kept_}, {"r", reduced_}});
    const std::string x = w_.value(x_);
    const Scalar from = g_.items[x_].type;
    if (from != Scalar::truth) return x;
    return head_.type == Scalar::real || position() ? "select(F(0.0), F(1.0), " + x + ")"
                                                    : "select(I(0), I(1), " + x + ")";
  }

  /// One way through the elements; its result is called `name`.
  template <class F>
  void pass(const std::string& name, const Reduction& r, F&& of_element) {
    w_.line("var acc_", name, " = ", r.first, ";");
    w_.open(together_ ? "for (var r = lane; r < " + number(length_) + "; r += 256u) {"
                      : "for (var r = 0u; r < " + number(length_) + "; r++) {");
    const std::string x = of_element(element());
    w_.line("acc_", name, " = ", r.of("acc_" + name, x), ";");
    w_.close();
    if (together_) reduce_group(w_, r, head_.type, name);
    else w_.line("let ", name, " = acc_", name, ";");
  }

  Reduction adding() const { return reduction(static_cast<std::uint32_t>(s::id<s::sum>), Scalar::real); }

  void log_sum() {
    const auto same = [](const std::string& x) { return x; };
    pass("top", reduction(static_cast<std::uint32_t>(s::id<s::max>), Scalar::real), same);
    w_.line("let level = select(top, F(0.0), w_isinf(top));");
    pass("all", adding(), [](const std::string& x) { return cat("w_exp(", x, " - level)"); });
    w_.line("let head = select(w_log(all) + level, top, w_isinf(top));");
  }

  void length() {
    const auto size = [](const std::string& x) { return "abs(" + x + ")"; };
    pass("top", reduction(static_cast<std::uint32_t>(s::id<s::max>), Scalar::real), size);
    w_.line("let level = select(top, F(1.0), w_isinf(top) | (top == F(0.0)));");
    pass("all", adding(), [](const std::string& x) { return cat("w_square(", x, " / level)"); });
    w_.line("let head = select(w_sqrt(all) * level, top, w_isinf(top));");
  }

  void find_position() {
    const bool whole = g_.items[x_].type == Scalar::whole;
    const std::string sign = is<s::argmax>(head_) ? " > " : " < ", nan = whole ? "w_is_nan_i(" : "w_is_nan(";
    w_.line("var position = 0u;");
    w_.line(std::string("var best = "), (whole ? "I(0);" : "F(0.0);"));
    w_.open("for (var r = 0u; r < ", number(length_), "; r++) {");
    const std::string x = element();
    w_.line("if (r == 0u || (((", x, sign, "best) | ", nan, x, ")) & !", nan, "best))) { best = ", x,
            "; position = r; }");
    w_.close();
    w_.line("let head = I(position);");
  }

  Writer& w_;
  const Graph& g_;
  const Item& head_;
  ItemId x_;
  const Shape& shape_;
  std::vector<int> kept_, reduced_;
  std::int64_t length_ = 1, results_ = 1;
  bool together_;
};

}  // namespace

std::int64_t write_reduction(Writer& w) { return ReductionWriter(w).write(); }

std::int64_t write_parts(Writer& w) {
  const ItemId i = w.piece().head;
  const Item& head = w.graph().items[i];
  const Reduction r = reduction(static_cast<std::uint32_t>(head.at[0]), head.type);
  const std::string parts = w.reads(i, false);
  w.line("var acc_head = ", r.first, ";");
  w.line("for (var r = lane; r < ", number(static_cast<std::int64_t>(head.number)), "; r += 256u) {");
  w.line("acc_head = ", r.of("acc_head", parts + "[r]"), ";");
  w.line("}");
  reduce_group(w, r, head.type, "head");
  w.open("if (lane == 0u) {");
  w.known(i, "head");
  w.line("let o = 0u;");
  w.at_all(head.shape, "o");
  w.finish("o");
  w.close();
  return 1;
}

}  // namespace wengert::webgpu
