#include "yaml_text.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <string_view>

namespace tools {
namespace {

constexpr int kDepthMax = 64;
constexpr std::size_t kBytesMax = std::size_t{32} << 20;
constexpr std::size_t kValueBytes = 64;  // that one takes in memory, besides its text

Json scalar_of(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (text == "null" || text == "~" || text.empty()) return nullptr;
  const bool may_be_number =
      std::string_view("-0123456789").find(text[0]) != std::string_view::npos;
  if (may_be_number) {
    const Json number = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (number.is_number()) return number;
  }
  return text;
}

// What is left of memory: an alias stands for all that it names, again and again.
void take(std::size_t& left, const YAML::Node& node) {
  const std::size_t bytes = kValueBytes + (node.IsScalar() ? node.Scalar().size() : 0);
  if (bytes > left) {
    throw WrongYaml(
        fmt::format("line {}: is too much, with what aliases stand for", node.Mark().line + 1));
  }
  left -= bytes;
}

Json json_of(const YAML::Node& node, std::size_t& left, int depth = 0) {
  if (depth > kDepthMax) {
    throw WrongYaml(fmt::format("line {}: is more than {} deep", node.Mark().line + 1, kDepthMax));
  }
  take(left, node);
  if (node.IsSequence()) {
    Json list = Json::array();
    for (const YAML::Node& item : node) list.push_back(json_of(item, left, depth + 1));
    return list;
  }
  if (node.IsMap()) {
    Json object = Json::object();
    for (const auto& member : node) {
      if (!member.first.IsScalar()) {
        throw WrongYaml(fmt::format("line {}: is no name", member.first.Mark().line + 1));
      }
      if (object.contains(member.first.Scalar())) {
        throw WrongYaml(member.first.Scalar() + ": is there twice");
      }
      take(left, member.first);
      object[member.first.Scalar()] = json_of(member.second, left, depth + 1);
    }
    return object;
  }
  return node.IsScalar() ? scalar_of(node) : Json(nullptr);
}

}  // namespace

Json json_of_yaml(const std::string& text) {
  std::size_t left = kBytesMax;
  try {
    return json_of(YAML::Load(text), left);
  } catch (const YAML::Exception& error) {
    throw WrongYaml(fmt::format("line {}: {}", error.mark.line + 1, error.msg));
  }
}

}  // namespace tools
