// The one table of what the store can be asked: each operation with all that anybody has to know of
// it, each path that means it, and who may ask. What is not classified here does not compile.
// Depends on nothing of the store, so that the command line judges requests by the same table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "jobq/limits.h"

namespace store {

enum class Method : std::uint8_t { kGet, kPost, kPut, kDelete };
std::string_view to_string(Method method);
std::optional<Method> method_named(std::string_view name);

// Whether it only tells something, or may change something.
enum class Effect : std::uint8_t { kReads, kChanges };

// kOneJob: the job that path or body name is all that it is about. kOther: it may be about more, as
// what makes another job is; a token with `job =` does not allow it.
enum class About : std::uint8_t { kOneJob, kOther };

// What comes into being by it: jobs, tokens made from the caller's, code for jobs.
enum class Makes : std::uint8_t { kNothing, kJobs, kTokens, kJobsAndTokens, kCode };

// What it is held to of a token's limits that only bodies and counts can be held to; a caveat that
// is not among it denies the operation. kJobLimits: to `priority`, `bytes`, `waiting` and `rate`,
// for each job that it makes or changes, if any. kLeaseAlso: to `lease` too.
enum class Keeps : std::uint8_t { kNoLimits, kJobLimits, kLeaseAlso };

// Who answers: the engine, by a command, or the server itself.
enum class By : std::uint8_t { kEngine, kServer };

// The member of the body that is taken.
struct ExpectedBody {
  std::uint16_t member;   // of the union in protocol.capnp
  std::string_view name;  // of the member, for people
  bool or_none;           // nothing stands for that member with no field set
};

// Each operation, and all that is to be known of it: Effect, About, Makes, Keeps, By, and the
// member of the body. `need`: that member; `take`: that one, or none in its place. One row is the
// whole of what an operation is besides its paths, and what each layer does for it, which a switch
// demands.
// clang-format off
#define STORE_OPERATIONS(ROW) \
  ROW(kSubmit, kChanges, kOther, kJobsAndTokens, kJobLimits, kEngine, need(SUBMIT, "submit")) \
  ROW(kGetJob, kReads, kOneJob, kNothing, kJobLimits, kEngine, take(JOB_QUERY, "jobQuery")) \
  ROW(kListJobs, kReads, kOther, kNothing, kJobLimits, kEngine, take(LIST_QUERY, "listQuery")) \
  ROW(kCountJobs, kReads, kOther, kNothing, kJobLimits, kEngine, take(LIST_QUERY, "listQuery")) \
  ROW(kCancel, kChanges, kOneJob, kNothing, kJobLimits, kEngine, take(JOB_QUERY, "jobQuery")) \
  ROW(kReadLog, kReads, kOneJob, kNothing, kJobLimits, kEngine, take(LOG_QUERY, "logQuery")) \
  ROW(kSubscribe, kReads, kOneJob, kNothing, kJobLimits, kEngine, take(SUBSCRIBE, "subscribe")) \
  ROW(kReadEvents, kReads, kOneJob, kNothing, kJobLimits, kEngine, take(EVENT_QUERY, "eventQuery"))\
  ROW(kExplain, kReads, kOneJob, kNothing, kJobLimits, kEngine, take(JOB_QUERY, "jobQuery")) \
  ROW(kPutSchedule, kChanges, kOther, kJobs, kJobLimits, kEngine, need(SCHEDULE, "schedule")) \
  ROW(kGetSchedule, kReads, kOther, kNothing, kJobLimits, kEngine, kScheduleQuery) \
  ROW(kListSchedules, kReads, kOther, kNothing, kJobLimits, kEngine, kScheduleQuery) \
  ROW(kPauseSchedule, kChanges, kOther, kNothing, kJobLimits, kEngine, kScheduleQuery) \
  ROW(kResumeSchedule, kChanges, kOther, kNothing, kJobLimits, kEngine, kScheduleQuery) \
  ROW(kRunSchedule, kChanges, kOther, kJobs, kJobLimits, kEngine, kScheduleJob) \
  ROW(kRemoveSchedule, kChanges, kOther, kNothing, kJobLimits, kEngine, kScheduleQuery) \
  ROW(kPutFunction, kChanges, kOther, kNothing, kNoLimits, kEngine, need(FUNCTION, "function")) \
  ROW(kListFunctions, kReads, kOther, kNothing, kJobLimits, kEngine, kFunctionQuery) \
  ROW(kRemoveFunction, kChanges, kOther, kNothing, kNoLimits, kEngine, kFunctionName) \
  ROW(kAddCode, kChanges, kOther, kCode, kJobLimits, kEngine, need(NEW_CODE, "newCode")) \
  ROW(kGetCode, kReads, kOther, kNothing, kJobLimits, kEngine, kNoBody) \
  ROW(kListCode, kReads, kOther, kNothing, kJobLimits, kEngine, take(CODE_QUERY, "codeQuery")) \
  ROW(kRemoveCode, kChanges, kOther, kNothing, kNoLimits, kEngine, kNoBody) \
  ROW(kGetState, kReads, kOther, kNothing, kJobLimits, kEngine, take(STATE_QUERY, "stateQuery")) \
  ROW(kChangeState, kChanges, kOther, kNothing, kNoLimits, kEngine, kStateChange) \
  ROW(kAccept, kChanges, kOther, kTokens, kJobLimits, kEngine, need(ACCEPT, "accept")) \
  ROW(kRenew, kChanges, kOneJob, kNothing, kLeaseAlso, kEngine, need(RENEW, "renew")) \
  ROW(kUpdate, kChanges, kOneJob, kTokens, kLeaseAlso, kEngine, need(UPDATE, "update")) \
  ROW(kUpdateOne, kChanges, kOneJob, kTokens, kLeaseAlso, kEngine, need(UPDATE, "update")) \
  ROW(kPeek, kReads, kOther, kNothing, kJobLimits, kEngine, take(PEEK, "peek")) \
  ROW(kLatest, kReads, kOther, kNothing, kJobLimits, kEngine, kNoBody) \
  ROW(kSince, kReads, kOther, kNothing, kJobLimits, kEngine, take(LIST_QUERY, "listQuery")) \
  ROW(kGetConfig, kReads, kOther, kNothing, kJobLimits, kEngine, kNoBody) \
  ROW(kListConfigs, kReads, kOther, kNothing, kJobLimits, kEngine, kNoBody) \
  ROW(kConfigure, kChanges, kOther, kNothing, kNoLimits, kEngine, need(CONFIG, "config")) \
  ROW(kPause, kChanges, kOther, kNothing, kNoLimits, kEngine, kNoBody) \
  ROW(kResume, kChanges, kOther, kNothing, kNoLimits, kEngine, kNoBody) \
  ROW(kDrain, kChanges, kOther, kNothing, kNoLimits, kEngine, kNoBody) \
  ROW(kDropDatasource, kChanges, kOther, kNothing, kNoLimits, kEngine, kNoBody) \
  ROW(kDatasourceStats, kReads, kOther, kNothing, kJobLimits, kEngine, kNoBody) \
  ROW(kGetHistory, kReads, kOther, kNothing, kJobLimits, kEngine, kHistoryQuery) \
  ROW(kOrderWorkers, kChanges, kOther, kNothing, kNoLimits, kEngine, \
      need(ORDER_WORKERS, "orderWorkers")) \
  ROW(kListWorkers, kReads, kOther, kNothing, kJobLimits, kEngine, kNoBody) \
  ROW(kRedrive, kChanges, kOther, kJobs, kNoLimits, kEngine, take(REDRIVE, "redrive")) \
  ROW(kRemove, kChanges, kOneJob, kNothing, kNoLimits, kEngine, take(BULK, "bulk")) \
  ROW(kCancelAll, kChanges, kOther, kNothing, kNoLimits, kEngine, need(BULK, "bulk")) \
  ROW(kEditAll, kChanges, kOther, kNothing, kNoLimits, kEngine, need(BULK, "bulk")) \
  ROW(kRemoveAll, kChanges, kOther, kNothing, kNoLimits, kEngine, need(BULK, "bulk")) \
  ROW(kRestartAll, kChanges, kOther, kJobs, kNoLimits, kEngine, need(BULK, "bulk")) \
  ROW(kRestart, kChanges, kOther, kJobs, kNoLimits, kEngine, take(RESTART, "restart")) \
  ROW(kEdit, kChanges, kOneJob, kNothing, kJobLimits, kEngine, need(EDIT, "edit")) \
  ROW(kExport, kReads, kOther, kNothing, kNoLimits, kEngine, take(LIST_QUERY, "listQuery")) \
  ROW(kImport, kChanges, kOther, kJobs, kNoLimits, kEngine, need(IMPORT_JOBS, "importJobs")) \
  ROW(kListTokens, kReads, kOther, kNothing, kNoLimits, kEngine, take(TOKEN_QUERY, "tokenQuery")) \
  ROW(kRevokeToken, kChanges, kOther, kNothing, kNoLimits, kEngine, take(REVOKE, "revoke")) \
  ROW(kPauseStore, kChanges, kOther, kNothing, kNoLimits, kEngine, kNoBody) \
  ROW(kResumeStore, kChanges, kOther, kNothing, kNoLimits, kEngine, kNoBody) \
  ROW(kListKeys, kReads, kOther, kNothing, kNoLimits, kServer, kNoBody) \
  ROW(kNewKey, kChanges, kOther, kNothing, kNoLimits, kServer, kNoBody) \
  ROW(kRetireKey, kChanges, kOther, kNothing, kNoLimits, kServer, kNoBody) \
  ROW(kMakeBackup, kChanges, kOther, kNothing, kNoLimits, kServer, kNoBody) \
  ROW(kStoreStatus, kReads, kOther, kNothing, kNoLimits, kServer, kNoBody) \
  ROW(kStoreStats, kReads, kOther, kNothing, kNoLimits, kServer, kNoBody)
// clang-format on

enum class Operation : std::uint8_t {
#define STORE_ENUMERATOR(name, ...) name,
  STORE_OPERATIONS(STORE_ENUMERATOR)
#undef STORE_ENUMERATOR
};

struct Traits {
  Effect effect;
  About about;
  Makes makes;
  Keeps keeps;
  By by;
  ExpectedBody body;

  bool makes_jobs() const { return makes == Makes::kJobs || makes == Makes::kJobsAndTokens; }
  bool makes_tokens() const { return makes == Makes::kTokens || makes == Makes::kJobsAndTokens; }
};
const Traits& traits_of(Operation operation);

enum class Access : std::uint8_t {
  kOpen,      // no token
  kClient,    // a token; the caller acts as one client
  kDriver,    // a token for driver paths: sees all clients' jobs
  kOperator,  // a token for /admin
};

struct PathRow {
  Method method;
  std::string_view pattern;  // "*" is a datasource, "+" a job, token or key, "#" a number
  Operation operation;
  Access access;
  // The pattern of another path that means the same: what a token says of that one counts for this
  // one too.
  std::string_view alias_of = {};
};
std::span<const PathRow> path_rows();

struct Route {
  Operation operation;
  Access access;
  // Parts of the path, checked ids; they point into it. `job`: also that of a token or a key. Empty
  // where the path has none: then the operation means all datasources, or the body names the one.
  std::string_view datasource;
  std::string_view job;
  // Of .../since/<N>: a time in milliseconds since 1970 when it has 12 digits or more, else a
  // cursor.
  std::uint64_t since = 0;
  bool since_is_time = false;
  // Of a path that is an alias: the other one.
  std::string alias_of = {};
};

// Why there is none: `code` is 404 for an unknown path, 405 for a known one with another method,
// 400 for an id or a number that is none.
struct NoRoute {
  std::uint16_t code;
  std::string detail;
};

// Called for every request: allocates only to refuse, and for an alias.
std::variant<Route, NoRoute> find_route(Method method, std::string_view path);

inline constexpr std::size_t kPathBytesMax = jobq::limits::kPathBytesMax;

}  // namespace store
