// A job as the engine holds it, and the small types around it. Texts that only pass through
// (request, response, error) are not here: they live in the journal and the derived records, so
// that a deep backlog does not fill memory.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace store {

using Span = std::chrono::milliseconds;
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

// Number in a datasource's journal of events: 1, 2, ... without gaps.
using Sequence = std::uint64_t;
// Place of a datasource in the store's list; never reused.
using DatasourceIndex = std::uint32_t;
// Where JobTable keeps a job. Reused after the job is removed, and not stored.
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

enum class Status : std::uint8_t {
  kSubmitted,
  kAccepted,
  kRetrying,
  kComplete,
  kFailed,
  kCancelled,
  kForbidden,
};
inline constexpr std::uint8_t kStatusCount = 7;

constexpr bool is_waiting(Status status) {
  return status == Status::kSubmitted || status == Status::kRetrying;
}
constexpr bool is_final(Status status) { return status >= Status::kComplete; }

struct Job {
  std::string id;
  JobKey key;
  Sequence changed = 0;  // the last event about it
  NameIndex client = 0;
  NameIndex worker = 0;  // holds, or held last, the lease; meaningless while attempt is 0
  Status status = Status::kSubmitted;
  std::uint8_t priority = 0;
  std::uint32_t attempt = 0;
  std::uint32_t lost_leases = 0;
  std::uint32_t request_bytes = 0;
  Time submitted_at{};
  Time accepted_at{};                // start of the latest attempt
  Time deadline{};                   // of the lease, while accepted
  Time finished_at{};                // once final
  Span keep_for{};                   // how long it stays after that
  std::uint64_t request_number = 0;  // of the accept that made the latest attempt
  Hash content{};                    // of what was submitted
  Hash outcome{};                    // of the driver's last word; zero when it had none

  // Places in JobTable's indexes; they follow from the above.
  Slot ready_previous = kNoSlot;
  Slot ready_next = kNoSlot;
  std::uint32_t timer_place = UINT32_MAX;
};

// When something must happen to the job by itself: the lease ends, or the finished job is
// forgotten. Time::max() when nothing is due.
Time due_at(const Job& job);

std::string_view to_string(Status status);

}  // namespace store
