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

/// The types of what a step's forward program gives behind its results.
Layout kept_by(const program::Listing& forward, std::size_t results) {
  std::vector<Type> kept;
  for (const NodeId id : std::span(forward.outputs).subspan(results)) kept.push_back(forward.type(index(id)));
  return Layout(std::move(kept));
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

std::size_t ProgramBody::fixed(std::int64_t steps) const {
  return 1 + a_.state.types().size() + static_cast<std::size_t>(steps) * a_.sequences.size();
}

program::StepForm ProgramBody::form(const Way& w) const {
  const std::size_t state = a_.state.types().size();
  return {state, a_.sequences.size(), w.captured, w.given->listing().outputs.size() - state, a_.stride};
}

/// A few operations on numbers and small arrays, that always go one way, and enough steps to make up for another program.
/// Steps of 60 operations gained nothing (17.2 ms for 10,000 of them alone, 19.4 in groups of 8), those of 6 a quarter.
static bool is_small(const program::Listing& p, std::int64_t steps) {
  const bool alike = p.guards.empty() && !p.opaque && p.size() < 32 && steps >= 2048;
  return alike && p.inputs[0] == Type{Dtype::int64, {}} &&
         std::ranges::all_of(p.types, [](const Type& t) { return element_count(t.shape) <= 512; });
}

void ProgramBody::add_way(std::shared_ptr<const program::Program> step) {
  auto w = std::make_unique<Way>();
  w->given = std::move(step);
  require_same_outputs(w->given->listing());
  w->captured = w->given->listing().inputs.size() - fixed(1);
  w->small = is_small(w->given->listing(), a_.steps);
  w->step.prepare(w->given->listing(), fixed(1), std::span(a_.captured).first(w->captured));
  latest_ = ways_.emplace_back(std::move(w)).get();
}

/// The step with its tape, and its way back. Made at the inputs of the first taped step of this way, whose guards hold.
void ProgramBody::derive(Way& w) {
  const std::vector<Value> at = inputs_as_values();
  const std::size_t given = fixed(1) + w.captured, results = w.given->listing().outputs.size();
  const auto captured = std::span(a_.captured).first(w.captured);
  program::Built adjoint = program::derived(*w.given, Derivative::adjoint, std::span(at).first(given));
  const program::Split parts = program::split(adjoint.listing, given, a_.keep);
  w.forward.prepare(parts.forward.listing, fixed(1), captured);
  w.reverse.prepare(parts.reverse.listing, fixed(1), captured);
  w.kept = kept_by(parts.forward.listing, results);
  w.adjoint = std::move(adjoint.listing);
}

/// The same of several steps; they are not grouped where their tape would be larger than theirs.
void ProgramBody::derive_group(Way& w) {
  const auto steps = static_cast<std::size_t>(w.group.steps);
  const program::StepForm f = form(w);
  const program::Split parts = program::split(program::several_adjoint(w.adjoint, f, steps), f.inputs(steps), a_.keep);
  w.group.kept = kept_by(parts.forward.listing, f.state + steps * f.results);
  w.small = a_.state.bytes() + w.group.kept.bytes() <= steps * tape_bytes();
  if (!w.small) return;
  const auto captured = std::span(a_.captured).first(w.captured);
  w.group.forward.prepare(parts.forward.listing, fixed(w.group.steps), captured);
  w.group.reverse.prepare(parts.reverse.listing, fixed(w.group.steps), captured);
}

/// The group of steps to be run next, or none.
Group* ProgramBody::grouped(std::int64_t most, bool taped) {
  Way& w = *latest_;
  if (!w.small) return nullptr;
  Group& g = w.group;
  if (most < g.steps) return nullptr;
  if (taped && !g.forward.ready()) alone([&] { derive_group(w); });
  if (!taped && !g.step.ready()) {
    alone([&] {
      g.step.prepare(program::several(w.given->listing(), form(w), Group::steps), fixed(Group::steps),
                     std::span(a_.captured).first(w.captured));
    });
  }
  return w.small ? &g : nullptr;
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

void ProgramBody::place_inputs(std::int64_t k, const std::byte* x, std::int64_t steps) {
  number_ = a_.start + k * a_.stride;
  in_.clear();
  in_.push_back(reinterpret_cast<const std::byte*>(&number_));
  place_state(x);
  place_rows(a_.sequences, k, steps);
}

void ProgramBody::place_rows(std::span<const Value> of, std::int64_t k, std::int64_t steps) {
  for (std::int64_t j = k; j < k + steps; ++j) {
    for (const Value& s : of) in_.push_back(row_of(s, row(j)));
  }
}

void ProgramBody::make_results(const Way& w) {
  const program::Listing& p = w.step.listing();
  for (const NodeId id : std::span(p.outputs).subspan(a_.state.types().size())) {
    results_.push_back(rows_of_zeros(p.type(index(id)), a_.steps));
  }
}

void ProgramBody::place_outputs(std::int64_t k, std::byte* y, bool first, std::int64_t steps) {
  out_.clear();
  for (std::size_t j = 0; j < a_.state.types().size(); ++j) out_.push_back(y + a_.state.at(j));
  if (a_.steps < 0) return out_.push_back(reinterpret_cast<std::byte*>(&goes_on_));
  if (results_.empty()) make_results(*latest_);
  for (std::int64_t j = k; j < k + steps; ++j) {
    for (const Value& all : results_) out_.push_back(first ? row_of(all, row(j)) : nullptr);
  }
}

std::vector<Value> ProgramBody::inputs_as_values() const {
  const std::vector<Type>& types = latest_->given->listing().inputs;
  std::vector<Value> all;
  for (std::size_t k = 0; k < fixed(1); ++k) all.push_back(value_at(types[k], in_[k]));
  all.insert(all.end(), a_.captured.begin(), a_.captured.end());
  return all;
}

void ProgramBody::choose_another(const program::Failure& failure) {
  const auto way = std::ranges::find(ways_, latest_, [](const auto& w) { return w.get(); });
  other_way(static_cast<std::size_t>(way - ways_.begin()), failure, inputs_as_values());
}

std::int64_t ProgramBody::advance(std::int64_t k, std::int64_t most, const std::byte* x, std::byte* y, bool first) {
  if (Group* const g = grouped(most, false)) {
    place_inputs(k, x, g->steps);
    place_outputs(k, y, first, g->steps);
    g->step.run(in_, out_);
    return g->steps;
  }
  place_inputs(k, x);
  place_outputs(k, y, first);
  while (const auto failure = latest_->step.run(in_, out_)) choose_another(*failure);
  return 1;
}

/// Room for a tape, the state at its beginning.
Tape ProgramBody::placed(Way& w, const Layout& kept, std::int64_t steps, const std::byte* x, Chunks& room) {
  std::byte* const data = room.take(a_.state.bytes() + kept.bytes());
  std::memcpy(data, x, a_.state.bytes());
  for (std::size_t j = 0; j < kept.types().size(); ++j) out_.push_back(data + a_.state.bytes() + kept.at(j));
  return {&w, data, steps};
}

Tape ProgramBody::tape(std::int64_t k, std::int64_t most, const std::byte* x, std::byte* y, Chunks& room, bool first) {
  while (true) {
    place_inputs(k, x);
    place_outputs(k, y, first);
    if (!latest_->forward.ready()) derive_where_it_holds();
    Way& w = *latest_;
    if (Group* const g = grouped(most, true)) {
      place_inputs(k, x, g->steps);
      place_outputs(k, y, first, g->steps);
      const Tape t = placed(w, g->kept, g->steps, x, room);
      g->forward.run(in_, out_);
      return t;
    }
    const Tape t = placed(w, w.kept, 1, x, room);
    const auto failure = w.forward.run(in_, out_);
    if (!failure) return t;
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
  const bool group = from.steps > 1;
  const Layout& kept = group ? w.group.kept : w.kept;
  place_inputs(k, from.data, from.steps);
  for (std::size_t j = 0; j < kept.types().size(); ++j) in_.push_back(from.data + a_.state.bytes() + kept.at(j));
  place_state(ybar);
  place_rows(result_adjoints_, k, from.steps);
  if (a_.steps < 0) in_.push_back(reinterpret_cast<const std::byte*>(&nothing));
  out_.assign(1, nullptr);
  for (std::size_t j = 0; j < a_.state.types().size(); ++j) out_.push_back(xbar + a_.state.at(j));
  for (std::int64_t j = k; j < k + from.steps; ++j) {
    for (const Value& s : sequence_adjoints) out_.push_back(row_of(s, row(j)));
  }
  for (std::size_t j = 0; j < w.captured; ++j) {
    if (group) in_.push_back(captured_adjoints[j].block()->data);
    out_.push_back(captured_shares_[j].data());
  }
  (group ? w.group.reverse : w.reverse).run(in_, out_);
  for (std::size_t j = 0; j < w.captured; ++j) {
    const Value& sum = captured_adjoints[j];
    const std::size_t bytes = static_cast<std::size_t>(sum.size()) * item_size(sum.dtype());
    if (!group) add(sum.dtype(), sum.block()->data, captured_shares_[j].data(), sum.size());
    else if (is_float(sum.dtype())) std::memcpy(sum.block()->data, captured_shares_[j].data(), bytes);
  }
}

}  // namespace wengert::checkpoint
