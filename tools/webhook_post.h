// A job of the datasource `webhook` as the post that it asks for, and what its end means for it.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "jobq/outcomes.h"
#include "webhook_allow.h"

namespace tools {

// Of a receiver's answer.
inline constexpr std::size_t kAnswerBytesMax = 4096;

struct WebhookPost {
  Url url{};
  std::string body{};  // JSON, as it was submitted
  std::vector<std::pair<std::string, std::string>> headers{};
};

// A function that is a URL: that is posted to, and the request is the body. Else the request is
// {"url", "body", "headers"}; without a body it is what the jobs answered that this one waited for.
// What the job's grants have as "headers" is sent too. JobError ("bad-request"): it is neither.
[[nodiscard]] std::variant<WebhookPost, jobq::JobError> webhook_post_of(
    const jobq::AcceptedJob& job);

// How a post ended.
struct WebhookAnswer {
  unsigned status = 0;
  std::string body{};        // the first kAnswerBytesMax
  jobq::Span retry_after{};  // that the receiver asks for; zero: nothing
};
struct WebhookFailure {
  enum class Kind {
    kUnreachable,  // no connection, a broken one, TLS
    kTimeout,
    kNotPermitted,  // the name led only to addresses that may not be connected to
  };
  Kind kind = Kind::kUnreachable;
  std::string message{};
};
struct WebhookInterrupted {};
using WebhookEnd = std::variant<WebhookAnswer, WebhookFailure, WebhookInterrupted>;

// The outcome of all but an interrupted one.
// 2xx: complete. 410: failed for good, as the specification has it. All else is tried again as the
// job's terms say, since receivers answer 401 or 404 for a while when they are moved or repaired;
// 408, 429 and 503 may say when.
[[nodiscard]] jobq::Result webhook_outcome(const Url& url, const WebhookAnswer& answer);
[[nodiscard]] jobq::Result webhook_outcome(const Url& url, const WebhookFailure& failure);

// For a URL that no --allow has.
[[nodiscard]] jobq::Result webhook_not_allowed(const Url& url);

}  // namespace tools
