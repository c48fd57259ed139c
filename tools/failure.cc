#include "failure.h"

#include <fmt/format.h>

#include <string_view>

#include "operations.h"
#include "time_text.h"

namespace tools {
namespace {

// The token that would cover the path which a denial names, as options of `jobq mint`.
std::string token_for(std::string_view denial) {
  constexpr std::string_view kBefore = " does not cover '";
  const std::size_t start = denial.find(kBefore);
  if (start == std::string_view::npos) return {};
  const std::string_view quoted = denial.substr(start + kBefore.size());
  const std::string_view path = quoted.substr(0, quoted.find('\''));
  using store::Method;
  for (const Method method : {Method::kGet, Method::kPost, Method::kPut, Method::kDelete}) {
    const auto found = store::find_route(method, path);
    const auto* route = std::get_if<store::Route>(&found);
    if (route == nullptr) continue;
    const bool is_of_one = !route->datasource.empty();
    const std::string exact = fmt::format("--path {}", path);
    switch (route->access) {
      case store::Access::kOpen: return {};
      case store::Access::kClient:
        return is_of_one ? fmt::format("--client-of {} --client NAME", route->datasource) : exact;
      case store::Access::kDriver:
        return is_of_one ? fmt::format("--driver-of {}", route->datasource) : exact;
      case store::Access::kOperator: return "--operator";
    }
  }
  return {};
}

}  // namespace

std::string refusal_text(unsigned code, const std::string& what, jobq::Span retry_after) {
  std::string text = fmt::format("refused by the store ({}): {}", code, what);
  if (retry_after != jobq::Span{}) text += "; try again in " + span_text(retry_after);
  if (what.ends_with("client: must not be empty")) {
    text += "; the token is for any: say --client NAME";
  }
  if (const std::string options = token_for(what); !options.empty()) {
    text += "; a token for it: jobq mint --data DIR " + options;
  }
  return text;
}

}  // namespace tools
