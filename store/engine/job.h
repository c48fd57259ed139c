// A job as the engine holds it, and the small types around it. Texts that only pass through
// (request, response, error) are not here: they live in the journal and the checkpoint, so that a
// deep backlog does not fill memory.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "jobq/types.h"

namespace store {

using jobq::Span;
using jobq::Time;

// Number in a datasource's event log: 1, 2, ... without gaps.
using Sequence = std::uint64_t;
// Place of a datasource in the store's list; that of one that was dropped is given anew.
using DatasourceIndex = std::uint32_t;
// Where Jobs keeps a job. Reused after the job is removed, and not stored.
using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = UINT32_MAX;
// Index of an interned client or worker name.
using NameIndex = std::uint32_t;

// A job's identity on disk: `sequence` is that of its submit.
struct JobKey {
  DatasourceIndex datasource = 0;
  Sequence sequence = 0;
  auto operator<=>(const JobKey&) const = default;
};

// 128 bits of XXH3, to recognise the repetition of a call. No protection against a client that
// looks for collisions: it could only confuse itself.
using Hash = std::array<std::uint8_t, 16>;

using jobq::Ending;
using jobq::is_final;
using jobq::JobError;
using jobq::LogLevel;
using jobq::Status;
using jobq::to_string;

template <jobq::Named Enum>
inline constexpr std::size_t kCountOf = jobq::kNames<Enum>.size();

// As exports spell it: 32 hexadecimal digits. Nothing for any other text.
std::string spelled(const Hash& hash);
std::optional<Hash> hash_spelled(std::string_view text);

constexpr bool is_waiting(Status status) {
  return status == Status::kSubmitted || status == Status::kRetrying;
}

// Indexes of what jobs share; kNoSlot: none.
using TermsIndex = std::uint32_t;
using TokenIndex = std::uint32_t;
using TagsIndex = std::uint32_t;

// What workers choose jobs by: the function's index, or, of jobs with labels, that of both
// together, which has the highest bit. kNoSlot: neither.
using KindIndex = std::uint32_t;
inline constexpr KindIndex kLabelled = 0x8000'0000;
constexpr bool is_labelled(KindIndex kind) { return kind >= kLabelled && kind != kNoSlot; }

// Where a job with a key stands among those of that key (KeyLanes).
enum class LanePlace : std::uint8_t { kOut, kHeld, kPassed, kRunning };

struct Job {
  std::string id;
  JobKey key;
  Sequence changed = 0;  // the last event about it
  NameIndex client = 0;
  NameIndex worker = kNoSlot;  // holds, or held last, the lease
  NameIndex function = kNoSlot;
  KindIndex kind = kNoSlot;
  NameIndex turn_key = kNoSlot;  // jobs with the same one run in turn
  NameIndex unique = kNoSlot;    // of live jobs there is one alone with it
  NameIndex group = kNoSlot;
  NameIndex after_group = kNoSlot;  // waits for this one to end, or waited for it
  NameIndex caveats = kNoSlot;      // of the token that it was submitted with, if they are kept
  TagsIndex tags = kNoSlot;
  TermsIndex terms = kNoSlot;
  TokenIndex submit_token = kNoSlot;  // that it was submitted with
  TokenIndex accept_token = kNoSlot;  // that the latest attempt was accepted with, and caveats
  Status status = Status::kSubmitted;
  std::uint8_t priority = 0;
  bool is_out_of_turn = false;  // the latest attempt is of a worker that named the job
  bool is_delayed = false;      // waits for not_before, so that it is not in the ready queue
  bool is_held_back = false;    // as many jobs of its token run as may; keeps its place
  bool is_put_off = false;      // which it does for the rate of its key alone, and keeps its place
  bool has_failure = false;     // texts: of the last attempt that failed, or why the job did
  bool has_message = false;     // texts: of the progress
  bool has_links = false;       // has a parent or a child (JobLinks)
  bool has_after = false;       // waits for other jobs, or waited for some (Dependencies)
  bool has_then = false;        // others follow it, or followed it (FollowUps)
  bool has_grants = false;      // texts: while it is live
  bool is_follow_up = false;    // of another one (FollowUps)
  bool is_slow = false;         // while accepted: runs for long,
  bool is_stalled = false;      // and is without progress for long
  bool awaits_group = false;    // still
  // Jobs, and the group, that it waits for still, so that it is not in the ready queue.
  std::uint32_t awaited = 0;
  std::uint32_t running_max = 0;  // jobs of its token that may run at once; 0: no limit
  std::uint32_t attempt = 0;
  std::uint32_t failures = 0;
  std::uint32_t lost_leases = 0;
  std::uint32_t releases = 0;
  std::uint32_t request_bytes = 0;
  std::uint32_t response_bytes = 0;
  std::uint32_t checkpoint_bytes = 0;   // that an attempt has left for the next one; 0: none
  std::uint32_t log_lines = 0;          // written so far
  std::uint32_t attempt_log_lines = 0;  // the greatest number that the attempt's worker has used
  float progress = 0;                   // of the latest attempt
  Time submitted_at{};
  Time not_before{};     // while waiting: since when, or from when on, it may run
  Time expires_at{};     // while waiting to be taken for the first time; zero: never
  Time started_at{};     // of the first attempt
  Time accepted_at{};    // start of the latest attempt
  Time deadline{};       // of the lease, while accepted
  Time attempt_until{};  // while accepted: when its time is over; zero: never
  Time slow_at{};        // while accepted: when it is flagged, here and below; zero: not
  Time stall_at{};
  Time cancel_until{};               // while accepted: end of the grace; zero: no cancel requested
  Time cancel_requested_at{};        // zero: never
  Sequence cancel_sequence = 0;      // of the request; 0: none
  Time finished_at{};                // once final
  Span keep_for{};                   // how long it stays after that
  std::uint64_t request_number = 0;  // of the accept that made the latest attempt
  Hash content{};                    // of what was submitted
  Hash outcome{};  // of the worker's word that ended the latest attempt; zero when there was none

  // Places in indexes; they follow from the above.
  Slot ready_previous = kNoSlot;
  Slot ready_next = kNoSlot;
  std::uint32_t timer_place = UINT32_MAX;
  LanePlace lane = LanePlace::kOut;

  bool has_code = false;  // names some (Codes)
};

// A worker may have it, as far as it alone is asked: it is in the ready queue.
inline bool is_ready(const Job& job) {
  return is_waiting(job.status) && !job.is_delayed && job.awaited == 0 && !job.is_held_back &&
         job.lane != LanePlace::kHeld;
}
// When something must happen to the job by itself: the lease, the attempt's time or the grace of a
// cancel ends; a waiting job may run or expires; the finished job is forgotten. Time::max() when
// nothing is due.
Time due_at(const Job& job);
// The same, or before it when it is flagged.
Time timer_at(const Job& job);
// A new job as it stands in an export, without what State::add_job() brings.
Job imported_job(JobKey key, const jobq::JobStatus& from);
// When a final job that is told so is forgotten. REQUIRES: it has terms.
Time forgotten_at(const jobq::JobStatus& job);

}  // namespace store
