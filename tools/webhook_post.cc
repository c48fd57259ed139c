#include "webhook_post.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "json_text.h"
#include "json_values.h"
#include "utf8.h"

namespace tools {
namespace {

constexpr std::size_t kHeadersMax = 32;
constexpr std::size_t kHeaderBytesMax = 4096;
// A receiver must not have a job wait for a year.
constexpr jobq::Span kRetryAfterMax = std::chrono::hours(24);

class BadRequest : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

bool is_of_header_name(char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_letter || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// Those that say where a message ends or what was signed are not the job's to set.
bool is_own_header(std::string_view name) {
  constexpr std::array<std::string_view, 10> kOwn = {
      "host",    "content-length", "content-type", "transfer-encoding", "connection",
      "upgrade", "expect",         "te",           "trailer",           "keep-alive"};
  return name.starts_with("webhook-") || name.starts_with("proxy-") ||
         std::find(kOwn.begin(), kOwn.end(), name) != kOwn.end();
}

void take_header(WebhookPost& post, const std::string& name, const Json& value) {
  const std::string small = small_letters(name);
  // Not quoted: a name may be of any bytes.
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_of_header_name)) {
    throw BadRequest("headers: a name has letters, digits, - and _ alone");
  }
  if (is_own_header(small)) throw BadRequest("headers: " + small + " cannot be set");
  const std::string* text = value.get_ptr<const std::string*>();
  const auto is_visible = [](char c) { return c >= ' ' && c <= '~'; };
  if (text == nullptr || !std::all_of(text->begin(), text->end(), is_visible)) {
    throw BadRequest("headers: " + small + ": must be a text of visible ASCII");
  }
  if (name.size() + text->size() > kHeaderBytesMax) {
    throw BadRequest(fmt::format("headers: {}: more than {} bytes", small, kHeaderBytesMax));
  }
  if (post.headers.size() == kHeadersMax) {
    throw BadRequest(fmt::format("headers: more than {}", kHeadersMax));
  }
  post.headers.emplace_back(name, *text);
}

void take_headers(WebhookPost& post, const Json& headers) {
  if (!headers.is_object()) throw BadRequest("headers: must be an object of names and texts");
  for (const auto& [name, value] : headers.items()) take_header(post, name, value);
}

WebhookPost post_of_request(const jobq::AcceptedJob& job) {
  const auto members = raw_members(job.request);
  if (!members) {
    throw BadRequest(R"(the request must be {"url": ..., "body": ...}, or the function the URL)");
  }
  WebhookPost post;
  std::optional<std::string> url;
  for (const auto& [name, value] : *members) {
    if (name == "url") {
      const Json text = Json::parse(value);
      if (!text.is_string()) throw BadRequest("url: must be a text");
      url = text.get<std::string>();
    } else if (name == "body") {
      post.body = value;
    } else if (name == "headers") {
      take_headers(post, Json::parse(value));
    } else {
      throw BadRequest("the request has url, body and headers, and nothing else");
    }
  }
  if (!url) throw BadRequest("url: is missing");
  post.url = parse_url(*url);
  if (post.body.empty() && job.after.empty()) {
    throw BadRequest("body: is missing, and the job waited for no others");
  }
  if (post.body.empty()) jobq::append_json(post.body, job.after);
  return post;
}

jobq::JobError error_of(const std::string& code, std::string message) {
  return {code, std::move(message), {}};
}

}  // namespace

std::variant<WebhookPost, jobq::JobError> webhook_post_of(const jobq::AcceptedJob& job) {
  try {
    WebhookPost post;
    if (job.function.find("://") != std::string::npos) {
      post.url = parse_url(job.function);
      post.body = job.request;
    } else {
      post = post_of_request(job);
    }
    if (!job.grants.empty()) {
      const Json grants = Json::parse(job.grants);
      if (grants.contains("headers")) take_headers(post, grants["headers"]);
    }
    return post;
  } catch (const BadRequest& error) {
    return error_of("bad-request", error.what());
  } catch (const BadUrl& error) {
    return error_of("bad-request", error.what());
  } catch (const Json::exception&) {
    return error_of("bad-request", "the request or the grants are no JSON");
  }
}

jobq::Result webhook_outcome(const Url& url, const WebhookAnswer& answer) {
  const std::string body(head_of(valid_utf8(answer.body), kAnswerBytesMax));
  if (answer.status >= 200 && answer.status < 300) {
    return jobq::Done{to_text({{"status", answer.status}, {"body", body}})};
  }
  jobq::JobError error{fmt::format("http-{}", answer.status),
                       fmt::format("{} answers {}", url.place(), answer.status), body};
  if (answer.status == 410) {
    error.message += ": it wants no more posts";
    return error;
  }
  if (answer.status >= 300 && answer.status < 400) {
    error.message += ": a redirect, which is not followed";
  }
  const bool may_say_when = answer.status == 408 || answer.status == 429 || answer.status == 503;
  const jobq::Span delay =
      may_say_when ? std::min(answer.retry_after, kRetryAfterMax) : jobq::Span{};
  return jobq::Retry{.error = std::move(error), .delay = delay};
}

jobq::Result webhook_outcome(const Url& url, const WebhookFailure& failure) {
  const std::string message = fmt::format("{}: {}", url.place(), failure.message);
  switch (failure.kind) {
    case WebhookFailure::Kind::kNotPermitted:
      return jobq::Forbid{error_of("address-not-allowed", message)};
    case WebhookFailure::Kind::kTimeout:
      return jobq::Retry{.error = error_of("timeout", message), .delay = {}};
    case WebhookFailure::Kind::kUnreachable: break;
  }
  return jobq::Retry{.error = error_of("unreachable", message), .delay = {}};
}

jobq::Result webhook_not_allowed(const Url& url) {
  return jobq::Forbid{
      error_of("host-not-allowed",
               fmt::format("{0} is no host that may be posted to: its driver was not started with "
                           "--allow {0}",
                           url.place()))};
}

}  // namespace tools
