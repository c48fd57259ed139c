// What the engine answers: exactly one Reply for each command, possibly later.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "job.h"

namespace store {

// protocol.capnp's Reply.code.
enum class Code : std::uint16_t {
  kOk = 200,
  kMultiStatus = 207,
  kBadRequest = 400,
  kUnauthorized = 401,
  kForbidden = 403,
  kNotFound = 404,
  kMethodNotAllowed = 405,
  kConflict = 409,
  kTooLarge = 413,
  kTooMany = 429,
  kUnavailable = 503,
  kFull = 507,
};

// The caller's or the world's normal: nothing was changed.
struct Refused {
  Code code;
  std::string detail;
};

// A job's facts at one moment. Its texts are read by whoever encodes it, with `key`.
struct JobView {
  JobKey key;
  std::string id;
  std::string client;
  std::string worker;
  Status status = Status::kSubmitted;
  Sequence changed = 0;
  std::uint8_t priority = 0;
  std::uint32_t attempt = 0;
  std::uint32_t lost_leases = 0;
  Time submitted_at{};
  Time accepted_at{};
  Time deadline{};
  Time finished_at{};
};

struct SubmitReply {
  struct Taken {
    JobView job;
    bool created = false;
  };
  std::vector<std::variant<Taken, Refused>> items;
};

struct JobReply {
  JobView job;
};

struct ListReply {
  std::vector<JobView> jobs;
  Sequence cursor = 0;
};

struct AcceptReply {
  std::vector<JobView> jobs;
};

struct RenewReply {
  // Empty: the lease is not held.
  std::vector<std::optional<Time>> deadlines;
};

struct UpdateReply {
  std::vector<std::variant<Status, Refused>> items;
};

struct StoreStatus {
  std::string version;
  std::string name;
  Span uptime{};
  Time now{};
  std::vector<std::string> request_endpoints;
  std::vector<std::string> driver_endpoints;
  std::vector<std::string> status_endpoints;
};

// protocol.capnp's StoreStats.
struct StoreStats {
  std::uint64_t requests = 0, refusals = 0, replies_dropped = 0;
  std::uint64_t turns = 0, commits = 0, syncs = 0;
  std::uint64_t journal_bytes = 0, derived_bytes = 0;
  std::uint64_t wal_bytes = 0, flush_bytes = 0, compaction_bytes = 0;
  std::uint64_t jobs_live = 0, jobs_finished = 0, waiters_parked = 0;
};

using Reply = std::variant<Refused, SubmitReply, JobReply, ListReply, AcceptReply, RenewReply,
                           UpdateReply, StoreStatus, StoreStats>;

// Where a reply goes. The engine copies it and never looks into it.
struct Origin {
  std::uint32_t socket = 0;
  std::string identity;
  bool has_delimiter = true;
  std::uint64_t request_id = 0;
};

}  // namespace store
