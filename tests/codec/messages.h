// Messages as a peer makes and reads them: written against the schema, not against the store's
// codec, so that the two check each other.
#pragma once

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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

struct Backoff {
  std::uint64_t initial_ms = 0;
  std::uint32_t factor_percent = 100;
  std::uint64_t max_ms = 0;
  std::uint8_t jitter_percent = 0;
};
struct NewJob {
  std::string job = {};
  std::string client = "alice";
  std::string request = "{}";
  std::uint8_t priority = 0;
  std::uint64_t keep_for_ms = 0;
  std::string function = {};
  std::uint64_t not_before = 0;
  std::uint64_t delay_ms = 0;
  std::uint64_t valid_for_ms = 0;
  std::uint64_t timeout_ms = 0;
  std::uint32_t failures_max = 0;
  std::uint32_t lost_leases_max = 0;
  std::uint32_t releases_max = 0;
  std::optional<Backoff> backoff = {};
  std::vector<std::string> tags = {};
  std::string trace = {};
};
struct JobQuery {
  std::string job = {};
  std::string client = "alice";
  std::uint32_t wait_ms = 0;
  std::uint64_t seen = 0;
  bool until_final = false;
  bool with_attempts = false;
  bool with_request = false;
};
struct ListQuery {
  std::string client = "alice";
  std::uint64_t cursor = 0;
  std::uint32_t limit = 0;
  std::vector<protocol::Status> statuses = {};
  std::string function = {};
  std::string tag = {};
  std::string text = {};
};
struct LogQuery {
  std::string client = "alice";
  std::uint32_t after = 0;
  std::uint32_t limit = 0;
};
struct Accept {
  std::string worker = "w";
  std::uint64_t request_number = 1;
  std::uint32_t max = 1;
  std::uint32_t lease_ms = 0;
  std::uint32_t wait_ms = 0;
  std::vector<std::string> functions = {};
};
struct Lease {
  std::string job = {};
  std::uint32_t attempt = 1;
  std::string token = {};
};
struct Renew {
  std::vector<Lease> leases = {};
  std::uint32_t lease_ms = 0;
  std::string worker = {};
  std::uint32_t wait_ms = 0;
  std::uint64_t seen = 0;
};
// Says `word` when that is set; else fails when `error_code` is, and completes otherwise.
struct Outcome {
  Lease lease = {};
  std::string response = "1";
  std::string error_code = {};
  std::string error_message = {};
  std::string error_detail = {};
  std::function<void(protocol::Outcome::Builder)> report = {};
};
struct Error {
  std::string code = "exit-1";
  std::string message = {};
  std::string detail = {};
};
struct LogText {
  std::string text = {};
  protocol::LogLevel level = protocol::LogLevel::INFO;
};
struct Terms {
  std::uint64_t keep_for_ms = 0;
  std::uint64_t valid_for_ms = 0;
  std::uint64_t timeout_ms = 0;
  std::uint32_t failures_max = 0;
  std::uint32_t lost_leases_max = 0;
  std::uint32_t releases_max = 0;
  std::optional<Backoff> backoff = {};
};
struct Weight {
  std::string client = {};
  std::uint32_t weight = 1;
};
struct Cost {
  std::string function = {};
  std::uint32_t cost = 1;
};
struct Config {
  std::string datasource = {};
  std::string description = {};
  std::uint8_t priority = 0;
  Terms terms = {};
  std::uint32_t lease_ms = 0;
  std::uint32_t cancel_grace_ms = 0;
  std::uint32_t waiting_max = 0;
  std::uint32_t waiting_per_client_max = 0;
  std::uint32_t running_max = 0;
  std::vector<Weight> weights = {};
  std::vector<Cost> costs = {};
  protocol::Mode mode = protocol::Mode::RUNNING;
};
struct Edit {
  std::uint8_t priority = 0;
  std::uint64_t valid_for_ms = 0;
  std::string request = {};
};
struct Redrive {
  std::string client = {};
  std::string function = {};
  std::string tag = {};
  std::vector<protocol::Status> statuses = {};
  std::uint32_t limit = 0;
  std::uint64_t cursor = 0;
};

struct Subscribe {
  std::string client = "alice";
  std::string job = {};
  std::uint32_t limit = 0;
  bool no_snapshot = false;
};
struct EventQuery {
  std::string client = "alice";
  std::string job = {};
  std::uint64_t after = 0;
  std::uint32_t limit = 0;
  std::uint32_t wait_ms = 0;
  bool is_repair = false;
};
struct TokenQuery {
  std::string after = {};
  std::uint32_t limit = 0;
};

// Outcomes beside complete and fail.
Outcome retry(const Lease& lease, const Error& error, std::uint64_t delay_ms = 0);
Outcome release(const Lease& lease, std::uint64_t delay_ms = 0, const std::string& message = {});
Outcome forbid(const Lease& lease, const Error& error);
Outcome cancelled(const Lease& lease);
Outcome progress(const Lease& lease, double value, const std::string& message = {});
Outcome log(const Lease& lease, const std::vector<LogText>& lines, std::uint32_t first = 0);
Outcome accept_one(const std::string& job, const std::string& worker, std::uint64_t request_number,
                   std::uint32_t lease_ms = 0);

capnp::Text::Reader text(const std::string& text);

// The frame of a request that has `head`, and of which `fill` sets the rest.
std::string request_frame(const Head& head,
                          const std::function<void(protocol::Request::Builder)>& fill);
std::string bare_frame(const Head& head);
std::string submit_frame(const Head& head, const std::vector<NewJob>& jobs,
                         bool no_tickets = false);
std::string job_query_frame(const Head& head, const JobQuery& query);
std::string list_query_frame(const Head& head, const ListQuery& query);
std::string log_query_frame(const Head& head, const LogQuery& query);
std::string accept_frame(const Head& head, const Accept& accept);
std::string renew_frame(const Head& head, const Renew& renew);
std::string renew_frame(const Head& head, const std::vector<Lease>& leases, std::uint32_t lease_ms);
std::string update_frame(const Head& head, const std::vector<Outcome>& outcomes);
std::string peek_frame(const Head& head, const std::vector<std::string>& functions);
std::string config_frame(const Head& head, const Config& config);
std::string edit_frame(const Head& head, const Edit& edit);
std::string restart_frame(const Head& head, const std::string& job);
std::string redrive_frame(const Head& head, const Redrive& redrive);
std::string subscribe_frame(const Head& head, const Subscribe& subscribe);
std::string event_query_frame(const Head& head, const EventQuery& query);
std::string token_query_frame(const Head& head, const TokenQuery& query);
std::string revoke_frame(const Head& head, std::uint64_t until);

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
