// The text of a kernel, and of several small ones as one: each dispatch costs a device some microseconds.
#include <algorithm>
#include <cctype>
#include <map>

#include "wengert/webgpu/kernels.hpp"

namespace wengert::webgpu {
namespace {

// Threads of all groups go through the texts of all parts where an adapter has no branches: few groups, then.
constexpr std::int64_t most_joined_groups = 128;

/// Adds what is not there; false where something there is bound otherwise.
bool unite(std::vector<Bound>& all, const std::vector<Bound>& more) {
  for (const Bound& b : more) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Bound& x) { return x.same(b); });
    if (found == all.end()) all.push_back(b);
    else if (found->together != b.together) return false;
  }
  return true;
}

std::size_t place(const std::vector<Bound>& all, const Bound& b) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Bound& x) { return x.same(b); });
  return static_cast<std::size_t>(found - all.begin());
}

bool is_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

/// A part's text with the names of bindings that they have in the whole.
std::string renamed(const Kernel& k, const Joined& whole) {
  std::string all;
  const std::string& text = k.body;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i + 1;
    if (is_letter(text[i])) {
      while (end < text.size() && is_letter(text[end])) ++end;
    }
    std::string word = text.substr(i, end - i);
    const bool number = word.size() == 2 && std::isdigit(static_cast<unsigned char>(word[1]));
    const auto n = number ? static_cast<std::size_t>(word[1] - '0') : 0;
    if (number && word[0] == 'r') word = "r" + std::to_string(place(whole.reads, k.reads[n]));
    if (number && word[0] == 's') word = "s" + std::to_string(place(whole.writes, k.writes[n]));
    all += word;
    i = end;
  }
  return all;
}

std::string aliases(int width) {
  std::string all;
  const auto alias = [&](const char* name, const char* type) {
    all += cat("alias ", name, " = ", width == 4 ? cat("vec4<", type, ">") : std::string(type), ";\n");
  };
  alias("F", "f32");
  alias("I", "i32");
  alias("U", "u32");
  alias("B", "bool");
  return all;
}

/// Of a declaration: so many elements of four bytes, or registers of four of them.
std::int64_t shared_bytes(const std::string& line) {
  return (line.find("vec4") == std::string::npos ? 4 : 16) * std::stoll(line.substr(line.rfind(' ')));
}

/// Declarations of shared memory by name; false where two are of one name, or take too much.
bool unite_shared(std::map<std::string, std::string>& all, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    const auto [found, fresh] = all.try_emplace(line.substr(0, line.find(':')), line);
    if (!fresh && found->second != line) return false;
    at = end + 1;
  }
  std::int64_t bytes = 0;
  for (const auto& [name, line] : all) bytes += shared_bytes(line);
  return bytes <= 16'384;
}

}  // namespace

std::int64_t Joined::groups() const {
  std::int64_t n = 0;
  for (const Kernel& k : parts) n += k.groups;
  return n;
}

bool Joined::take(const Kernel& other) {
  if (other.width != parts[0].width || groups() + other.groups > most_joined_groups) return false;
  std::vector<Bound> reading = reads, writing = writes;
  if (!unite(reading, other.reads) || !unite(writing, other.writes)) return false;
  if (reading.size() + writing.size() > static_cast<std::size_t>(most_bindings)) return false;
  std::map<std::string, std::string> shared;
  for (const Kernel& k : parts) unite_shared(shared, k.shared);
  if (!unite_shared(shared, other.shared)) return false;
  reads = std::move(reading);
  writes = std::move(writing);
  parts.push_back(other);
  return true;
}

std::string Joined::text(const Graph& g, const Prelude& prelude) const {
  std::string all = aliases(parts[0].width), body, functions;
  std::size_t binding = 0;
  const auto bind = [&](const char* access, const char* letter, const std::vector<Bound>& list) {
    for (std::size_t k = 0; k < list.size(); ++k) {
      all += cat("@group(0) @binding(", std::to_string(binding++), ") var<storage, ", access, "> ", letter,
                 std::to_string(k), ": array<", stored_type(g.items[list[k].item].type, list[k].together), ">;\n");
    }
  };
  bind("read", "r", reads);
  bind("read_write", "s", writes);
  std::map<std::string, std::string> shared;
  for (const Kernel& k : parts) unite_shared(shared, k.shared);
  for (const auto& [name, line] : shared) all += line + "\n";
  const Grid grid = grid_of(groups());
  body = grid.y > 1 ? cat("let group_number = group.y * ", number(grid.x), " + group.x;\n")
                    : std::string("let group_number = group.x;\n");
  std::int64_t from = 0;
  for (std::size_t k = 0; parts.size() > 1 && k < parts.size(); ++k) {
    const std::string name = "part" + std::to_string(k);
    functions += cat("fn ", name, "(group_number: u32, lane: u32) {\n", renamed(parts[k], *this), "}\n");
    body += cat(k ? "else if" : "if", " (group_number < ", number(from + parts[k].groups), ") { ", name,
                "(group_number - ", number(from), ", lane); }\n");
    from += parts[k].groups;
  }
  if (parts.size() == 1) body += parts[0].body;
  return cat(all, prelude.needed_by(body + functions), functions,
             "@compute @workgroup_size(256)\nfn main(@builtin(workgroup_id) group: vec3<u32>, "
             "@builtin(local_invocation_index) lane: u32) {\n",
             body, "}\n");
}

}  // namespace wengert::webgpu
