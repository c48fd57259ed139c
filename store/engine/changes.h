// What can happen to the store's state, as facts: an Entry is decided once, applied to JobTable,
// written to the journal, and applied again in the same way after a restart. Applying an entry
// cannot fail; everything that could be refused was checked before it was made.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "job.h"

namespace store {

struct Failure {
  std::string code;
  std::string message;
  std::string detail;
};

struct DatasourceAdded {
  std::string name;
};
struct Submitted {
  std::string id;
  std::string client;
  std::string request;
  std::uint8_t priority = 0;
  Span keep_for{};
};
struct Accepted {
  std::string worker;
  std::uint64_t request_number = 0;
  Time deadline{};
};
struct Renewed {
  Time deadline{};
};
struct Completed {
  std::string response;
};
// By the driver.
struct Failed {
  Failure failure;
};
// The lease ran out: the job waits for its next attempt, or has lost too many and is failed.
struct LeaseLost {};
struct LeaseLostLast {
  Failure failure;
};
// The lease could not be delivered to the worker that asked: handed back, at no cost to the job.
struct Returned {};
// A finished job is forgotten.
struct Removed {};
// The worker that was silent longest makes room for a new one.
struct WorkerForgotten {
  std::string name;
};

using Change = std::variant<DatasourceAdded, Submitted, Accepted, Renewed, Completed, Failed,
                            LeaseLost, LeaseLostLast, Returned, Removed, WorkerForgotten>;

// Events are what watchers see and are numbered; the other changes only matter to the store.
inline bool is_event(const Change& change) {
  return !std::holds_alternative<DatasourceAdded>(change) &&
         !std::holds_alternative<Renewed>(change) && !std::holds_alternative<Removed>(change) &&
         !std::holds_alternative<WorkerForgotten>(change);
}

struct Entry {
  Sequence sequence = 0;  // 0 unless it is an event
  JobKey job;             // its sequence is 0 where no job is meant
  Change change;
};

// To recognise a repeated submit and a repeated outcome.
Hash hash_of(const Submitted& submitted);
Hash hash_of(const Completed& completed);
Hash hash_of(const Failed& failed);

}  // namespace store
