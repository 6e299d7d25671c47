// Bytes that are no saved programs: whatever they are, `load` refuses them, or gives a program that runs and can be
// differentiated. With Clang a target of libFuzzer (preset `fuzz`; its corpus folder is filled with a program of every
// primitive first); with other compilers, a run of random alterations of these programs.
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "recorded.hpp"
#include "wengert/program/save.hpp"

using namespace wengert;
using namespace wengert::test;

namespace {

/// Few elements, and little work: matrices have to be small.
bool is_small(const program::Listing& p) {
  std::int64_t elements = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const Shape& s = p.type(i).shape;
    elements += element_count(s);
    if (elements > 4096) return false;
  }
  return p.size() <= 256;
}

Value filled_with(const Type& t, double x) { return full(t.dtype, t.shape, x); }

void run(const program::Program& p, double x) {
  std::vector<Value> inputs, outputs;
  for (const Type& t : p.listing().inputs) inputs.push_back(filled_with(t, x));
  program::Workspace work(p);
  work.run(inputs, outputs);
}

/// Three points at once.
void run_batch(const program::Program& p, double x) {
  std::vector<Value> inputs;
  for (const Type& t : p.listing().inputs) {
    Shape shape{3};
    for (const std::int64_t n : t.shape) shape.push_back(n);
    inputs.push_back(full(t.dtype, shape, x));
  }
  program::run_batch(p, inputs, 3);
}

/// The operations on variables, one by one, and an adjoint sweep over them.
void differentiate(const program::Program& p, double x) {
  Taped t;
  std::vector<Var> inputs, outputs, wanted, results;
  for (const Type& type : p.listing().inputs) {
    const Var v(filled_with(type, x));
    inputs.push_back(is_float(type.dtype) ? t.held(watch(v)) : v);
    if (is_float(type.dtype)) wanted.push_back(inputs.back());
  }
  if (wanted.empty() || program::replay_on_variables(p, inputs, outputs)) return;
  std::vector<Var> seeds;
  for (const Var& y : outputs) {
    if (!y.recorded()) continue;
    results.push_back(t.held(y));
    seeds.push_back(ones_like(y));
  }
  if (!results.empty()) t.adjoint(results, seeds, wanted, Mode::values);
}

void attempt(auto&& f) {
  try {
    f();
  } catch (const Error&) {  // a singular matrix, a position out of range, ...
  } catch (const std::bad_alloc&) {}
}

/// Loads, and runs what was loaded; did it load?
bool tried(std::span<const std::byte> file) {
  program::Saved saved;
  try {
    saved = program::load(file, program::Checksum::ignored);
  } catch (const FormatError&) {
    return false;
  }
  text(saved.built.listing);
  if (!is_small(saved.built.listing)) return true;
  const program::Program p(std::move(saved.built));
  for (const double x : {0.0, 0.75}) {
    attempt([&] { run(p, x); });
    attempt([&] { run_batch(p, x); });
    attempt([&] { differentiate(p, x); });
  }
  return true;
}

std::string guarded(const Shape& shape, Random& random) {
  Taped t;
  t.r.record_all();
  const Var x = watch(random_var(random, shape));
  const Var total = shape.count() ? summed(x * sin(x), {0}, false) : x * sin(x), above = x > Var(0.25);
  leave_guard(total, Guard::Kind::truth);
  leave_guard(total, Guard::Kind::integer);
  leave_guard(above, Guard::Kind::values);
  const Var y = shape.count() ? select_of(above, x / total, exp(x)) : exp(x / total);
  const program::Built built = program::build(t.r, std::vector{x.node}, std::vector{y});
  return program::save(built.listing, built.recorded);
}

/// Two programs of each primitive, one of numbers, and one with guards.
std::vector<std::string> seeds() {
  Random random(1);
  std::vector<std::string> files;
  structural::each([&]<class P>() {
    for (const bool complex_too : {false, true}) {
      const program::Built built = recorded(draw(structural::id<P>, random, complex_too));
      files.push_back(program::save(built.listing, built.recorded, "{}"));
    }
  });
  for (const Shape& shape : {Shape{}, Shape{3}}) files.push_back(guarded(shape, random));
  return files;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tried(std::as_bytes(std::span(data, size)));
  return 0;
}

#ifdef WENGERT_LIBFUZZER

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  const std::vector<std::string> files = seeds();
  for (int k = 1; k < *argc; ++k) {
    const std::filesystem::path folder = (*argv)[k];
    if (!std::filesystem::is_directory(folder)) continue;
    for (std::size_t i = 0; i < files.size(); ++i) {
      std::ofstream(folder / ("seed" + std::to_string(i)), std::ios::binary) << files[i];
    }
  }
  return 0;
}

#else

namespace {

/// One to four changes: a byte, a number of four bytes, a number that stands elsewhere in the file, or a length.
std::string altered(std::string file, Random& random) {
  const auto place = [&](std::size_t bytes) {
    return static_cast<std::size_t>(
        whole(random, program::format::header, static_cast<std::int64_t>(file.size() - bytes)));
  };
  for (auto n = whole(random, 1, 2); n > 0; --n) {
    const std::uint32_t small = static_cast<std::uint32_t>(whole(random, -2, 9));
    switch (whole(random, 0, 3)) {
      case 0: file[place(1)] = static_cast<char>(whole(random, 0, 255)); break;
      case 1: std::memcpy(file.data() + place(4) / 4 * 4, &small, sizeof small); break;
      case 2: std::memmove(file.data() + place(8), file.data() + place(8), 8); break;
      default: file.resize(place(1) + 1);
    }
    if (file.size() < program::format::header + 8) break;
  }
  return file;
}

}  // namespace

/// Files as arguments are tried; without any, random alterations are: as many of each program as the first number says.
int main(int argc, char** argv) {
  std::size_t tries = 0, loaded = 0;
  const auto attempt_one = [&](const std::string& file) {
    ++tries;
    loaded += tried(std::as_bytes(std::span(file)));
  };
  for (int k = 1; k < argc; ++k) {
    std::ifstream in(argv[k], std::ios::binary);
    attempt_one({std::istreambuf_iterator<char>(in), {}});
  }
  Random random(2);
  for (const std::string& seed : argc > 1 ? std::vector<std::string>{} : seeds()) {
    attempt_one(seed);
    for (int k = 0; k < 500; ++k) attempt_one(altered(seed, random));
  }
  std::printf("%zu files, %zu of them programs\n", tries, loaded);
  return loaded > 0 || argc > 1 ? 0 : 1;
}

#endif
