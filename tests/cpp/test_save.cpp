#include <cstring>
#include <set>

#include "recorded.hpp"
#include "wengert/program/check.hpp"
#include "wengert/program/save.hpp"
#include "wengert/rule/elementwise.hpp"

using namespace wengert;
using namespace wengert::test;
using namespace wengert::program;

namespace {

std::span<const std::byte> bytes(const std::string& s) { return std::as_bytes(std::span(s)); }
Saved loaded(const std::string& s) { return load(bytes(s)); }

std::string with_checksum(std::string s) {
  const std::uint64_t sum = checksum_of(bytes(s));
  std::memcpy(s.data() + format::checksum_at, &sum, sizeof sum);
  return s;
}

Type type_of(const Value& v) { return {v.dtype(), v.shape()}; }

std::vector<Value> run(Built built, std::span<const Value> inputs) {
  const Program p(std::move(built));
  std::vector<Value> outputs;
  REQUIRE(!Workspace(p).run(inputs, outputs));
  return outputs;
}
bool same_bits(const Value& a, const Value& b) {
  return type_of(a) == type_of(b) && same_outcome(a, b.is_array() ? Value(contiguous(b.storage())) : b);
}

/// x[0] * sum(x) + 2, of three numbers, with a guard of every kind.
Built small() {
  Taped t;
  t.r.record_all();
  const Var x = watch(Var(Value(array(Dtype::float64, {3}, {1, 2, 3}))));
  const Var total = summed(x, {0}, false), y = x * total + Var(2.0);
  leave_guard(total, Guard::Kind::truth);
  leave_guard(total, Guard::Kind::integer);
  leave_guard(x > Var(2.0), Guard::Kind::values);
  return build(t.r, std::vector{x.node}, std::vector{y});
}

template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const FormatError& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("the type of a structural primitive's value follows from the types of its operands") {
  Random random(71);
  structural::each([&]<class P>() {
    CAPTURE(P::name);
    for (int round = 0; round < 60; ++round) {
      const Case c = draw(structural::id<P>, random, round % 2 == 1);
      std::vector<Type> in;
      for (const Var& x : c.in) in.push_back({x.dtype(), x.shape()});
      const Var y = c.value();
      const Type expected{y.dtype(), y.shape()}, found = P::result(in, c.at);
      CHECK(found == expected);
    }
  });
}

TEST_CASE("the type of an elementwise primitive's value follows from the types of its operands, or both have none") {
  for (const rule::Primitive& p : rule::table()) {
    CAPTURE(p.name);
    for (std::size_t k = 0; k < dtype_count; ++k) {
      const auto d = static_cast<Dtype>(k);
      const Value a = full(d, {2, 1}, 1), b = full(d, {3}, 1);
      const Type types[] = {type_of(a), type_of(b)};
      try {
        const Type found = rule::result_type(p, types[0], p.arity == 2 ? &types[1] : nullptr);
        CHECK(found == type_of(rule::evaluate(p, a, p.arity == 2 ? &b : nullptr)));
        CHECK(rule::common_dtype(p, a, p.arity == 2 ? &b : nullptr) == d);
      } catch (const DtypeError&) {
        bool meaningless = true;
        try {
          rule::evaluate(p, a, p.arity == 2 ? &b : nullptr);
          meaningless = rule::common_dtype(p, a, p.arity == 2 ? &b : nullptr) != d;
        } catch (const DtypeError&) {}
        CHECK(meaningless);
      }
    }
  }
}

TEST_CASE("no two primitives have one name in a file") {
  std::set<std::string_view> names{format::input, format::constant};
  for (const rule::Primitive& p : rule::table()) CHECK(names.insert(p.name).second);
  structural::each([&]<class P>() { CHECK(names.insert(P::name).second); });
}

TEST_CASE("a program of each structural primitive comes back as it was, and gives the same bits") {
  Random random(72);
  structural::each([&]<class P>() {
    CAPTURE(P::name);
    for (int round = 0; round < 10; ++round) {
      const Case c = draw(structural::id<P>, random, round % 2 == 1);
      Built built = recorded(c);
      const std::string file = save(built.listing, built.recorded, "kept");
      Saved back = loaded(file);
      CHECK(back.notes == "kept");
      CHECK(back.built.recorded == built.recorded);
      CHECK(text(back.built.listing) == text(built.listing));
      CHECK(save(back.built.listing, back.built.recorded, back.notes) == file);
      const std::vector<Value> x = given(c);
      const Value y = run(std::move(built), x)[0], z = run(std::move(back.built), x)[0];
      CHECK(same_bits(y, z));
    }
  });
}

TEST_CASE("constants of every element type come back; what is repeated is written once") {
  Random random(73);
  for (std::size_t k = 0; k < dtype_count; ++k) {
    const auto d = static_cast<Dtype>(k);
    CAPTURE(text(d));
    for (const Shape& shape : {Shape{}, Shape{0, 3}, Shape{2, 3}, Shape{5, 20}}) {
      const Value c = full(d, shape, 1), view = settle(random_view(random, d, shape, 0, 1));
      Taped t;
      t.r.record_all();
      const Built built = build(t.r, {}, std::vector{Var(c), Var(view)});
      const Listing back = loaded(save(built.listing, 0)).built.listing;
      REQUIRE(back.constants.size() == built.listing.constants.size());
      for (std::size_t i = 0; i < back.constants.size(); ++i) {
        CHECK(same_bits(back.constants[i], built.listing.constants[i]));
      }
    }
  }
  const Var wide = broadcasted(Var(1.5), {1000, 1000});
  Taped t;
  const Built built = build(t.r, {}, std::vector{wide});
  const std::string file = save(built.listing, 0);
  CHECK(file.size() < 300);
  const Value back = loaded(file).built.listing.constants[0];
  CHECK(back.shape() == Shape{1000, 1000});
  CHECK(element(Value(contiguous(back.storage())), 999999) == 1.5);
}

TEST_CASE("large arrays lie at multiples of 64 bytes in a file") {
  Taped t;
  const std::vector<Var> y{Var(full(Dtype::int8, {3}, 1)), Var(full(Dtype::float64, {8}, 7.25))};
  const std::string file = save(build(t.r, {}, y).listing, 0);
  const double number = 7.25;
  CHECK(file.find(std::string(reinterpret_cast<const char*>(&number), 8)) % format::alignment == 0);
}

TEST_CASE("guards come back with what they saw") {
  const Built built = small();
  const Listing back = loaded(save(built.listing, built.recorded)).built.listing;
  REQUIRE(back.guards.size() == 3);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(back.guards[k].kind == built.listing.guards[k].kind);
    CHECK(back.guards[k].node == built.listing.guards[k].node);
    CHECK(same_bits(back.guards[k].outcome, built.listing.guards[k].outcome));
  }
  const Program p(loaded(save(built.listing, built.recorded)).built);
  std::vector<Value> outputs;
  const Value other[] = {Value(array(Dtype::float64, {3}, {1, 3, 3}))};
  CHECK(Workspace(p).run(other, outputs).has_value());
}

TEST_CASE("a file cut anywhere, or with any byte changed, is refused") {
  const Built built = small();
  const std::string file = save(built.listing, built.recorded, "notes");
  for (std::size_t n = 0; n < file.size(); ++n) CHECK_THROWS_AS(loaded(file.substr(0, n)), FormatError);
  CHECK_THROWS_AS(loaded(file + '\0'), FormatError);
  for (std::size_t i = 0; i < file.size(); ++i) {
    std::string other = file;
    for (int bit = 0; bit < 8; ++bit) {
      other[i] = static_cast<char>(file[i] ^ (1 << bit));
      CHECK_THROWS_AS(loaded(other), FormatError);
    }
  }
}

TEST_CASE("a newer version and an unknown primitive are named") {
  const Built built = small();
  std::string file = save(built.listing, built.recorded);
  std::string newer = file;
  newer[format::version_at] = 2;
  CHECK(refusal([&] { loaded(with_checksum(newer)); }).find("version 2: ") != std::string::npos);
  const std::size_t at = file.find("multiply");
  REQUIRE(at != std::string::npos);
  file.replace(at, 8,
               "mul\xff"
               "iply");
  CHECK(refusal([&] { loaded(with_checksum(file)); }).find("'mul?iply'") != std::string::npos);
}

TEST_CASE("a listing that cannot be run is refused, whatever is wrong with it") {
  const Listing good = small().listing;
  CHECK_NOTHROW(require_sound(good));
  const auto refused = [&](auto&& change) {
    Listing p = good;
    change(p);
    CHECK_THROWS_AS(require_sound(p), FormatError);
  };
  refused([](Listing& p) { p.outputs[0] = static_cast<NodeId>(p.size()); });
  refused([](Listing& p) { p.types[p.nodes[0].type].shape[0] = 4; });
  refused([](Listing& p) { p.types[p.nodes[0].type].shape[0] = -1; });
  refused([](Listing& p) { p.types.push_back({Dtype::float64, {0, std::int64_t{1} << 40, std::int64_t{1} << 40}}); });
  refused([](Listing& p) { p.inputs.push_back(p.inputs[0]); });
  refused([](Listing& p) { p.attributes[1] = 1; });
  refused([](Listing& p) { p.attributes[1] = -1; });
  refused([](Listing& p) { p.calls[0].attributes = 0; });
  refused([](Listing& p) { p.calls[0].operands = 2; });
  refused([](Listing& p) { p.calls[0].first_operand = 9; });
  refused([](Listing& p) { p.calls[0].primitive = static_cast<CallId>(structural::count); });
  refused([](Listing& p) { p.operands[0] = static_cast<NodeId>(p.size() - 1); });
  refused([](Listing& p) { std::swap(p.guards.front(), p.guards.back()); });
  refused([](Listing& p) { p.guards[0].node = NodeId::none; });
  refused([](Listing& p) { p.nodes.back().code = code::custom; });
  refused([](Listing& p) { p.nodes.back().type = static_cast<std::uint32_t>(p.types.size()); });
  refused([](Listing& p) { p.constants.clear(); });
  for (std::size_t i = 0; i < good.size(); ++i) {
    if (good.nodes[i].code >= code::elementwise_end) continue;
    refused([&](Listing& p) { p.nodes[i].a = static_cast<NodeId>(i); });
    refused([&](Listing& p) { p.nodes[i].b = NodeId::none; });
    refused([&](Listing& p) { p.nodes[i].code = static_cast<std::uint16_t>(Op::sin); });
  }
}

TEST_CASE("no memory is asked for before the file has shown what fills it") {
  Taped t;
  const std::string file = save(build(t.r, {}, std::vector{Var(full(Dtype::float64, {8}, 1))}).listing, 0);
  std::string other = file;
  const std::int64_t size = 8, huge = std::int64_t{1} << 50;
  const std::size_t at = file.find(std::string(reinterpret_cast<const char*>(&size), 8), file.find("constant"));
  REQUIRE(at != std::string::npos);
  for (std::size_t place = format::header; place + 8 <= file.size(); ++place) {
    if (std::memcmp(file.data() + place, &size, 8) != 0) continue;
    other = file;
    std::memcpy(other.data() + place, &huge, 8);
    CHECK_THROWS_AS(loaded(with_checksum(other)), FormatError);
  }
}

TEST_CASE("a slice of one element may have any step, and one of none any start") {
  const Var x(Value(array(Dtype::float64, {2, 2}, {1, 2, 3, 4})));
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  CHECK(elements(sliced(x, std::vector{std::int64_t{1}, most, std::int64_t{1}, std::int64_t{0}, std::int64_t{1},
                                       std::int64_t{2}})) == Numbers{3, 4});
  CHECK(elements(sliced(x, std::vector{most, most, std::int64_t{0}, std::int64_t{0}, std::int64_t{1}, std::int64_t{2}}))
            .empty());
}

TEST_CASE("what lies in a small program may be a slice of nothing that starts anywhere") {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  Taped t;
  t.r.record_all();
  const Var x = watch(Var(Value(array(Dtype::float64, {2, 4}, {1, 2, 3, 4, 5, 6, 7, 8}))));
  const Var none =
      sliced(x * x, std::vector{most, most, std::int64_t{0}, std::int64_t{0}, std::int64_t{1}, std::int64_t{4}});
  const Var y = summed(none, {0, 1}, false) + summed(x * x, {0, 1}, false);
  const Built built = build(t.r, std::vector{x.node}, std::vector{y});
  CHECK(elements(run(loaded(save(built.listing, built.recorded)).built, std::vector{x.value})[0]) == Numbers{204});
}
