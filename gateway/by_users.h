// The documents that the store came from, as they are printed: core4's job API and JobEngine's, for
// the users of a file. Each is a thin layer over what the store is asked with the tokens of the
// user who asks. docs/compatibility.md has both.
#pragma once

#include <memory>
#include <string_view>

#include "asker.h"
#include "core4.h"
#include "held_bytes.h"
#include "http_request.h"
#include "job_engine.h"
#include "steps.h"
#include "stream_parts.h"
#include "user_check.h"

namespace gateway {

class ByUsers {
 public:
  using Parts = StreamParts;
  // All must outlive this. Throws auth::KeyFileError.
  explicit ByUsers(const Parts& parts);

  static bool is_for(std::string_view path);

  struct Asked {
    const HttpRequest& request;
    kj::AsyncInputStream& body;
    HeldBytes::Share& share;
    kj::HttpService::Response& response;
    const Reply& head;  // headers that all answers have
  };
  // REQUIRES: what is asked outlives the promise.
  Told answer(const Asked& asked);

 private:
  struct Visit;

  kj::Promise<UserCheck::Found> identify(const HttpRequest& request);
  Told answer_user(const Asked& asked, const tools::User& user);
  Told answer_body(const Visit& visit, std::string_view body);

  const Parts parts_;
  UserCheck users_;
  Core4 core4_;
  JobEngine job_engine_;
};

}  // namespace gateway
