// Who works for a datasource, on what, and what operators tell them. Times are the store's clock.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jobq/names.h"
#include "jobq/types.h"

namespace jobq {

// What an operator has told workers to do, also after a restart of the store. kUnsaid: in what a
// worker asks, that it does not know of such things; in an answer, that this one does not tell.
enum class WorkerOrder : std::uint8_t {
  kUnsaid,
  kWork,
  kDrain,  // take no more jobs, finish those that are under way
  kHalt,   // take no more jobs, hand back those that are under way
};
template <>
inline constexpr std::array<std::string_view, 4> kNames<WorkerOrder>{"unsaid", "work", "drain",
                                                                     "halt"};

// Of a worker, for people.
struct WorkerAbout {
  std::string host{};  // up to 255 bytes
  std::uint32_t pid = 0;
  Time started_at{};      // by the worker's clock
  std::string version{};  // of its program, up to 128 bytes
  unsigned threads = 0;   // jobs at the same time
  bool operator==(const WorkerAbout&) const = default;
};

struct RunningJob {
  Lease lease{};
  std::string function{};
  Time accepted_at{};
  Time lease_until{};
  double progress = 0;  // 0 .. 1
};

enum class WorkerState : std::uint8_t {
  kIdle,
  kBusy,
  kDraining,
  kHalted,
  kLost,  // its connection has ended, or it was silent for a minute without a job
};
template <>
inline constexpr std::array<std::string_view, 5> kNames<WorkerState>{"idle", "busy", "draining",
                                                                     "halted", "lost"};

// What a worker asks for, and has; of long lists the first, 1 KiB of names.
struct WorkerAsks {
  std::vector<std::string> functions{};
  std::vector<std::string> labels{};
  bool operator==(const WorkerAsks&) const = default;
};

// Who works for a datasource, or was heard of within a day.
struct WorkerStatus {
  std::string worker{};
  Time heard_at{};  // when it last asked for jobs, renewed or reported
  bool is_waiting = false;
  unsigned running = 0;
  std::vector<RunningJob> leases{};  // the first 100 by time of accept
  WorkerState state = WorkerState::kIdle;
  WorkerOrder order = WorkerOrder::kWork;  // that holds for it
  WorkerAbout about{};                     // empty: it has not said since the store's start
  WorkerAsks asks{};                       // the same
};

}  // namespace jobq
