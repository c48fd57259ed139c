// What can happen to the store's state, as facts: an Entry is decided once, applied to State,
// written to the journal, and applied again in the same way after a restart. Applying an entry
// cannot fail; everything that could be refused was checked before it was made.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "boxed.h"
#include "change_traits.h"
#include "code_changes.h"
#include "dependencies.h"
#include "job.h"
#include "jobq/function_state.h"
#include "jobq/functions.h"
#include "schedule_plan.h"
#include "submit_extras.h"
#include "terms.h"
#include "token_use.h"

namespace store {

// ------------------------------------------------------------------------------- of a datasource

struct DatasourceAdded {
  static constexpr ChangeTraits kTraits = kQuiet;
  std::string name;
};
// It has no jobs, and nothing of it is kept. Its place is free, and numbers of events go on there.
struct DatasourceDropped {
  static constexpr ChangeTraits kTraits = kQuiet;
  Sequence oldest = 0;  // its events are below this number
};
struct Configured {
  static constexpr ChangeTraits kTraits = kQuietWork;
  Boxed<DatasourceConfig> config = DatasourceConfig();  // is there
};
struct ModeSet {
  static constexpr ChangeTraits kTraits = kQuietWork;
  Mode mode = Mode::kRunning;
};
struct WorkerOrdered {
  static constexpr ChangeTraits kTraits = kQuiet;
  std::string worker;                                  // empty: all of the datasource
  jobq::WorkerOrder order = jobq::WorkerOrder::kWork;  // which ends what they were told
  bool operator==(const WorkerOrdered&) const = default;
};
// The worker that was silent longest makes room for a new one.
struct WorkerForgotten {
  static constexpr ChangeTraits kTraits = kQuiet;
  std::string name;
};
// Events below this number are kept no more.
struct EventsForgotten {
  static constexpr ChangeTraits kTraits = kQuiet;
  Sequence oldest = 0;
};
// It is added, or takes the place of the one of that name. The token that it was added with is the
// entry's.
struct ScheduleSet {
  static constexpr ChangeTraits kTraits = kQuiet;
  std::string name;
  std::shared_ptr<const SchedulePlan> plan;  // never null
  std::shared_ptr<const ScheduleRun> run;    // never null
};
struct ScheduleChanged {
  static constexpr ChangeTraits kTraits = kQuiet;
  std::string name;
  std::shared_ptr<const ScheduleRun> run;  // never null
};
struct ScheduleRemoved {
  static constexpr ChangeTraits kTraits = kQuiet;
  std::string name;
};

// A function as a driver registered it.
struct FunctionState {
  std::shared_ptr<const jobq::Function> function;  // never null
  Time registered_at{};
  Time changed_at{};
  std::string token = {};  // that it was changed with last; it pays
};
// It is registered, or takes the place of the one of that name. The token is the entry's.
struct FunctionSet {
  static constexpr ChangeTraits kTraits = kQuiet;
  FunctionState state;
};
struct FunctionRemoved {
  static constexpr ChangeTraits kTraits = kQuiet;
  std::string name;
};

// What a function keeps between runs, by the word of a job's worker, or a driver's.
struct StateChanged {
  static constexpr ChangeTraits kTraits = kQuiet;
  std::string function;
  std::vector<jobq::StateValue> values;  // those that have changed; an empty one is there no more
  std::string payer = {};                // identifier of the token that holds them
  Hash said{};                           // of all that came with a worker's word; else zero
};

// ------------------------------------------------------------------------------- of the whole
// store

// A job counts against the rates of a token: over the spans named here (a bit for each RateSpan),
// and over those that are counted already.
struct Charged {
  static constexpr ChangeTraits kTraits = kOfStore;
  std::string token;
  std::uint64_t cost = 0;
  std::uint8_t spans = 0;
};
struct TokenRevoked {
  static constexpr ChangeTraits kTraits = kOfStore;
  std::string token;
  Revocation revocation;
};
struct TokenForgotten {
  static constexpr ChangeTraits kTraits = kOfStore;
  std::string token;
};
// As WorkerOrdered, of all workers of the store.
struct StoreOrdered {
  static constexpr ChangeTraits kTraits = kOfStore;
  jobq::WorkerOrder order = jobq::WorkerOrder::kWork;
};
// Whether no job of any datasource is handed out.
struct StorePaused {
  static constexpr ChangeTraits kTraits = kOfStore;
  bool is_paused = false;
};

// -------------------------------------------------------------------- of a job that waits, or will

struct Submitted {
  static constexpr ChangeTraits kTraits = kWorkEvent;
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
  std::uint32_t running_max = 0;
  Boxed<SubmitExtras> extras = {};
};
// A new job with all that a final one was submitted with.
struct Restarted {
  static constexpr ChangeTraits kTraits = kWorkEvent;
  Sequence parent = 0;
  std::string id;
};
// A new job in the state that an export has it in, which is not kAccepted. Apart from the entry,
// since it is large and few are.
struct Imported {
  static constexpr ChangeTraits kTraits = kWorkEvent;
  std::shared_ptr<const jobq::JobStatus> job;  // never null
};
// It need not wait for its time any more.
struct Due {
  static constexpr ChangeTraits kTraits = kQuietWork;
};
// It would be next, but as many jobs of its key have begun as may.
struct PutOff {
  static constexpr ChangeTraits kTraits = kQuiet;
  Time until{};
};
// It would be next, but as many jobs of its token run as may; and it waits for its turn again.
struct HeldBack {
  static constexpr ChangeTraits kTraits = kQuiet;
};
struct LetGo {
  static constexpr ChangeTraits kTraits = kQuietWork;
};
// A job that it waited for has ended, and not otherwise than it had to.
struct AwaitedEnded {
  static constexpr ChangeTraits kTraits = kQuietWork;
  JobKey ended;
};
// The group that it waited for has ended.
struct GroupEnded {
  static constexpr ChangeTraits kTraits = kQuietWork;
};
// One has ended otherwise: it is failed.
struct Unmet {
  static constexpr ChangeTraits kTraits = kWorkEvent;
  JobError failure;
};
// What came of one of the follow-ups of a job that has ended.
struct Followed {
  static constexpr ChangeTraits kTraits = kQuiet;
  std::size_t place = 0;
  FollowResult result;
};
// The job that was to admit it has ended otherwise than complete: it is forbidden.
struct NotAdmitted {
  static constexpr ChangeTraits kTraits = kWorkEvent;
  JobError failure;
};
// Nobody took it in time: it is failed.
struct Expired {
  static constexpr ChangeTraits kTraits = kWorkEvent;
  JobError failure;
};
struct Edited {
  static constexpr ChangeTraits kTraits = kWorkEvent;
  std::uint8_t priority = 0;  // 0: as it was
  Time expires_at{};          // zero: as it was
  std::string request;        // empty: as it was
  bool run_now = false;       // it need not wait for its time any more
};

// ----------------------------------------------------------------------- of a job that is accepted

struct Accepted {
  static constexpr ChangeTraits kTraits = kEvent;
  std::string worker;
  std::uint64_t request_number = 0;
  Time deadline{};
  bool out_of_turn = false;  // the worker named the job
  std::string caveats = {};  // of the token, that the lease's own token keeps: "\n...\n..."
};
struct Renewed {
  static constexpr ChangeTraits kTraits = kQuiet;
  Time deadline{};
};
struct Progressed {
  static constexpr ChangeTraits kTraits = kEvent;
  float value = 0;
  std::string message;
};
// The attempt runs for long, or is without progress for long, and goes on: bits.
struct Flagged {
  static constexpr ChangeTraits kTraits = kEvent;
  static constexpr std::uint8_t kSlow = 1, kStalled = 2;
  std::uint8_t flags = 0;  // one of them
};
// It may be without progress until then.
struct StallPutOff {
  static constexpr ChangeTraits kTraits = kQuiet;
  Time until{};
};
// For the job's next attempt.
struct CheckpointLeft {
  static constexpr ChangeTraits kTraits = kQuiet;
  std::string text;  // empty: nothing any more
  Hash said{};       // of all that came with the word that ends the attempt; else zero
};
struct Logged {
  static constexpr ChangeTraits kTraits = kEvent;
  std::uint32_t number = 0;  // within the job
  std::uint32_t attempt = 0;
  std::uint32_t attempt_number = 0;  // within the attempt, as the worker counts
  LogLevel level = LogLevel::kInfo;
  std::string text;
};
struct Completed {
  static constexpr ChangeTraits kTraits = kWorkEvent;
  std::string response;
};
// By the driver, for good.
struct Failed {
  static constexpr ChangeTraits kTraits = kWorkEvent;
  JobError failure;
};
struct Forbidden {
  static constexpr ChangeTraits kTraits = kWorkEvent;
  JobError failure;
};
// By the driver, or because the attempt's time was over (then `outcome` is zero): the job waits for
// its next attempt, or has failed too often and is failed.
struct Retried {
  static constexpr ChangeTraits kTraits = kWorkEvent;
  JobError failure;
  Time not_before{};
  Hash outcome{};
};
struct RetriedLast {
  static constexpr ChangeTraits kTraits = kWorkEvent;
  JobError failure;
  Hash outcome{};
};
// Handed back by the worker; `message` says why.
struct Released {
  static constexpr ChangeTraits kTraits = kWorkEvent;
  std::string message;
  Time not_before{};
  Hash outcome{};
};
struct ReleasedLast {
  static constexpr ChangeTraits kTraits = kWorkEvent;
  JobError failure;
  Hash outcome{};
};
// The lease ran out.
struct LeaseLost {
  static constexpr ChangeTraits kTraits = kWorkEvent;
};
struct LeaseLostLast {
  static constexpr ChangeTraits kTraits = kWorkEvent;
  JobError failure;
};
// The lease could not be delivered to the worker that asked: handed back, at no cost to the job.
struct Returned {
  static constexpr ChangeTraits kTraits = kWorkEvent;
};
struct CancelRequested {
  static constexpr ChangeTraits kTraits = kEvent;
  Time until{};
};

// ---------------------------------------------------------------------------- of either, or none

// A job that waited; or one that a worker had, by its word (`outcome`) or because the grace is
// over.
struct Cancelled {
  static constexpr ChangeTraits kTraits = kWorkEvent;
  Hash outcome{};
};
// A final job is forgotten so long after its end, whatever its terms said.
struct KeptFor {
  static constexpr ChangeTraits kTraits = kQuiet;
  Span span{};
};
// A finished job is forgotten, and what it wrote with it.
struct Removed {
  static constexpr ChangeTraits kTraits = kQuiet;
  std::uint32_t log_lines = 0;
  std::uint32_t attempt = 0;  // the last of which there may be a record in its history
};

using Change =
    std::variant<DatasourceAdded, DatasourceDropped, Configured, ModeSet, WorkerForgotten,
                 EventsForgotten, ScheduleSet, ScheduleChanged, ScheduleRemoved, FunctionSet,
                 FunctionRemoved, StateChanged, Charged, TokenRevoked, TokenForgotten, Submitted,
                 Restarted, Imported, AwaitedEnded, Unmet, Followed, Due, Expired, Edited, Accepted,
                 Renewed, Progressed, Flagged, StallPutOff, CheckpointLeft, Logged, Completed,
                 Failed, Forbidden, Retried, RetriedLast, Released, ReleasedLast, LeaseLost,
                 LeaseLostLast, Returned, CancelRequested, Cancelled, KeptFor, Removed, StorePaused,
                 WorkerOrdered, StoreOrdered, PutOff, GroupEnded, NotAdmitted, HeldBack, LetGo,
                 CodeAdded, CodeUsed, CodeRemoved>;

template <typename... Types>
constexpr std::array<ChangeTraits, sizeof...(Types)> traits_in(const std::variant<Types...>*) {
  return {Types::kTraits...};
}
inline const ChangeTraits& traits_of(const Change& change) {
  static constexpr auto kTraits = traits_in(static_cast<const Change*>(nullptr));
  return kTraits[change.index()];
}

// Whether the job comes into being by it.
inline bool brings_job(const Change& change) {
  return std::holds_alternative<Submitted>(change) || std::holds_alternative<Restarted>(change) ||
         std::holds_alternative<Imported>(change);
}

struct Entry {
  Sequence sequence = 0;  // 0 unless it is an event
  JobKey job;             // its sequence is 0 where no job is meant
  Change change;
  // Identifier of the token that it was done with; empty: the store did it, some time was over.
  std::string token = {};
  // Set when applying the change ended an attempt but not the job. It follows from the state before
  // and is not in the journal.
  Boxed<jobq::Attempt> ended = {};
  // The same of clients whose places among those that take turns it moved, beside the job's own.
  std::vector<std::string> moved = {};
};

// What the accept makes of the job, whose names and places are looked after.
void start_attempt(Job& job, Time now, const Accepted& accepted, const Terms& terms);
// What the change that ends a job says of it.
FollowUps::End said_at_end(const Change& change);

// To recognise a repeated outcome.
Hash hash_of(const Completed& completed);
Hash hash_of(const Failed& failed);
Hash hash_of(const Forbidden& forbidden);
// Of a word with what came with it; `left` may be zero: then the word's own.
Hash joined(const Hash& left, const Hash& word);

}  // namespace store
