#include "wengert/checkpoint/program_body.hpp"

#include <algorithm>

#include "wengert/base/error.hpp"
#include "wengert/program/derive.hpp"

namespace wengert::checkpoint {
namespace {

std::size_t row_bytes(const Value& all) {
  const Block& a = *all.block();
  const std::int64_t rows = std::max<std::int64_t>(a.dims()[0], 1);
  return static_cast<std::size_t>(a.size / rows) * item_size(a.dtype);
}

std::byte* row_of(const Value& all, std::int64_t k) {
  return all.block()->data + static_cast<std::size_t>(k) * row_bytes(all);
}

/// An array, of shape () too.
Value zeros(Dtype d, const Shape& shape) {
  const Storage all = allocate(d, shape);
  clear(all);
  return Value(all);
}

Value rows_of_zeros(const Type& t, std::int64_t rows) {
  Shape shape{rows};
  for (const std::int64_t n : t.shape) shape.push_back(n);
  return zeros(t.dtype, shape);
}

Value value_at(const Type& t, const std::byte* data) {
  const Storage a = allocate(t.dtype, t.shape);
  std::memcpy(a->data, data, static_cast<std::size_t>(a->size) * item_size(t.dtype));
  return settle(a);
}

template <class T>
void add(std::byte* sum, const std::byte* more, std::int64_t n) {
  T* const to = reinterpret_cast<T*>(sum);
  const T* const from = reinterpret_cast<const T*>(more);
  for (std::int64_t i = 0; i < n; ++i) to[i] += from[i];
}

/// Adds an array of n elements; a complex one is two real ones an element.
void add(Dtype d, std::byte* sum, const std::byte* more, std::int64_t n) {
  const bool narrow = item_size(d) == (is_complex(d) ? 8u : 4u);
  if (!is_float(d)) return;
  if (is_complex(d)) n *= 2;
  if (narrow) add<float>(sum, more, n);
  else add<double>(sum, more, n);
}

}  // namespace

void Machine::prepare(const program::Listing& p, std::size_t first, std::span<const Value> values) {
  program_ = std::make_unique<const program::Program>(program::bound(p, first, values));
  work_ = std::make_unique<program::Workspace>(*program_);
}

/// Outputs are written where those of the first way have room.
void ProgramBody::require_same_outputs(const program::Listing& p) const {
  std::vector<Type> types = a_.state.types();
  if (a_.steps < 0) {
    types.push_back({Dtype::boolean, {}});
  } else {
    const program::Listing& known = ways_.empty() ? p : ways_.front()->given->listing();
    for (std::size_t k = types.size(); k < known.outputs.size(); ++k)
      types.push_back(known.type(index(known.outputs[k])));
  }
  bool same = p.outputs.size() == types.size();
  for (std::size_t k = 0; same && k < types.size(); ++k) {
    same = p.type(index(p.outputs[k])) == types[k];
  }
  if (!same) throw TapeError("loop: types differ: a way through the body returns others than the first one");
}

void ProgramBody::add_way(std::shared_ptr<const program::Program> step) {
  auto w = std::make_unique<Way>();
  w->given = std::move(step);
  require_same_outputs(w->given->listing());
  w->captured = w->given->listing().inputs.size() - fixed();
  w->step.prepare(w->given->listing(), fixed(), std::span(a_.captured).first(w->captured));
  latest_ = ways_.emplace_back(std::move(w)).get();
}

/// The step with its tape, and its way back. Made at the inputs of the first taped step of this way, whose guards hold.
void ProgramBody::derive(Way& w) {
  const std::vector<Value> at = inputs_as_values();
  const std::size_t given = fixed() + w.captured, results = w.given->listing().outputs.size();
  const auto captured = std::span(a_.captured).first(w.captured);
  const program::Built adjoint = program::derived(*w.given, Derivative::adjoint, std::span(at).first(given));
  const program::Split parts = program::split(adjoint.listing, given, a_.keep);
  w.forward.prepare(parts.forward.listing, fixed(), captured);
  w.reverse.prepare(parts.reverse.listing, fixed(), captured);
  std::vector<Type> kept;
  const program::Listing& p = parts.forward.listing;
  for (const NodeId id : std::span(p.outputs).subspan(results)) kept.push_back(p.type(index(id)));
  w.kept = Layout(std::move(kept));
}

void ProgramBody::plan_tape(const std::byte* x0) {
  const Memory y(a_.state.bytes());
  place_inputs(0, x0);
  place_outputs(0, y.data(), false);
  derive_where_it_holds();
}

void ProgramBody::derive_where_it_holds() {
  while (const auto failure = latest_->step.run(in_, out_)) choose_another(*failure);
  if (!latest_->forward.ready()) alone([this] { derive(*latest_); });
}

void ProgramBody::place_state(const std::byte* x) {
  for (std::size_t j = 0; j < a_.state.types().size(); ++j) in_.push_back(x + a_.state.at(j));
}

void ProgramBody::place_inputs(std::int64_t k, const std::byte* x) {
  number_ = a_.start + k * a_.stride;
  in_.clear();
  in_.push_back(reinterpret_cast<const std::byte*>(&number_));
  place_state(x);
  for (const Value& s : a_.sequences) in_.push_back(row_of(s, row(k)));
}

void ProgramBody::make_results(const Way& w) {
  const program::Listing& p = w.step.listing();
  for (const NodeId id : std::span(p.outputs).subspan(a_.state.types().size())) {
    results_.push_back(rows_of_zeros(p.type(index(id)), a_.steps));
  }
}

void ProgramBody::place_outputs(std::int64_t k, std::byte* y, bool first) {
  out_.clear();
  for (std::size_t j = 0; j < a_.state.types().size(); ++j) out_.push_back(y + a_.state.at(j));
  if (a_.steps < 0) return out_.push_back(reinterpret_cast<std::byte*>(&goes_on_));
  if (results_.empty()) make_results(*latest_);
  for (const Value& all : results_) out_.push_back(first ? row_of(all, row(k)) : nullptr);
}

std::vector<Value> ProgramBody::inputs_as_values() const {
  const std::vector<Type>& types = latest_->given->listing().inputs;
  std::vector<Value> all;
  for (std::size_t k = 0; k < fixed(); ++k) all.push_back(value_at(types[k], in_[k]));
  all.insert(all.end(), a_.captured.begin(), a_.captured.end());
  return all;
}

void ProgramBody::choose_another(const program::Failure& failure) {
  const auto way = std::ranges::find(ways_, latest_, [](const auto& w) { return w.get(); });
  other_way(static_cast<std::size_t>(way - ways_.begin()), failure, inputs_as_values());
}

void ProgramBody::advance(std::int64_t k, const std::byte* x, std::byte* y, bool first) {
  place_inputs(k, x);
  place_outputs(k, y, first);
  while (const auto failure = latest_->step.run(in_, out_)) choose_another(*failure);
}

Tape ProgramBody::tape(std::int64_t k, const std::byte* x, std::byte* y, Chunks& room, bool first) {
  place_inputs(k, x);
  while (true) {
    place_outputs(k, y, first);
    if (!latest_->forward.ready()) derive_where_it_holds();
    Way& w = *latest_;
    std::byte* const data = room.take(a_.state.bytes() + w.kept.bytes());
    std::memcpy(data, x, a_.state.bytes());
    for (std::size_t j = 0; j < w.kept.types().size(); ++j) out_.push_back(data + a_.state.bytes() + w.kept.at(j));
    const auto failure = w.forward.run(in_, out_);
    if (!failure) return {&w, data};
    choose_another(*failure);
  }
}

void ProgramBody::seed(std::vector<Value> of_results) {
  result_adjoints_ = std::move(of_results);
  sequence_adjoints.clear();
  captured_adjoints.clear();
  captured_shares_.clear();
  for (const Value& s : a_.sequences) sequence_adjoints.push_back(zeros(s.dtype(), s.shape()));
  for (const Value& c : a_.captured) {
    captured_adjoints.push_back(zeros(c.dtype(), c.shape()));
    captured_shares_.emplace_back(static_cast<std::size_t>(c.size()) * item_size(c.dtype()));
  }
}

void ProgramBody::reverse(std::int64_t k, const Tape& from, const std::byte* ybar, std::byte* xbar) {
  Way& w = *static_cast<Way*>(const_cast<void*>(from.way));
  static const bool nothing = false;
  place_inputs(k, from.data);
  const std::byte* const kept = from.data + a_.state.bytes();
  for (std::size_t j = 0; j < w.kept.types().size(); ++j) in_.push_back(kept + w.kept.at(j));
  place_state(ybar);
  for (const Value& s : result_adjoints_) in_.push_back(row_of(s, row(k)));
  if (a_.steps < 0) in_.push_back(reinterpret_cast<const std::byte*>(&nothing));
  out_.assign(1, nullptr);
  for (std::size_t j = 0; j < a_.state.types().size(); ++j) out_.push_back(xbar + a_.state.at(j));
  for (const Value& s : sequence_adjoints) out_.push_back(row_of(s, row(k)));
  for (std::size_t j = 0; j < w.captured; ++j) out_.push_back(captured_shares_[j].data());
  w.reverse.run(in_, out_);
  for (std::size_t j = 0; j < w.captured; ++j) {
    const Value& sum = captured_adjoints[j];
    add(sum.dtype(), sum.block()->data, captured_shares_[j].data(), sum.size());
  }
}

}  // namespace wengert::checkpoint
