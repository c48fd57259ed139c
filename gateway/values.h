// What requests ask and replies tell, as values with their field tables, where the contract has
// none that is the same: what the libraries build and take apart by hand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "field_tables.h"
#include "json_values.h"

namespace gateway {

struct Submit {
  std::vector<jobq::NewJob> jobs{};
  bool no_tickets = false;
  bool atomic = false;
};
FIELDS(Submit) {
  FIELD(jobs, Jobs);
  FIELD(no_tickets, NoTickets);
  FIELD(atomic, Atomic);
}

struct JobQuery {
  std::string job{};
  std::string client{};
  jobq::Span wait{};
  std::uint64_t seen = 0;
  bool until_final = false;
  bool with_attempts = false;
  bool with_request = false;
};
FIELDS(JobQuery) {
  FIELD(job, Job);
  FIELD(client, Client);
  FIELD(wait, WaitMs);
  FIELD(seen, Seen);
  FIELD(until_final, UntilFinal);
  FIELD(with_attempts, WithAttempts);
  FIELD(with_request, WithRequest);
}

struct LogQuery {
  std::string client{};
  jobq::LogQuery lines{};
};
FIELDS(LogQuery) {
  FIELD(client, Client);
  INLINED(lines);
}

struct Accept {
  jobq::AcceptQuery query{};
  std::uint64_t request_number = 0;
};
FIELDS(Accept) {
  INLINED(query);
  FIELD(request_number, RequestNumber);
}

struct Renew {
  std::vector<jobq::Lease> leases{};
  jobq::RenewQuery query{};
};
FIELDS(Renew) {
  FIELD(leases, Leases);
  INLINED(query);
}

// One of the words, and what goes with it.
struct Outcome {
  jobq::Lease lease{};
  std::string complete{};
  std::optional<jobq::JobError> fail{};
  std::optional<jobq::Retry> retry{};
  std::optional<jobq::Release> release{};
  std::optional<jobq::JobError> forbid{};
  bool cancelled = false;
  std::optional<jobq::Progress> progress{};
  std::optional<jobq::Log> log{};
  std::optional<jobq::AcceptOne> accepted{};
  std::optional<std::string> checkpoint{};
  std::vector<jobq::StateChange> state{};
};
FIELDS(Outcome) {
  FIELD(lease, Lease);
  FIELD(complete, Complete);
  FIELD(fail, Fail);
  FIELD(retry, Retry);
  FIELD(release, Release);
  FIELD(forbid, Forbid);
  visit(&Outcome::cancelled,
        jobq::FieldAccess{"Cancelled", [](auto) { return false; },
                          [](auto to, bool it) { it ? to.setCancelled() : void(); },
                          [](auto, auto...) { return false; }, [](auto) { return false; }});
  FIELD(progress, Progress);
  FIELD(log, Log);
  FIELD(accepted, Accepted);
  FIELD(checkpoint, Checkpoint);
  FIELD(state, State);
}

struct Update {
  std::vector<Outcome> outcomes{};
};
FIELDS(Update) { FIELD(outcomes, Outcomes); }

struct Peek {
  std::vector<std::string> functions{};
};
FIELDS(Peek) { FIELD(functions, Functions); }

struct Restart {
  std::string job{};
};
FIELDS(Restart) { FIELD(job, Job); }

struct Subscribe {
  std::string client{};
  std::string job{};
  unsigned limit = 0;
  bool no_snapshot = false;
};
FIELDS(Subscribe) {
  FIELD(client, Client);
  FIELD(job, Job);
  FIELD(limit, Limit);
  FIELD(no_snapshot, NoSnapshot);
}

struct EventQuery {
  std::string client{};
  std::string job{};
  std::uint64_t after = 0;
  unsigned limit = 0;
  jobq::Span wait{};
  bool is_repair = false;
};
FIELDS(EventQuery) {
  FIELD(client, Client);
  FIELD(job, Job);
  FIELD(after, After);
  FIELD(limit, Limit);
  FIELD(wait, WaitMs);
  FIELD(is_repair, IsRepair);
}

struct TokenQuery {
  std::string after{};
  unsigned limit = 0;
};
FIELDS(TokenQuery) {
  FIELD(after, After);
  FIELD(limit, Limit);
}

struct Revoke {
  jobq::Time until{};
};
FIELDS(Revoke) { FIELD(until, Until); }

struct ImportJobs {
  std::vector<jobq::JobStatus> jobs{};
};
FIELDS(ImportJobs) { FIELD(jobs, Jobs); }

struct ScheduleQuery {
  std::string client{};
  std::string after{};
  unsigned limit = 0;
  unsigned times = 0;
  std::string job{};
};
FIELDS(ScheduleQuery) {
  FIELD(client, Client);
  FIELD(after, After);
  FIELD(limit, Limit);
  FIELD(times, Times);
  FIELD(job, Job);
}

struct OrderWorkers {
  std::string worker{};
  jobq::WorkerOrder order = jobq::WorkerOrder::kUnsaid;
};
FIELDS(OrderWorkers) {
  FIELD(worker, Worker);
  FIELD(order, Order);
}

// Code as text, which what interpreters read is: bytes on the wire.
inline constexpr jobq::FieldAccess kContent{
    "Content",
    [](auto of) {
      const auto bytes = of.getContent().asChars();
      return std::string_view(bytes.begin(), bytes.size());
    },
    [](auto to, auto text) { to.setContent(text.asBytes()); },
    [](auto, auto...) { return false; }, [](auto of) { return of.hasContent(); }};
struct NewCode {
  std::string runtime{};
  std::string content{};
};
FIELDS(NewCode) {
  FIELD(runtime, Runtime);
  visit(&NewCode::content, kContent);
}

struct WholeCode {
  jobq::CodeStatus status{};
  std::string content{};
};
FIELDS(WholeCode) {
  INLINED(status);
  visit(&WholeCode::content, kContent);
}

struct EventPage {
  std::vector<jobq::Event> events{};
  std::uint64_t cursor = 0;
  bool is_end = false;
};
FIELDS(EventPage) {
  FIELD(events, Events);
  FIELD(cursor, Cursor);
  FIELD(is_end, IsEnd);
}

struct Snapshot {
  std::uint64_t cursor = 0;
  std::uint64_t oldest = 0;
  jobq::JobPage jobs{};
};
FIELDS(Snapshot) {
  FIELD(cursor, Cursor);
  FIELD(oldest, Oldest);
  FIELD(jobs, Jobs);
}

struct Subscription {
  std::string topic{};
  std::vector<std::string> endpoints{};
  Snapshot snapshot{};
  jobq::Span heartbeat{};
  jobq::Time expires_at{};
};
FIELDS(Subscription) {
  FIELD(topic, Topic);
  FIELD(endpoints, Endpoints);
  FIELD(snapshot, Snapshot);
  FIELD(heartbeat, HeartbeatMs);
  FIELD(expires_at, ExpiresAt);
}

struct TokenPage {
  std::vector<jobq::TokenUse> tokens{};
  bool is_end = false;
};
FIELDS(TokenPage) {
  FIELD(tokens, Tokens);
  FIELD(is_end, IsEnd);
}

struct RootKey {
  std::string id{};
  bool is_newest = false;
};
FIELDS(RootKey) {
  FIELD(id, Id);
  FIELD(is_newest, IsNewest);
}

struct Redriven {
  std::vector<jobq::JobStatus> jobs{};
  std::uint64_t cursor = 0;
};
FIELDS(Redriven) {
  FIELD(jobs, Jobs);
  FIELD(cursor, Cursor);
}

}  // namespace gateway

namespace jobq::json {
template <>
inline constexpr std::string_view kRawOf<gateway::Outcome> = "Complete";
}  // namespace jobq::json
