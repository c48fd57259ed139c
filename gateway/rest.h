// REST: the paths of the store's table of operations under /v1, each with JSON by the field tables.
// Nothing here knows an operation but for what HTTP has words for: 201, Location, ETag, Link.
#pragma once

#include <kj/async.h>

#include <string>
#include <string_view>
#include <variant>

#include "answers.h"
#include "bodies.h"
#include "http_request.h"
#include "operations.h"
#include "reply.h"
#include "store_calls.h"

namespace gateway {

inline constexpr std::string_view kPrefix = "/v1";

// "GET, HEAD, POST, OPTIONS" of a path of the store; empty: there is no such path.
std::string allowed_methods(std::string_view path);

// The operation that is meant, or the refusal.
std::variant<store::Route, Reply> route_of(kj::HttpMethod method, std::string_view path);

class Rest {
 public:
  explicit Rest(StoreCalls& calls) : calls_(calls) {}

  // REQUIRES: the request outlives the promise. Throws Refusal.
  kj::Promise<Reply> answer(const HttpRequest& request, const store::Route& route,
                            std::string_view json);

  // A question as a caller asks it.
  kj::Promise<Answer> ask(jobq::Question question, const std::string& token,
                          const Reading& reading);

 private:
  struct Call;

  kj::Promise<Answer> ask_call(const Call& call);
  kj::Promise<Reply> finish(const Call& call, Answer answer);
  kj::Promise<Answer> wait_for_end(const Call& call, Answer answer);

  StoreCalls& calls_;
};

}  // namespace gateway
