#include "front.h"

#include <kj/debug.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "discharges.h"
#include "openapi.h"
#include "read_body.h"
#include "refusal.h"
#include "session.h"
#include "steps.h"

namespace gateway {
namespace {

constexpr const char* kFraming = "framing: ";
constexpr const char* kNoToken = "token: this path needs a token";

kj::Duration duration(jobq::Span span) { return span.count() * kj::MILLISECONDS; }

// Whether it looks like one; the store says whether it is.
bool is_token(const std::string& text) {
  return std::holds_alternative<auth::Bundle>(auth::Bundle::parse(text));
}

// A form of another site can send texts without asking first, but no JSON.
void check_type(const HttpRequest& request, std::string_view body) {
  const std::string& type = request.content_type;
  if (body.empty() || (type.empty() && !request.is_by_cookie) || type.starts_with(kJson)) return;
  throw Refusal(415, "Content-Type", "must be application/json");
}

}  // namespace

Front::Front(const Parts& parts)
    : parts_(parts),
      rest_(parts.calls),
      sender_(parts.timer, parts.table, duration(parts.settings.write_timeout)),
      held_(parts.settings.held_bytes_max),
      places_(parts.settings, parts.counters),
      stream_parts_{parts.settings, parts.timer, parts.calls, sender_, parts.counters, places_},
      streams_(stream_parts_),
      changes_(stream_parts_),
      metrics_({parts.settings, parts.calls, parts.counters, held_}) {
  if (parts.settings.users_file.empty()) return;
  by_users_.emplace(stream_parts_);
}

kj::Promise<void> Front::request(kj::HttpMethod method, kj::StringPtr url,
                                 const kj::HttpHeaders& headers, kj::AsyncInputStream& body,
                                 kj::HttpService::Response& response) {
  if (const std::string wrong = wrong_framing(headers); !wrong.empty()) {
    // An exception, for kj ends the connection then.
    kj::throwFatalException(kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__,
                                          kj::str(kFraming, wrong.c_str())));
  }
  struct Asked {
    Asked(HeldBytes& held, kj::TimePoint now) : share(held), came_at(now) {}
    HttpRequest request{};
    HeldBytes::Share share;
    kj::TimePoint came_at;
    Reply head{};
  };
  auto asked = kj::heap<Asked>(held_, parts_.timer.now());
  auto& kept = *asked;
  auto reply = or_refusal([&] {
    kept.request = read_request(method, url, headers, parts_.ids, parts_.settings.is_tls());
    if (by_users_ && ByUsers::is_for(kept.request.target.path)) {
      check_origin(kept.request);
      kept.head = with_origin({}, kept.request.origin);
      return by_users_->answer({kept.request, body, kept.share, response, kept.head});
    }
    return answer(kept.request, body, kept.share, response);
  });
  return reply
      .then([this, &kept, &response](kj::Maybe<Reply> done) -> kj::Promise<void> {
        KJ_IF_MAYBE (one, done) {
          auto fitting = or_refusal([&]() -> Reply {
            kept.share.grow(one->body.size());
            return std::move(*one);
          });
          note_time(parts_.timer.now() - kept.came_at);
          return send(response, with_origin(std::move(fitting), kept.request.origin));
        }
        return kj::READY_NOW;  // it was a stream
      })
      .attach(kj::mv(asked));
}

kj::Promise<kj::Maybe<Reply>> Front::answer(const HttpRequest& request, kj::AsyncInputStream& body,
                                            HeldBytes::Share& share,
                                            kj::HttpService::Response& response) {
  const std::string_view path = request.target.path;
  if (!request.basic.empty()) throw Refusal(401, "Authorization", "is none of the scheme Bearer");
  if (request.method == kj::HttpMethod::OPTIONS) return some(options(request));
  check_origin(request);
  if (path == "/changes") {
    if (request.method != kj::HttpMethod::GET) {
      return some(refusal(405, "method: GET").with("Allow", "GET"));
    }
    if (!is_token(request.token)) return some(refusal(401, kNoToken));
    return changes_.run(request, response, with_origin({}, request.origin));
  }
  if (!path.starts_with(kPrefix) || !path.substr(kPrefix.size()).starts_with('/')) {
    return answer_itself(request).then([](Reply reply) { return some(std::move(reply)); });
  }
  auto found = route_of(request.method, path.substr(kPrefix.size()));
  if (auto* refused = std::get_if<Reply>(&found)) return some(std::move(*refused));
  const auto& route = std::get<store::Route>(found);
  if (Streams::wants_stream(request, route)) {
    return streams_.run(request, route, response, with_origin({}, request.origin));
  }
  return answer_operation(request, route, body, share).then([](Reply reply) {
    return some(std::move(reply));
  });
}

kj::Promise<Reply> Front::answer_itself(const HttpRequest& request) {
  const std::string& path = request.target.path;
  if (path == "/session") return answer_session(request, parts_.settings.is_tls());
  const PageFile* const file = find_file(parts_.files, path);
  if (file == nullptr && path != "/healthz" && path != "/metrics" && path != "/openapi.json") {
    return refusal(404, "path: there is no such path");
  }
  if (!request.reads()) return refusal(405, "method: GET, HEAD").with("Allow", "GET, HEAD");
  if (file != nullptr) return answer_file(*file, request);
  if (path == "/openapi.json") {
    static const std::string kText = openapi_text();
    return std::move(Reply{.body = kText}.with("Cache-Control", "max-age=3600"));
  }
  return path == "/metrics" ? metrics_.answer(request.token) : health();
}

kj::Promise<Reply> Front::answer_operation(const HttpRequest& request, const store::Route& route,
                                           kj::AsyncInputStream& body, HeldBytes::Share& share) {
  // Before the body, which costs more to read than to send.
  if (route.access != store::Access::kOpen && !is_token(request.token)) {
    return refusal(401, request.token.empty() ? kNoToken : "token: is none");
  }
  return read_body(body, parts_.timer, duration(parts_.settings.body_timeout), share)
      .then([this, &request, route](BodyText read) -> kj::Promise<Reply> {
        if (read.refused) return std::move(*read.refused);
        return or_refusal([&] {
          check_type(request, read.text);
          if (request.reads() && !read.text.empty()) {
            throw Refusal(400, "body", "a GET has none: what is asked stands in parameters");
          }
          return rest_.answer(request, route, read.text);
        });
      });
}

kj::Promise<Reply> Front::health() {
  return rest_.ask({.path = "/status"}, {}, {}).then([](const Answer& answer) {
    if (answer.code != 200) return refusal(503, answer.error);
    return Reply{.body = "{\"status\":\"ok\"}"};
  });
}

Reply Front::options(const HttpRequest& request) const {
  const std::string_view path = request.target.path;
  std::string allowed = "GET, HEAD, OPTIONS";
  if (path == "/session") allowed = "GET, HEAD, POST, DELETE, OPTIONS";
  if (path.starts_with(kPrefix)) allowed = allowed_methods(path.substr(kPrefix.size()));
  if (allowed.empty()) return refusal(404, "path: there is no such path");
  Reply reply{.code = 204};
  reply.with("Allow", allowed);
  if (request.is_preflight && is_allowed_origin(request.origin)) {
    reply.with("Access-Control-Allow-Methods", allowed)
        .with("Access-Control-Allow-Headers",
              "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Prefer")
        .with("Access-Control-Max-Age", "600");
  }
  return reply;
}

// With a cookie or a password the browser asks, whoever's page it is: only our own may change
// something. A name alone is nothing that a page may have.
void Front::check_origin(const HttpRequest& request) const {
  const bool is_by_browser = request.is_by_cookie || !request.basic.empty();
  if (!is_by_browser || request.reads() || request.origin.empty()) {
    if (request.name.empty() || request.origin.empty()) return;
  }
  const std::string own = std::string(parts_.settings.is_tls() ? "https://" : "http://");
  if (request.origin != own + request.host) {
    throw Refusal(403, "Origin", "is another site than this one");
  }
}

bool Front::is_allowed_origin(const std::string& origin) const {
  const auto& origins = parts_.settings.origins;
  return std::find(origins.begin(), origins.end(), origin) != origins.end();
}

Reply Front::with_origin(Reply reply, const std::string& origin) const {
  if (parts_.settings.origins.empty()) return reply;
  reply.with("Vary", "Origin");
  if (!is_allowed_origin(origin)) return reply;
  return std::move(
      reply.with("Access-Control-Allow-Origin", origin)
          .with("Access-Control-Expose-Headers", "ETag, Link, Location, Retry-After, Allow"));
}

void Front::note_time(kj::Duration taken) {
  Counters& counters = parts_.counters;
  const jobq::Span span(taken / kj::MILLISECONDS);
  const auto place =
      static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(span.count())));
  counters.reply_times.resize(std::max(counters.reply_times.size(), place + 1));
  ++counters.reply_times[place];
  counters.replied += span;
}

kj::Promise<void> Front::send(kj::HttpService::Response& response, Reply reply) {
  ++parts_.counters.replies[std::min<std::size_t>(reply.code / 100, 5)];
  return sender_.send(response, std::move(reply));
}

kj::Promise<void> Front::handleClientProtocolError(kj::HttpHeaders::ProtocolError error,
                                                   kj::HttpService::Response& response) {
  const std::string detail(error.description.begin(), error.description.size());
  return send(response, refusal(error.statusCode, detail));
}

kj::Promise<void> Front::handleApplicationError(kj::Exception exception,
                                                kj::Maybe<kj::HttpService::Response&> response) {
  const bool is_gone = exception.getType() == kj::Exception::Type::DISCONNECTED ||
                       exception.getType() == kj::Exception::Type::OVERLOADED;
  KJ_IF_MAYBE (out, response) {
    const std::string description = exception.getDescription().cStr();
    if (description.starts_with(kFraming)) {
      return send(*out, refusal(400, description.substr(std::string_view(kFraming).size())));
    }
    // What kj finds wrong with lengths and chunks. Its words have bytes of the request in them.
    if (std::string_view(exception.getFile()).ends_with("compat/http.c++")) {
      return send(*out, refusal(400, "framing: the length or an encoding of the body is wrong"));
    }
    if (!is_gone) {
      KJ_LOG(ERROR, "a request was not answered", exception);
      return send(*out, refusal(500, "gateway: an error of its own, which its log has"));
    }
  }
  return kj::READY_NOW;
}

}  // namespace gateway
