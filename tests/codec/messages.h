// Messages as a peer makes and reads them: written against the schema, not against the store's
// codec, so that the two check each other.
#pragma once

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "protocol.capnp.h"

namespace wire {

using protocol::Method;

// What all requests have.
struct Head {
  std::uint64_t id = 1;
  Method method = Method::GET;
  std::string path = {};
  std::string token = {};
};

struct NewJob {
  std::string job = {};
  std::string client = "alice";
  std::string request = "{}";
  std::uint8_t priority = 0;
  std::uint64_t keep_for_ms = 0;
};
struct JobQuery {
  std::string job = {};
  std::string client = "alice";
  std::uint32_t wait_ms = 0;
  std::uint64_t seen = 0;
  bool until_final = false;
};
struct ListQuery {
  std::string client = "alice";
  std::uint64_t cursor = 0;
  std::uint32_t limit = 0;
  std::vector<protocol::Status> statuses = {};
};
struct Accept {
  std::string worker = "w";
  std::uint64_t request_number = 1;
  std::uint32_t max = 1;
  std::uint32_t lease_ms = 0;
  std::uint32_t wait_ms = 0;
};
struct Lease {
  std::string job = {};
  std::uint32_t attempt = 1;
};
// Fails when `error_code` is set, completes otherwise.
struct Outcome {
  Lease lease = {};
  std::string response = "1";
  std::string error_code = {};
  std::string error_message = {};
  std::string error_detail = {};
};

capnp::Text::Reader text(const std::string& text);

// The frame of a request that has `head`, and of which `fill` sets the rest.
std::string request_frame(const Head& head,
                          const std::function<void(protocol::Request::Builder)>& fill);
std::string bare_frame(const Head& head);
std::string submit_frame(const Head& head, const std::vector<NewJob>& jobs);
std::string job_query_frame(const Head& head, const JobQuery& query);
std::string list_query_frame(const Head& head, const ListQuery& query);
std::string accept_frame(const Head& head, const Accept& accept);
std::string renew_frame(const Head& head, const std::vector<Lease>& leases, std::uint32_t lease_ms);
std::string update_frame(const Head& head, const std::vector<Outcome>& outcomes);

// A decoded reply. Throws kj::Exception when the bytes are none.
class Answer {
 public:
  explicit Answer(const std::string& bytes);

  protocol::Reply::Reader reply() const { return parsed_->reply; }
  unsigned code() const { return reply().getCode(); }
  std::uint64_t id() const { return reply().getId(); }
  std::string error() const { return reply().getError(); }
  protocol::Reply::Body::Reader body() const { return reply().getBody(); }

 private:
  struct Parsed {
    explicit Parsed(std::vector<capnp::word> bytes);
    std::vector<capnp::word> words;
    capnp::FlatArrayMessageReader reader;
    protocol::Reply::Reader reply;
  };
  std::unique_ptr<Parsed> parsed_;
};

}  // namespace wire
