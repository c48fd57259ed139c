#include "session.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "discharges.h"
#include "json_values.h"

namespace gateway {
namespace {

// Of a caveat that is met by a discharge the caveats of that one stand here instead.
Reply told(const std::string& token) {
  const auto parsed = auth::Bundle::parse(token);
  const auto* bundle = std::get_if<auth::Bundle>(&parsed);
  if (bundle == nullptr) return Reply{.code = 204};
  jobq::Json caveats = jobq::Json::array();
  const auto add = [&](const auth::Caveat& caveat) {
    jobq::Json one = {{"text", caveat.predicate}};
    if (caveat.third_party) {
      one["thirdParty"] = true;
      one["location"] = caveat.location;
    }
    caveats.push_back(std::move(one));
  };
  const bool is_met = !bundle->discharges.empty();
  for (const auto& caveat : is_met ? bundle->first_party_caveats() : bundle->root.caveats()) {
    add(caveat);
  }
  return Reply{.body = jobq::to_text({{"identifier", bundle->root.identifier()},
                                      {"location", bundle->root.location()},
                                      {"caveats", std::move(caveats)}})};
}

}  // namespace

Reply answer_session(const HttpRequest& request, bool is_tls) {
  if (request.reads()) return told(request.token);
  const bool ends = request.method == kj::HttpMethod::DELETE;
  if (!ends && request.method != kj::HttpMethod::POST) {
    return refusal(405, "method: GET, HEAD, POST, DELETE").with("Allow", "GET, HEAD, POST, DELETE");
  }
  if (!ends && (request.token.empty() || request.is_by_cookie)) {
    return refusal(401, "Authorization: no token");
  }
  if (!ends && !std::holds_alternative<auth::Bundle>(auth::Bundle::parse(request.token))) {
    return refusal(401, "token: is none");
  }
  std::string value = ends ? std::string() : request.token;
  std::replace(value.begin(), value.end(), ' ', '.');
  return Reply{.code = 204}.with("Set-Cookie", std::string(cookie_name(is_tls)) + "=" + value +
                                                   "; Path=/; HttpOnly; SameSite=Strict" +
                                                   (is_tls ? "; Secure" : "") +
                                                   (ends ? "; Max-Age=0" : ""));
}

}  // namespace gateway
