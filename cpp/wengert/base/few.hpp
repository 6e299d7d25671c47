// A list whose first four elements need no allocation: operands of one operation.
#pragma once
#include <span>
#include <vector>

namespace wengert {

template <class T>
class Few {
 public:
  static constexpr std::size_t few = 4;

  explicit Few(std::size_t most) {
    if (most > few) more_.reserve(most);
    many_ = most > few;
  }
  void push_back(T x) {
    if (many_) more_.push_back(std::move(x));
    else some_[size_] = std::move(x);
    ++size_;
  }
  T& operator[](std::size_t k) { return many_ ? more_[k] : some_[k]; }
  const T& operator[](std::size_t k) const { return many_ ? more_[k] : some_[k]; }
  std::size_t size() const { return size_; }
  operator std::span<const T>() const { return {many_ ? more_.data() : some_, size_}; }

 private:
  T some_[few] = {};
  std::vector<T> more_;
  std::size_t size_ = 0;
  bool many_ = false;
};

}  // namespace wengert
