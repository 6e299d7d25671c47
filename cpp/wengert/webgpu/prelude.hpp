// The functions that kernels may call, of which each kernel gets those it uses.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace wengert::webgpu {

class Prelude {
 public:
  explicit Prelude(std::string_view text);
  bool has(const std::string& name) const { return pieces_.contains(name); }
  /// All that `code` calls, and what that calls.
  std::string needed_by(std::string_view code) const;
  /// The first function that `code` calls and that is not there; empty if there is none.
  std::string missing_in(std::string_view code) const;

 private:
  void collect(std::string_view code, std::set<std::string>& names) const;
  std::map<std::string, std::string> pieces_;
};

}  // namespace wengert::webgpu
