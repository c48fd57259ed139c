// What the engine answers: exactly one Reply for each command, possibly later.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "job.h"
#include "jobq/code.h"
#include "jobq/datasources.h"
#include "jobq/function_state.h"
#include "jobq/functions.h"
#include "jobq/history.h"
#include "jobq/operators.h"
#include "jobq/outcomes.h"
#include "jobq/schedules.h"
#include "terms.h"
#include "token_use.h"

namespace store {

// What is answered as the contract has it.
using jobq::CancelRequest;
using jobq::Counters;
using jobq::DatasourceStats;
using jobq::Explanation;
using jobq::Reason;

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
  kGone = 410,
  kTooLarge = 413,
  kUnsupported = 415,
  kTooMany = 429,
  kUnavailable = 503,
  kFull = 507,
};

// The caller's or the world's normal: nothing was changed.
struct Refused {
  Code code;
  std::string detail;
  Span retry_after{};  // with kTooMany; zero: no estimate
  // That was reached, a constant of protocol.capnp; empty: none. Must be a literal.
  std::string_view limit{};
};

// A job's facts at one moment. Its texts are read by whoever encodes it, with `key`; terms are told
// where one job is.
struct JobView : jobq::JobStatus {
  using Base = jobq::JobStatus;
  JobKey key;
  bool has_failure = false;
  bool is_revoked = false;  // cancelled without a word of the worker that had it
};
// The same of a job that was just accepted. The token of its lease is not the engine's.
struct AcceptedView : jobq::AcceptedJob {
  using Base = jobq::AcceptedJob;
  JobKey key;
  // Whose response is told with each of `after`; its sequence is 0 where none is.
  std::vector<JobKey> responses = {};
  bool has_checkpoint = false;
  bool has_grants = false;
};

struct SubmitReply {
  struct Result {
    JobView job;
    bool created = false;
    std::string ticket = {};  // not the engine's
  };
  std::vector<std::variant<Result, Refused>> items;
};

struct JobReply {
  JobView job;
  bool with_attempts = false;
  bool with_request = false;
  bool with_checkpoint = false;
  bool is_gone = false;  // removed: its texts cannot be read any more
};

struct ListReply {
  std::vector<JobView> jobs;
  Sequence cursor = 0;
  // What the engine cannot see: only jobs whose request contains it are to be sent, no more than
  // `limit`; the cursor is then that of the last one sent. Empty: all.
  std::string text;
  std::size_t limit = SIZE_MAX;
  // All that there is of the jobs is to be sent, of as many of them as a message has room for.
  bool is_export = false;
  Sequence last = 0;  // of an export: of the datasource's last event
  // They are sorted by a value, so that the cursor is no word of the last one sent.
  bool is_by_value = false;
};

struct CountReply {
  std::uint64_t count = 0;
  Sequence cursor = 0;  // 0: all were looked at
  // What the engine cannot see: those of `jobs` count too whose request contains it.
  std::string text;
  std::vector<JobKey> jobs;
};

struct LogReply {
  JobKey job;
  std::uint32_t after = 0;  // lines with a number above it
  std::uint32_t last = 0;   // and not above this one
  bool is_end = false;      // there are no more
};

// Which events: of a datasource, or of one client or one job of it.
struct EventScope {
  DatasourceIndex datasource = 0;
  std::string client;  // empty: of all. A job's scope has its client too.
  Sequence job = 0;    // 0: of all

  bool operator==(const EventScope&) const = default;
};

// Of a scope, at one moment. Its jobs' texts and the events are read by whoever encodes it.
struct Snapshot {
  Sequence cursor = 0;  // the last event
  Sequence oldest = 0;  // the first one that is kept
  ListReply jobs;
};
struct SubscribeReply {
  EventScope scope;
  Snapshot snapshot;
};
struct EventsReply {
  std::string datasource;
  EventScope scope;
  Sequence after = 0;
  std::size_t limit = 0;  // 0: there are none
  std::size_t scans = 0;  // events that may be looked at for it
};
// Events after the cursor are kept no more, or it is of another journal.
struct GoneReply {
  std::string detail;
  Snapshot snapshot;
};

struct AcceptReply {
  std::vector<AcceptedView> jobs;
  std::vector<CancelRequest> cancels;
  jobq::WorkerOrder order = jobq::WorkerOrder::kUnsaid;
};

struct RenewReply {
  struct Held {
    Time deadline{};
    bool cancel_requested = false;
  };
  // Empty: the lease is not held.
  std::vector<std::optional<Held>> leases;
  std::vector<CancelRequest> cancels;
  jobq::WorkerOrder order = jobq::WorkerOrder::kUnsaid;
};

struct UpdateReply {
  struct Result {
    Status status = Status::kSubmitted;
    Time not_before{};                     // zero: not later than now
    std::optional<AcceptedView> accepted;  // of AcceptOne
  };
  std::vector<std::variant<Result, Refused>> items;
};

struct RequestsReply {
  struct Record {
    Sequence sequence = 0;
    Time time{};
    jobq::RequestRecord::Kind kind = jobq::RequestRecord::Kind::kJob;
    JobView job;
  };
  std::vector<Record> records;
  Sequence cursor = 0;
};

struct ConfigsReply {
  std::vector<DatasourceConfig> configs;
};

struct DatasourcesReply {
  std::vector<DatasourceStats> datasources;
};

// What was counted of a datasource, or of a function of it; read by whoever encodes it.
struct HistoryReply {
  DatasourceIndex datasource = 0;
  Time now{};
  jobq::HistoryQuery query;
};

struct WorkersReply {
  std::vector<jobq::WorkerStatus> workers;
};

// The bytes are read by whoever encodes it.
struct CodeReply {
  DatasourceIndex datasource = 0;
  jobq::CodeStatus status;
};

struct RedriveReply {
  std::vector<JobView> jobs;
  Sequence cursor = 0;
};

struct BulkReply {
  std::uint64_t count = 0;
  std::vector<JobView> jobs = {};  // without texts, of which some are gone
  Sequence cursor = 0;
  Sequence last = 0;
  bool is_dry = false;
};

struct TokensReply {
  std::vector<jobq::TokenUse> tokens;
  bool is_end = false;
};

using Reply = std::variant<
    Refused, SubmitReply, JobReply, ListReply, CountReply, LogReply, Explanation, AcceptReply,
    RenewReply, UpdateReply, RequestsReply, DatasourceConfig, ConfigsReply, DatasourcesReply,
    WorkersReply, RedriveReply, SubscribeReply, EventsReply, GoneReply, jobq::ScheduleStatus,
    jobq::SchedulePage, jobq::FunctionStatus, jobq::FunctionPage, jobq::StatePage, BulkReply,
    jobq::StoreMode, HistoryReply, TokensReply, jobq::CodeStatus, jobq::CodePage, CodeReply>;

// Where a request came from and its reply goes. Of it the engine looks at the token and the
// functions alone.
struct Origin {
  std::uint32_t socket = 0;
  std::string identity;
  bool has_delimiter = true;
  std::uint64_t request_id = 0;
  std::string token = {};  // its identifier; empty: none was needed
  // Of the token: those that the tokens of leases keep. "\n...\n..."
  std::string caveats = {};
  // Of a request of databox's Zest: the code of its answer if all goes well; 0: Cap'n Proto.
  std::uint8_t zest_done = 0;
  // Its message, where somebody observes who is told of it; nullptr: nobody does.
  std::shared_ptr<const std::string> zest_message{};
  // Of the token: patterns of functions, all of which a job's must fit.
  std::vector<std::string> functions{};
};

}  // namespace store
