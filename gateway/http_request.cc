#include "http_request.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "base64.h"
#include "jobq/limits.h"
#include "refusal.h"
#include "text_rules.h"

namespace gateway {
namespace {

constexpr std::size_t kHostBytesMax = 512;

std::string text_of(kj::Maybe<kj::StringPtr> header) {
  KJ_IF_MAYBE (text, header) {
    return std::string(text->begin(), text->size());
  }
  return {};
}

bool is_same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

// "Bearer TOKEN"; a token with its discharges has spaces in it. Or "Basic" and base64.
void read_authorization(std::string_view authorization, HttpRequest& request) {
  const std::string_view scheme = authorization.substr(0, authorization.find(' '));
  const std::string_view rest = jobq::trimmed(authorization.substr(scheme.size()));
  if (is_same_word(scheme, "Bearer")) {
    request.token = rest;
    return;
  }
  const auto basic = is_same_word(scheme, "Basic") ? auth::from_base64(rest) : std::nullopt;
  if (!basic || basic->find(':') == basic->npos) {
    throw Refusal(401, "Authorization", "is neither Bearer TOKEN nor Basic");
  }
  request.basic = *basic;
}

// Of "a=b; jobq=TOKEN"; in a cookie a dot stands for a space.
std::string token_of_cookie(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    const std::string_view one = jobq::trimmed(cookies.substr(0, end));
    if (one.size() > name.size() && one.starts_with(name) && one[name.size()] == '=') {
      std::string token(one.substr(name.size() + 1));
      std::replace(token.begin(), token.end(), '.', ' ');
      return token;
    }
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
  }
  return {};
}

}  // namespace

HeaderIds::HeaderIds(kj::HttpHeaderTable::Builder& builder)
    : authorization(builder.add("Authorization")),
      cookie(builder.add("Cookie")),
      accept(builder.add("Accept")),
      accept_encoding(builder.add("Accept-Encoding")),
      if_none_match(builder.add("If-None-Match")),
      idempotency_key(builder.add("Idempotency-Key")),
      prefer(builder.add("Prefer")),
      last_event_id(builder.add("Last-Event-ID")),
      origin(builder.add("Origin")),
      wants_method(builder.add("Access-Control-Request-Method")),
      name(builder.add("X-Name")),
      queue(builder.add("X-Queue")),
      status_filter(builder.add("X-Status-Filter")) {}

const char* cookie_name(bool is_tls) { return is_tls ? "__Host-jobq" : "jobq"; }

HttpRequest read_request(kj::HttpMethod method, kj::StringPtr url, const kj::HttpHeaders& headers,
                         const HeaderIds& ids, bool is_tls) {
  HttpRequest request{.method = method,
                      .target = parse_target({url.begin(), url.size()}),
                      .name = text_of(headers.get(ids.name)),
                      .queue = text_of(headers.get(ids.queue)),
                      .status_filter = text_of(headers.get(ids.status_filter)),
                      .accept = text_of(headers.get(ids.accept)),
                      .accept_encoding = text_of(headers.get(ids.accept_encoding)),
                      .content_type = text_of(headers.get(kj::HttpHeaderId::CONTENT_TYPE)),
                      .if_none_match = text_of(headers.get(ids.if_none_match)),
                      .idempotency_key = text_of(headers.get(ids.idempotency_key)),
                      .prefer = text_of(headers.get(ids.prefer)),
                      .last_event_id = text_of(headers.get(ids.last_event_id)),
                      .origin = text_of(headers.get(ids.origin)),
                      .host = text_of(headers.get(kj::HttpHeaderId::HOST))};
  request.is_preflight = method == kj::HttpMethod::OPTIONS && !request.origin.empty() &&
                         headers.get(ids.wants_method) != nullptr;
  if (request.host.size() > kHostBytesMax) throw Refusal(400, "Host", "is too long");
  const std::string authorization = text_of(headers.get(ids.authorization));
  if (!authorization.empty()) {
    read_authorization(authorization, request);
  } else {
    request.token = token_of_cookie(text_of(headers.get(ids.cookie)), cookie_name(is_tls));
    request.is_by_cookie = !request.token.empty();
  }
  return request;
}

std::string wrong_framing(const kj::HttpHeaders& headers) {
  const std::string length = text_of(headers.get(kj::HttpHeaderId::CONTENT_LENGTH));
  const std::string encoding = text_of(headers.get(kj::HttpHeaderId::TRANSFER_ENCODING));
  const bool is_number = std::all_of(length.begin(), length.end(),
                                     [](unsigned char c) { return std::isdigit(c) != 0; });
  constexpr std::size_t kDigitsMax = 15;
  if (!is_number || length.size() > kDigitsMax) return "Content-Length: is no number";
  if (!encoding.empty() && !length.empty()) {
    return "Transfer-Encoding: stands beside a Content-Length";
  }
  if (!encoding.empty() && !is_same_word(encoding, "chunked")) {
    return "Transfer-Encoding: only chunked is taken";
  }
  const std::string host = text_of(headers.get(kj::HttpHeaderId::HOST));
  if (host.find(',') != host.npos) return "Host: stands there twice";
  return {};
}

std::optional<jobq::Span> wait_of_preference(std::string_view prefer) {
  while (!prefer.empty()) {
    const std::size_t end = std::min(prefer.find(','), prefer.size());
    std::string_view one = jobq::trimmed(prefer.substr(0, end));
    if (one.starts_with("wait=")) {
      constexpr std::uint64_t kSecondsMax = 1'000'000;
      const auto seconds = jobq::parse_number(one.substr(5), kSecondsMax);
      if (!seconds) throw Refusal(400, "Prefer", "wait is no whole number of seconds");
      return std::min(jobq::Span(*seconds * 1000), jobq::Span(jobq::limits::kWaitMsMax));
    }
    prefer.remove_prefix(std::min(end + 1, prefer.size()));
  }
  return std::nullopt;
}

}  // namespace gateway
