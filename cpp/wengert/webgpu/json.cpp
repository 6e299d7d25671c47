// A plan as JSON.
#include "wengert/webgpu/plan.hpp"

namespace wengert::webgpu {
namespace {

std::string quoted(const std::string& text) {
  std::string all = "\"";
  for (const char c : text) {
    if (c == '\n') all += "\\n";
    else if (c == '"' || c == '\\') all += std::string("\\") + c;
    else all += c;
  }
  return all + "\"";
}

template <class List, class F>
std::string listed(const List& list, F&& text) {
  std::string all = "[";
  for (const auto& each : list) all += (all.size() > 1 ? "," : "") + text(each);
  return all + "]";
}
std::string numbers(const std::vector<std::size_t>& list) {
  return listed(list, [](std::size_t n) { return std::to_string(n); });
}

std::string described(const Buffer& b) {
  const char* const roles[] = {"input", "constant", "temporary", "output", "kept"};
  const char* const types[] = {"float32", "int32", "bool"};
  return cat("[\"", roles[static_cast<int>(b.role)], "\",\"", types[static_cast<int>(b.type)], "\",",
             std::to_string(b.elements), ",", std::to_string(buffer_bytes(b.elements)), ",", std::to_string(b.number),
             "]");
}
std::string described(const Step& s) {
  return cat("[", std::to_string(s.kernel), ",[", std::to_string(s.grid[0]), ",", std::to_string(s.grid[1]), ",",
             std::to_string(s.grid[2]), "],", numbers(s.reads), ",", numbers(s.writes), ",", std::to_string(s.node),
             "]");
}

}  // namespace

std::string planned_json(const Source& p, const std::string& prelude, bool software) {
  try {
    const Plan plan = lower(p, prelude, software);
    return cat("{\"version\":1,\"kernels\":", listed(plan.kernels, quoted),
               ",\"buffers\":", listed(plan.buffers, [](const Buffer& b) { return described(b); }),
               ",\"steps\":", listed(plan.steps, [](const Step& s) { return described(s); }),
               ",\"once\":", std::to_string(plan.once), ",\"outputs\":", numbers(plan.outputs),
               ",\"slots\":", listed(plan.slots, [](std::int64_t n) { return std::to_string(n); }),
               ",\"most_live\":", std::to_string(plan.most_live), "}");
  } catch (const Refusal& e) {
    return cat("{\"error\":", quoted(e.what()), ",\"node\":", std::to_string(e.node),
               ",\"limit\":", e.limit ? "true" : "false", "}");
  }
}

}  // namespace wengert::webgpu
