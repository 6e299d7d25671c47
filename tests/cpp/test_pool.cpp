#include <cstring>
#include <memory>

#include "support.hpp"
#include "wengert/base/pool.hpp"

using namespace wengert;
using namespace wengert::test;

namespace {

/// A piece of pooled memory for the length of a scope.
struct Piece {
  std::size_t bytes;
  void* memory;
  explicit Piece(std::size_t least) : bytes(least), memory(pool::take(bytes)) {}
  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;
  ~Piece() { pool::give(memory, bytes); }
};

std::vector<std::size_t> sizes() {
  std::vector<std::size_t> out{0, 1, 63, 64, 65};
  for (std::size_t n = 128; n <= std::size_t{1} << 23; n *= 2) out.insert(out.end(), {n - 1, n, n + 1, n + n / 2});
  return out;
}

}  // namespace

TEST_CASE("memory is aligned, large enough, and writable to its last byte") {
  for (const std::size_t n : sizes()) {
    const Piece piece(n);
    CHECK(piece.bytes >= n);
    CHECK(piece.bytes <= std::max<std::size_t>(n + n / 8 + 2 * pool::alignment, pool::alignment));
    CHECK(reinterpret_cast<std::uintptr_t>(piece.memory) % pool::alignment == 0);
    std::memset(piece.memory, 0xa5, piece.bytes);
  }
}

TEST_CASE("pieces in use at the same time do not overlap") {
  Random random(3);
  std::vector<std::unique_ptr<Piece>> pieces;
  for (int k = 0; k < 300; ++k) {
    pieces.push_back(std::make_unique<Piece>(static_cast<std::size_t>(whole(random, 0, 5000))));
    std::memset(pieces.back()->memory, k % 251, pieces.back()->bytes);
    if (k % 3 == 2) pieces.erase(pieces.begin() + whole(random, 0, static_cast<std::int64_t>(pieces.size()) - 2));
  }
  for (const auto& piece : pieces) {
    const auto* bytes = static_cast<const unsigned char*>(piece->memory);
    CHECK(std::count(bytes, bytes + piece->bytes, bytes[0]) == static_cast<std::ptrdiff_t>(piece->bytes));
  }
}

TEST_CASE("what cannot be had is refused") {
  std::size_t bytes = (std::size_t{1} << 60) + 1;
  CHECK_THROWS_AS(pool::take(bytes), std::bad_alloc);
}

#if !defined(WENGERT_NO_POOL)
TEST_CASE("memory given back is handed out again, newest first") {
  for (const std::size_t n : sizes()) {
    void *first = nullptr, *second = nullptr;
    {
      const Piece a(n), b(n);
      first = a.memory;
      second = b.memory;
    }
    const Piece c(n), d(n);  // b was given back first, a last
    CHECK(c.memory == first);
    CHECK(d.memory == second);
  }
}

TEST_CASE("what waits is counted, and release hands it all back") {
  pool::release();
  CHECK(pool::kept() == 0);
  std::size_t given = 0;
  {
    const Piece a(1000), b(100000);
    given = a.bytes + b.bytes;
    CHECK(pool::kept() == 0);
  }
  CHECK(pool::kept() == given);
  { const Piece again(1000); }
  CHECK(pool::kept() == given);
  pool::release();
  CHECK(pool::kept() == 0);
}
#endif
