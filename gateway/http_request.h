// What is looked at of an HTTP request: its method, its target, and some of its headers. A copy,
// for kj's is gone once the body is read.
#pragma once

#include <kj/compat/http.h>

#include <optional>
#include <string>

#include "jobq/types.h"
#include "target.h"

namespace gateway {

// The headers that are looked at, in kj's table.
struct HeaderIds {
  explicit HeaderIds(kj::HttpHeaderTable::Builder& builder);

  kj::HttpHeaderId authorization, cookie, accept, accept_encoding, if_none_match, idempotency_key,
      prefer, last_event_id, origin, wants_method, name, queue, status_filter;
};

struct HttpRequest {
  kj::HttpMethod method = kj::HttpMethod::GET;
  Target target;
  std::string token{};  // of the caller; empty: none came
  bool is_by_cookie = false;
  std::string basic{};  // "NAME:PASSWORD", where it came so: of no path of the store
  std::string name{}, queue{}, status_filter{};  // of JobEngine: X-Name, X-Queue, ...
  std::string accept{}, accept_encoding{}, content_type{}, if_none_match{}, idempotency_key{},
      prefer{}, last_event_id{}, origin{}, host{};
  bool is_preflight = false;

  bool is_head() const { return method == kj::HttpMethod::HEAD; }
  bool reads() const { return method == kj::HttpMethod::GET || is_head(); }
  bool accepts(std::string_view type) const { return accept.find(type) != accept.npos; }
};

// The cookie that has the token: with TLS one that no other host and no plain page can set.
const char* cookie_name(bool is_tls);

// Throws Refusal. REQUIRES: check_framing() has let it pass.
HttpRequest read_request(kj::HttpMethod method, kj::StringPtr url, const kj::HttpHeaders& headers,
                         const HeaderIds& ids, bool is_tls);

// What is wrong with how the request says where its body ends; empty: nothing. Whoever is before
// the gateway may read such a request in another way, so that the connection must not go on.
std::string wrong_framing(const kj::HttpHeaders& headers);

// The seconds of "respond-async, wait=30", up to what the store waits.
std::optional<jobq::Span> wait_of_preference(std::string_view prefer);

}  // namespace gateway
