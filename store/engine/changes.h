// What can happen to the store's state, as facts: an Entry is decided once, applied to JobTable,
// written to the journal, and applied again in the same way after a restart. Applying an entry
// cannot fail; everything that could be refused was checked before it was made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "job.h"
#include "terms.h"
#include "token_use.h"

namespace store {

struct Failure {
  std::string code;
  std::string message;
  std::string detail;
};

// ------------------------------------------------------------------------------- of a datasource

struct DatasourceAdded {
  std::string name;
};
struct Configured {
  DatasourceConfig config;
};
struct ModeSet {
  Mode mode = Mode::kRunning;
};
// The worker that was silent longest makes room for a new one.
struct WorkerForgotten {
  std::string name;
};

// Events below this number are kept no more.
struct EventsForgotten {
  Sequence oldest = 0;
};

// -------------------------------------------------------------------------------- of the whole
// store

// A job counts against the rates of a token: over the spans named here (a bit for each RateSpan),
// and over those that are counted already.
struct Charged {
  std::string token;
  std::uint64_t cost = 0;
  std::uint8_t spans = 0;
};
struct TokenRevoked {
  std::string token;
  Revocation revocation;
};
// Neither its use nor its revocation matter any more.
struct TokenForgotten {
  std::string token;
};

// -------------------------------------------------------------------- of a job that waits, or will

struct Submitted {
  std::string id;
  std::string client;
  std::string function;
  std::string request;
  std::string trace;
  std::vector<std::string> tags;  // sorted, none twice
  std::uint8_t priority = 0;
  Time not_before{};  // zero: at once
  Terms terms;
  Hash content{};  // of the command, by which a repetition is recognised
};
// A new job with all that a final one was submitted with.
struct Restarted {
  Sequence parent = 0;
  std::string id;
};
// It need not wait for its time any more.
struct Due {};
// Nobody took it in time: it is failed.
struct Expired {
  Failure failure;
};
struct Edited {
  std::uint8_t priority = 0;  // 0: as it was
  Time expires_at{};          // zero: as it was
  std::string request;        // empty: as it was
  bool run_now = false;       // it need not wait for its time any more
};

// ----------------------------------------------------------------------- of a job that is accepted

struct Accepted {
  std::string worker;
  std::uint64_t request_number = 0;
  Time deadline{};
  bool out_of_turn = false;  // the worker named the job
  std::string caveats = {};  // of the token, that the lease's own token keeps: "\n...\n..."
};
struct Renewed {
  Time deadline{};
};
struct Progressed {
  float value = 0;
  std::string message;
};
struct Logged {
  std::uint32_t number = 0;  // within the job
  std::uint32_t attempt = 0;
  std::uint32_t attempt_number = 0;  // within the attempt, as the worker counts
  LogLevel level = LogLevel::kInfo;
  std::string text;
};
struct Completed {
  std::string response;
};
// By the driver, for good.
struct Failed {
  Failure failure;
};
struct Forbidden {
  Failure failure;
};
// By the driver, or because the attempt's time was over (then `said` is zero): the job waits for
// its next attempt, or has failed too often and is failed.
struct Retried {
  Failure failure;
  Time not_before{};
  Hash said{};
};
struct RetriedLast {
  Failure failure;
  Hash said{};
};
// Handed back by the worker; `message` says why.
struct Released {
  std::string message;
  Time not_before{};
  Hash said{};
};
struct ReleasedLast {
  Failure failure;
  Hash said{};
};
// The lease ran out.
struct LeaseLost {};
struct LeaseLostLast {
  Failure failure;
};
// The lease could not be delivered to the worker that asked: handed back, at no cost to the job.
struct Returned {};
struct CancelRequested {
  Time until{};
};

// -------------------------------------------------------------------------------- of either, or
// none

// A job that waited; or one that a worker had, by its word (`said`) or because the grace is over.
struct Cancelled {
  Hash said{};
};
// A finished job is forgotten, and what it wrote with it.
struct Removed {
  std::uint32_t log_lines = 0;
  std::uint32_t attempt = 0;  // the last of which there may be a record in its history
};

using Change =
    std::variant<DatasourceAdded, Configured, ModeSet, WorkerForgotten, EventsForgotten, Charged,
                 TokenRevoked, TokenForgotten, Submitted, Restarted, Due, Expired, Edited, Accepted,
                 Renewed, Progressed, Logged, Completed, Failed, Forbidden, Retried, RetriedLast,
                 Released, ReleasedLast, LeaseLost, LeaseLostLast, Returned, CancelRequested,
                 Cancelled, Removed>;

// Of no datasource.
inline bool is_of_store(const Change& change) {
  return std::holds_alternative<Charged>(change) || std::holds_alternative<TokenRevoked>(change) ||
         std::holds_alternative<TokenForgotten>(change);
}

// Events are what watchers see and are numbered; the other changes only matter to the store.
inline bool is_event(const Change& change) {
  return !is_of_store(change) && !std::holds_alternative<DatasourceAdded>(change) &&
         !std::holds_alternative<Configured>(change) && !std::holds_alternative<ModeSet>(change) &&
         !std::holds_alternative<WorkerForgotten>(change) &&
         !std::holds_alternative<EventsForgotten>(change) && !std::holds_alternative<Due>(change) &&
         !std::holds_alternative<Renewed>(change) && !std::holds_alternative<Removed>(change);
}

// An attempt that has ended, for the job's history.
struct EndedAttempt {
  std::uint32_t attempt = 0;
  std::string worker;
  Time accepted_at{};
  Time ended_at{};
  Ending ending = Ending::kComplete;
  std::string code;
  std::string message;
};

struct Entry {
  Sequence sequence = 0;  // 0 unless it is an event
  JobKey job;             // its sequence is 0 where no job is meant
  Change change;
  // Identifier of the token that it was done with; empty: the store did it, some time was over.
  std::string token = {};
  // Set when applying the change ended an attempt but not the job. It follows from the state before
  // and is not in the journal.
  std::optional<EndedAttempt> ended = {};
};

// To recognise a repeated word of a worker.
Hash hash_of(const Completed& completed);
Hash hash_of(const Failed& failed);
Hash hash_of(const Forbidden& forbidden);

}  // namespace store
