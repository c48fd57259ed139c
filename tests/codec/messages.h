// Messages as a peer makes and reads them: by the contract's writer and the schema, not by the
// store's codec. The golden requests, which are written by hand, hold that writer to its word.
#pragma once

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "jobq/code.h"
#include "jobq/datasources.h"
#include "jobq/function_state.h"
#include "jobq/functions.h"
#include "jobq/operators.h"
#include "jobq/outcomes.h"
#include "jobq/schedules.h"
#include "jobq/types.h"
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

// What the contract says already; Client and driver make their requests of the same.
using jobq::Backoff;
using jobq::Cost;
using jobq::Done;
using jobq::Edit;
using jobq::Lease;
using jobq::ListQuery;
using jobq::LogText;
using jobq::NewJob;
using jobq::Outcome;
using jobq::Span;
using jobq::Status;
using jobq::Terms;
using jobq::Time;
using jobq::Weight;
using Config = jobq::DatasourceConfig;
using Error = jobq::JobError;
using Redrive = jobq::RedriveQuery;

struct JobQuery {
  std::string job = {};
  std::string client = "alice";
  std::uint32_t wait_ms = 0;
  std::uint64_t seen = 0;
  bool until_final = false;
  bool with_attempts = false;
  bool with_request = false;
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
  std::uint32_t gone_after_ms = 0;
  std::vector<std::string> functions = {};
  std::uint8_t least_priority = 0;
  std::string host = {};
  std::string version = {};
  std::uint32_t threads = 0;
};
struct Renew {
  std::vector<Lease> leases = {};
  std::uint32_t lease_ms = 0;
  std::string worker = {};
  std::uint32_t wait_ms = 0;
  std::uint64_t seen = 0;
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
inline Outcome retry(const Lease& lease, const Error& error, Span delay = {}) {
  return {lease, jobq::Retry{error, delay}};
}
inline Outcome release(const Lease& lease, Span delay = {}, const std::string& message = {}) {
  return {lease, jobq::Release{delay, message}};
}
inline Outcome forbid(const Lease& lease, const Error& error) {
  return {lease, jobq::Forbid{error}};
}
inline Outcome cancelled(const Lease& lease) { return {lease, jobq::Cancelled{}}; }
inline Outcome progress(const Lease& lease, double value, const std::string& message = {}) {
  return {lease, jobq::Progress{value, message}};
}
inline Outcome log(const Lease& lease, const std::vector<LogText>& lines, unsigned first = 0) {
  return {lease, jobq::Log{lines, first}};
}
inline Outcome accept_one(const std::string& job, const std::string& worker,
                          std::uint64_t request_number, Span lease = {}) {
  return {{job, 0}, jobq::AcceptOne{worker, request_number, lease}};
}

capnp::Text::Reader text(const std::string& text);

// The frame of a request that has `head`, and of which `fill` sets the rest.
std::string request_frame(const Head& head,
                          const std::function<void(protocol::Request::Builder)>& fill);
std::string bare_frame(const Head& head);
// A job that does not say is alice's, and its request is {}.
std::string submit_frame(const Head& head, std::vector<NewJob> jobs, bool no_tickets = false);
// With what is said and no more.
std::string literal_submit_frame(const Head& head, const std::vector<NewJob>& jobs,
                                 bool no_tickets = false);
std::string job_query_frame(const Head& head, const JobQuery& query);
std::string list_query_frame(const Head& head, const ListQuery& query);
std::string log_query_frame(const Head& head, const LogQuery& query);
std::string accept_frame(const Head& head, const Accept& accept);
std::string renew_frame(const Head& head, const Renew& renew);
std::string renew_frame(const Head& head, const std::vector<Lease>& leases, std::uint32_t lease_ms);
// Who is done without a response says 1.
std::string update_frame(const Head& head, const std::vector<Outcome>& outcomes);
std::string peek_frame(const Head& head, const std::vector<std::string>& functions);
std::string config_frame(const Head& head, const Config& config);
std::string edit_frame(const Head& head, const Edit& edit);
std::string restart_frame(const Head& head, const std::string& job);
std::string schedule_frame(const Head& head, const jobq::Schedule& schedule);
std::string schedule_query_frame(const Head& head, const std::string& client,
                                 const std::string& job);
std::string function_frame(const Head& head, const jobq::Function& function);
std::string new_code_frame(const Head& head, const std::string& runtime,
                           const std::string& content);
std::string code_query_frame(const Head& head, const jobq::CodeQuery& query);
std::string state_query_frame(const Head& head, const jobq::StateQuery& query);
std::string change_state_frame(const Head& head, const jobq::ChangeState& change);
std::string function_query_frame(const Head& head, const jobq::FunctionQuery& query);
std::string redrive_frame(const Head& head, const Redrive& redrive);
std::string bulk_frame(const Head& head, const jobq::BulkQuery& bulk);
// One that waits, as an export has it.
jobq::JobStatus imported_job(const std::string& id);
std::string import_frame(const Head& head, const std::vector<jobq::JobStatus>& jobs);
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
