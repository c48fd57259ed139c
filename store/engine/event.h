// What watchers see: one numbered entry of a datasource's event log, with what they need to know of
// the job at that moment. It follows from the state and the entry that was just applied, so that a
// replay makes the same events again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "changes.h"
#include "replies.h"

namespace store {

struct State;

struct Event {
  // protocol.capnp's Event.Kind, without those that only streams have.
  enum class Kind : std::uint8_t {
    kSubmitted,
    kAccepted,
    kProgress,
    kLog,
    kComplete,
    kFailed,
    kForbidden,
    kRetrying,
    kReleased,
    kLeaseLost,
    kUndelivered,
    kCancelRequested,
    kCancelled,
    kEdited,
    kFlagged = 16,
  };
  static constexpr std::uint8_t kKindCount = 17;  // with those that only streams have

  Sequence sequence = 0;
  JobKey job;
  Time time{};
  std::uint32_t attempt = 0;
  Kind kind = Kind::kSubmitted;
  Status status = Status::kSubmitted;  // after it
  std::uint8_t priority = 0;           // submitted, edited
  LogLevel level = LogLevel::kInfo;    // log
  std::uint32_t number = 0;            // log: of the line within the job
  float progress = 0;                  // progress
  Time until{};  // submitted, retrying, released: not before; accepted: deadline; cancel requested:
                 // end of the grace
  std::string id;
  std::string client;
  std::string function;
  std::string code;  // failed, forbidden, retrying: of the error
  std::string text;  // the error's message; submitted: the parent; accepted: the worker; progress,
                     // released: the message; log: the line; flagged: the flag

  bool operator==(const Event&) const = default;
};

// REQUIRES: `entry` is an event about `job` and was applied at `now` just before.
Event event_of(const State& state, Time now, const Entry& entry, const Job& job);

bool covers(const EventScope& scope, const Event& event);

// Roughly what it takes in memory.
std::size_t bytes_of(const Event& event);

}  // namespace store
