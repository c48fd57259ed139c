// What peers can ask of the engine: decoded, checked for size and alphabet, and owning its texts.
// The glossary of the product; schema/protocol.capnp explains each field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "changes.h"
#include "job.h"
#include "jobq/code.h"
#include "jobq/function_state.h"
#include "jobq/functions.h"
#include "jobq/lists.h"
#include "replies.h"

namespace store {

// What is asked as the contract has it; tags and functions are sorted, none twice.
using jobq::AcceptOne;
using jobq::Lease;
using jobq::Log;
using jobq::LogText;
using jobq::NewJob;
using jobq::Progress;
using jobq::Release;
using jobq::Retry;

// An item of a list that the codec found malformed is answered in its place; the others go on.
template <typename T>
using Item = std::variant<T, Refused>;

// ---------------------------------------------------------------------------------------- clients

struct Submit {
  std::string datasource;
  std::vector<Item<NewJob>> jobs;
  bool no_tickets = false;
  bool is_atomic = false;  // all of them, or none
  Allowance allowance = {};
  Time token_until{};  // zero: it does not end by time
  // Of the token, each behind a line feed; where functions are asked for that make calls.
  std::string caveats = {};
  // Of each job, tags that its function makes of its request; empty: of none.
  std::vector<std::vector<std::string>> indexed = {};
};

struct GetJob {
  std::string datasource;
  std::string job;
  std::optional<std::string> client;  // empty: a driver asks, of any client
  Span wait{};
  Sequence seen = 0;
  bool until_final = false;
  bool with_attempts = false;
  bool with_request = false;
};

struct ListJobs {
  std::string datasource;
  std::optional<std::string> client;  // empty: of all clients
  Sequence cursor = 0;
  std::size_t limit = 0;
  std::uint8_t statuses = 0;  // bit per Status
  std::string function;       // empty: any
  std::string tag;            // empty: any
  std::string text;           // in the request; empty: any
  bool flagged = false;       // only those that are slow or stalled
  bool is_export = false;     // with all that there is of the jobs
  std::string turn_key = {};  // empty: any
  std::string unique = {};    // empty: any
  std::string group = {};     // empty: any
  jobq::ListTimes times = {};
  jobq::ListOrder order = jobq::ListOrder::kSubmitted;
  std::optional<jobq::ListPlace> behind = {};
  std::optional<jobq::ListPlace> ahead_of = {};
};
// How many there are; neither limit nor order matter.
struct CountJobs {
  ListJobs list;
};

struct Cancel {
  std::string datasource;
  std::string job;
  std::optional<std::string> client;  // empty: a driver asks, of any client
};

struct ReadLog {
  std::string datasource;
  std::string job;
  std::optional<std::string> client;
  std::uint32_t after = 0;
  std::size_t limit = 0;
};

struct Explain {
  std::string datasource;
  std::string job;
  std::optional<std::string> client;
};

// The scope of a watcher; as in GetJob. `job` empty: all jobs.
struct Subscribe {
  std::string datasource;
  std::string job;
  std::optional<std::string> client;
  std::size_t limit = 0;  // of the snapshot
  bool no_snapshot = false;
};
struct ReadEvents {
  std::string datasource;
  std::string job;
  std::optional<std::string> client;
  Sequence after = 0;
  std::size_t limit = 0;
  Span wait{};
  bool is_repair = false;
};

struct PutSchedule {
  std::string datasource;
  std::string name;
  jobq::Schedule schedule;
  Allowance allowance = {};
  Time token_until{};  // zero: it does not end by time
};
// In all three: `client` empty: of any client.
struct GetSchedule {
  std::string datasource;
  std::string name;
  std::optional<std::string> client;
  std::size_t times = 0;  // of the next ones
};
struct ListSchedules {
  std::string datasource;
  std::optional<std::string> client;
  std::string after;
  std::size_t limit = 0;
};
struct ChangeSchedule {
  enum class How : std::uint8_t { kPause, kResume, kRun, kRemove };
  std::string datasource;
  std::string name;
  std::optional<std::string> client;
  How how = How::kPause;
  std::string job;  // kRun: its id
};

struct ListFunctions {
  std::string datasource;
  jobq::FunctionQuery query = {};
  std::optional<Allowance> allowance = {};  // of a client, who is told what is left of it
};

struct AddCode {
  std::string datasource;
  std::string hash;
  std::string runtime;
  std::string content;
};
// Drivers and operators ask too.
struct ReadCode {
  std::string datasource;
  std::string hash;
};
struct ListCode {
  std::string datasource;
  jobq::CodeQuery query = {};
};

// ---------------------------------------------------------------------------------------- drivers

struct RemoveCode {
  std::string datasource;
  std::string hash;
};

struct PutFunction {
  std::string datasource;
  jobq::Function function;
};
struct RemoveFunction {
  std::string datasource;
  std::string name;
};

struct ReadState {
  std::string datasource;
  jobq::StateQuery query = {};
};
struct ChangeState {
  std::string datasource;
  jobq::ChangeState change = {};
};

struct Accept {
  std::string datasource;
  std::string worker;
  std::uint64_t request_number = 0;
  std::size_t max = 1;
  Span lease{};  // zero: the default
  Span wait{};
  std::vector<std::string> functions;    // sorted, none twice; empty: any
  std::vector<std::string> labels = {};  // that it has; sorted, none twice
  // Its token is for any function: with that of a runtime it asks for all jobs of code of that.
  bool is_for_any = false;
  Span gone_after{};            // zero: its leases outlive its connection
  unsigned least_priority = 0;  // that a job must count as of
  jobq::WorkerAbout about = {};
  jobq::WorkerOrder order = jobq::WorkerOrder::kUnsaid;  // that it knows of
};

struct Renew {
  std::string datasource;
  std::vector<Lease> leases;
  Span lease{};        // zero: the default
  std::string worker;  // empty: does not ask for cancels
  Span wait{};
  Sequence seen = 0;
  jobq::WorkerOrder order = jobq::WorkerOrder::kUnsaid;
};

// What a worker says of a job.
struct AckCancel {};

struct Outcome {
  Lease lease;
  std::variant<Completed, Failed, Retry, Release, Forbidden, AckCancel, Progress, Log, AcceptOne>
      report;
  std::optional<std::string> checkpoint = {};  // with those that another attempt may follow
  std::vector<jobq::StateChange> state = {};   // with those that end the attempt
};

struct Update {
  std::string datasource;
  std::vector<Item<Outcome>> outcomes;
};

struct Peek {
  std::string datasource;
  std::vector<std::string> functions;  // sorted, none twice; empty: any
};

// The newest request; or those after a cursor; or those from a time on.
struct ReadRequests {
  std::string datasource;
  bool latest = false;
  Sequence cursor = 0;
  std::optional<Time> since;
  std::size_t limit = 0;
  std::string client;    // empty: of all
  std::string function;  // empty: any
  std::string tag;       // empty: any
};

// --------------------------------------------------------------------------------- who minds them

struct GetConfig {
  std::string datasource;
};
struct ListConfigs {};
struct Configure {
  std::string datasource;
  DatasourceConfig config;  // without an item, the one that is there stays
  bool registers = false;   // what is not said stays as it is; else it becomes the default
};
// kRunning: pause and drain are switched off; else what is named is switched on.
struct SetMode {
  std::string datasource;
  Mode mode = Mode::kRunning;
};
struct DropDatasource {
  std::string datasource;
};
struct GetDatasourceStats {
  std::string datasource;  // empty: all, without functions
};
struct GetHistory {
  std::string datasource;
  jobq::HistoryQuery query = {};
};
struct ListWorkers {
  std::string datasource;
};
struct Remove {
  std::string datasource;
  std::string job;
  bool is_forced = false;  // it need not have ended
};
struct Restart {
  std::string datasource;
  std::string job;
  std::string new_id;  // empty: a GUID is made
};
struct Edit {
  std::string datasource;
  std::string job;
  std::uint8_t priority = 0;
  Span valid_for{};
  std::string request;
};
struct Redrive {
  std::string datasource;
  std::string client;    // empty: any
  std::string function;  // empty: any
  std::string tag;       // empty: any
  std::uint8_t statuses = 0;
  std::size_t limit = 0;
  Sequence cursor = 0;
};
// The same to all jobs that match.
struct Bulk {
  enum class How : std::uint8_t { kCancel, kEdit, kRemove, kRestart };
  std::string datasource = {};
  ListJobs where = {};
  How how = How::kCancel;
  bool is_dry = false;     // nothing is done
  bool is_forced = false;  // kRemove: they need not have ended
  Edit edit = {};          // kEdit; of no job
};
struct OrderWorkers {
  std::string datasource;  // empty: the store as a whole
  std::string worker;      // empty: all
  jobq::WorkerOrder order = jobq::WorkerOrder::kUnsaid;
};
struct SetStorePause {
  bool is_paused = false;
};
// Jobs as an export has them; their terms are settled.
struct Import {
  std::string datasource;
  std::vector<Item<jobq::JobStatus>> jobs;
};

// ------------------------------------------------------------------------------- keys and tokens

struct ListTokens {
  std::string after;
  std::size_t limit = 0;
};
struct RevokeToken {
  std::string token;
  Revocation revocation;
};

using Command =
    std::variant<Submit, GetJob, ListJobs, CountJobs, Cancel, ReadLog, Explain, Accept, Renew,
                 Update, Peek, ReadRequests, GetConfig, ListConfigs, Configure, SetMode,
                 DropDatasource, GetDatasourceStats, ListWorkers, GetHistory, Remove, Restart, Edit,
                 Redrive, Bulk, OrderWorkers, SetStorePause, Import, Subscribe, ReadEvents,
                 PutSchedule, GetSchedule, ListSchedules, ChangeSchedule, PutFunction,
                 ListFunctions, RemoveFunction, ReadState, ChangeState, ListTokens, RevokeToken,
                 AddCode, ReadCode, ListCode, RemoveCode>;

// To recognise a repeated submit and a repeated outcome; see also changes.h.
Hash hash_of(const NewJob& job);
Hash hash_of(const jobq::Schedule& schedule);
Hash hash_of(const Retry& retry);
Hash hash_of(const Release& release);
Hash hash_of(const AckCancel& ack);
// Of what came with the word; zero: nothing did.
Hash hash_of_left(const Outcome& outcome);

}  // namespace store
