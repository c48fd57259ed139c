// What goes out: a reply as a value, and how it is written to a peer that may be slow.
#pragma once

#include <kj/compat/http.h>
#include <kj/timer.h>

#include <string>
#include <utility>
#include <vector>

#include "jobq/types.h"

namespace gateway {

inline constexpr const char* kJson = "application/json";
inline constexpr const char* kProblem = "application/problem+json";
inline constexpr const char* kLines = "application/x-ndjson";

struct Reply {
  unsigned code = 200;
  const char* type = kJson;
  std::string body{};
  std::vector<std::pair<std::string, std::string>> headers{};

  Reply& with(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

// `detail` and `field` as problem.h has them. With 401 the challenge, with 429 and 503 when to ask
// again.
Reply refusal(unsigned code, const std::string& detail, const std::string& field = {},
              jobq::Span retry_after = {}, const std::string& more = {});

class Sender {
 public:
  // A peer that takes nothing for so long is not waited for any more: the promise is rejected, and
  // the connection ends.
  Sender(kj::Timer& timer, const kj::HttpHeaderTable& table, kj::Duration patience)
      : timer_(timer), table_(table), patience_(patience) {}

  kj::Promise<void> send(kj::HttpService::Response& response, Reply reply);
  // The head alone, of a body without an end.
  kj::Own<kj::AsyncOutputStream> begin(kj::HttpService::Response& response, const Reply& reply);
  kj::Promise<void> write(kj::AsyncOutputStream& stream, std::string bytes);

 private:
  kj::Promise<void> write_from(kj::AsyncOutputStream& stream, const std::string& bytes,
                               std::size_t begin);

  kj::Timer& timer_;
  const kj::HttpHeaderTable& table_;
  const kj::Duration patience_;
};

}  // namespace gateway
