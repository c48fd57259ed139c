#include "admission.h"

namespace store {
namespace {

// Of which a request names code, one after the other.
std::vector<std::string_view> code_named_by(const Command& command) {
  std::vector<std::string_view> codes;
  const auto add = [&](const std::string& code) {
    if (!code.empty() && (codes.empty() || codes.back() != code)) {
      codes.push_back(code);
    }
  };
  if (const auto* put = std::get_if<PutFunction>(&command)) {
    add(put->function.code);
  }
  if (const auto* submit = std::get_if<Submit>(&command)) {
    for (const Item<NewJob>& item : submit->jobs) {
      if (const auto* job = std::get_if<NewJob>(&item)) {
        add(job->code);
      }
    }
  }
  return codes;
}

}  // namespace

std::optional<Refused> Admission::refuse_to_run(const Request& request) {
  const auto codes = code_named_by(*request.command);
  if (codes.empty()) {
    return std::nullopt;  // as of most requests
  }
  auth::Facts facts = request.facts;
  facts.method = to_string(Method::kPost);
  for (const std::string_view code : codes) {
    const std::string path =
        "/jobs/" + std::string(request.route.datasource) + "/code/" + std::string(code);
    if (const auto denied = denied_for(request.token, path + "/", facts)) {
      return Refused{Code::kForbidden,
                     as_field("token", *denied + ", to run code: it needs POST " + path)};
    }
  }
  return std::nullopt;
}

}  // namespace store
