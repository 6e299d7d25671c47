#include "wengert/webgpu/prelude.hpp"

#include <cctype>

namespace wengert::webgpu {
namespace {

bool is_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

/// Calls f(name) for each name that begins with w_.
template <class F>
void each_name(std::string_view code, F&& f) {
  for (std::size_t i = 0; i + 1 < code.size(); ++i) {
    if (code[i] != 'w' || code[i + 1] != '_' || (i && is_letter(code[i - 1]))) continue;
    std::size_t end = i;
    while (end < code.size() && is_letter(code[end])) ++end;
    f(std::string(code.substr(i, end - i)));
    i = end - 1;
  }
}

}  // namespace

/// A piece begins with `fn`, `const` or `var` at the beginning of a line and ends before the next blank line.
Prelude::Prelude(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.find("\n\n", at);
    if (end == std::string_view::npos) end = text.size();
    std::string piece;
    for (std::size_t i = at; i < end;) {  // comments stay behind
      const std::size_t line_end = std::min(text.find('\n', i), end);
      const std::string_view line = text.substr(i, line_end - i);
      if (!line.empty() && !line.starts_with("//")) piece += std::string(line) + "\n";
      i = line_end + 1;
    }
    std::string name;
    each_name(piece, [&](std::string found) {
      if (name.empty()) name = std::move(found);
    });
    if (!name.empty()) pieces_[name] = piece;
    at = end + 2;
  }
}

void Prelude::collect(std::string_view code, std::set<std::string>& names) const {
  each_name(code, [&](const std::string& name) {
    const auto found = pieces_.find(name);
    if (found != pieces_.end() && names.insert(name).second) collect(found->second, names);
  });
}

std::string Prelude::needed_by(std::string_view code) const {
  std::set<std::string> names;
  collect(code, names);
  std::string all;
  for (const std::string& name : names) all += pieces_.at(name);
  return all;
}

std::string Prelude::missing_in(std::string_view code) const {
  std::string missing;
  each_name(code, [&](const std::string& name) {
    if (missing.empty() && !has(name)) missing = name;
  });
  return missing;
}

}  // namespace wengert::webgpu
