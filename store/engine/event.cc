#include "event.h"

#include "state.h"

namespace store {
namespace {

// Fills in what only some kinds of events have.
struct Describe {
  const State& state;
  const Job& job;
  Event& event;

  template <typename AnyChange>
  requires(!AnyChange::kTraits.is_event) void operator()(const AnyChange&) const {}
  void operator()(const Submitted&) const { submitted(); }
  void operator()(const Restarted&) const { submitted(); }
  void operator()(const Imported&) const { submitted(); }
  void operator()(const Edited&) const {
    event.kind = Event::Kind::kEdited;
    event.priority = job.priority;
  }
  void operator()(const Accepted&) const {
    event.kind = Event::Kind::kAccepted;
    event.text = state.names.worker_of(job);
    event.until = due_at(job);  // not beyond what the attempt may take
  }
  void operator()(const Progressed& progressed) const {
    event.kind = Event::Kind::kProgress;
    event.progress = progressed.value;
    event.text = progressed.message;
  }
  void operator()(const Logged& logged) const {
    event.kind = Event::Kind::kLog;
    event.number = logged.number;
    event.level = logged.level;
    event.text = logged.text;
  }
  void operator()(const Flagged& flagged) const {
    event.kind = Event::Kind::kFlagged;
    event.text = flagged.flags == Flagged::kSlow ? "slow" : "stalled";
  }
  void operator()(const Completed&) const { event.kind = Event::Kind::kComplete; }
  void operator()(const Expired& expired) const { fail(Event::Kind::kFailed, expired.failure); }
  void operator()(const Unmet& unmet) const { fail(Event::Kind::kFailed, unmet.failure); }
  void operator()(const NotAdmitted& denied) const {
    fail(Event::Kind::kForbidden, denied.failure);
  }
  void operator()(const Failed& failed) const { fail(Event::Kind::kFailed, failed.failure); }
  void operator()(const RetriedLast& last) const { fail(Event::Kind::kFailed, last.failure); }
  void operator()(const ReleasedLast& last) const { fail(Event::Kind::kFailed, last.failure); }
  void operator()(const LeaseLostLast& last) const { fail(Event::Kind::kFailed, last.failure); }
  void operator()(const Forbidden& forbidden) const {
    fail(Event::Kind::kForbidden, forbidden.failure);
  }
  void operator()(const Retried& retried) const {
    fail(Event::Kind::kRetrying, retried.failure);
    event.until = delay();
  }
  void operator()(const Released& released) const {
    event.kind = Event::Kind::kReleased;
    event.text = released.message;
    event.until = delay();
  }
  void operator()(const LeaseLost&) const { event.kind = Event::Kind::kLeaseLost; }
  void operator()(const Returned&) const { event.kind = Event::Kind::kUndelivered; }
  void operator()(const CancelRequested& requested) const {
    event.kind = Event::Kind::kCancelRequested;
    event.until = requested.until;
  }
  void operator()(const Cancelled&) const { event.kind = Event::Kind::kCancelled; }

  void submitted() const {
    event.kind = Event::Kind::kSubmitted;
    event.priority = job.priority;
    event.text = state.links.of(job).parent;
    event.until = delay();
  }
  void fail(Event::Kind kind, const JobError& failure) const {
    event.kind = kind;
    event.code = failure.code;
    event.text = failure.message;
  }
  Time delay() const { return job.is_delayed ? job.not_before : Time{}; }
};

}  // namespace

Event event_of(const State& state, Time now, const Entry& entry, const Job& job) {
  Event event{.sequence = entry.sequence,
              .job = entry.job,
              .time = now,
              .attempt = job.attempt,
              .status = job.status,
              .id = job.id,
              .client = state.names.client_of(job),
              .function = std::string(state.names.function_of(job)),
              .code = {},
              .text = {}};
  std::visit(Describe{state, job, event}, entry.change);
  return event;
}

bool covers(const EventScope& scope, const Event& event) {
  return (scope.job == 0 || scope.job == event.job.sequence) &&
         (scope.client.empty() || scope.client == event.client);
}

std::size_t bytes_of(const Event& event) {
  return sizeof event + event.id.size() + event.client.size() + event.function.size() +
         event.code.size() + event.text.size();
}

}  // namespace store
