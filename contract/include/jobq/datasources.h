// How datasources are configured, and what they count. For drivers
// (jobq/driver.h) and operators (jobq/admin.h). Times are the store's clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jobq/types.h"
#include "jobq/workers.h"

namespace jobq {

// kPaused: no job is handed out. kDraining: no job is taken in (503); those that are there are
// handed out. Two switches, a bit for each.
enum class Mode : std::uint8_t { kRunning, kPaused, kDraining, kPausedAndDraining };
template <>
inline constexpr std::array<std::string_view, 4> kNames<Mode>{"running", "paused", "draining",
                                                              "paused-and-draining"};

struct Weight {
  std::string client{};
  unsigned weight = 1;  // 1 .. 100 jobs in a row when it is the client's turn
  bool operator==(const Weight&) const = default;
};

struct Cost {
  std::string function{};
  unsigned cost = 1;  // 1 .. 1000000
  bool operator==(const Cost&) const = default;
};

struct FunctionLimit {
  std::string function{};
  unsigned running_max = 0;  // 1 .. 1000000
  bool operator==(const FunctionLimit&) const = default;
};

struct FunctionRate {
  std::string function{};
  std::string start_rate{};  // as DatasourceConfig's
  bool operator==(const FunctionRate&) const = default;
};

// Zero and empty: the store's default, or no limit.
struct DatasourceConfig {
  std::string datasource{};
  std::string description{};  // for people, at most 1024 bytes
  unsigned priority = 0;
  Terms terms{};             // defaults of new jobs; those that are there keep what they were given
  Span lease{};              // of accepts and renewals that do not say: 100 ms .. 1 h; 30 s
  Span cancel_grace{};       // for a worker to acknowledge a cancel: 1 ms .. 1 h; 30 s
  unsigned waiting_max = 0;  // jobs that wait; beyond it a submit is refused (429)
  unsigned waiting_per_client_max = 0;  // the same for each client
  unsigned running_max = 0;             // jobs that are accepted at the same time
  // Jobs of one key that are accepted at the same time; 0: one, strictly in the order of submits.
  unsigned key_running_max = 0;
  std::vector<Weight> weights{};  // up to 1024: clients that get more turns than one
  // Up to 1024: functions of which a job counts for more than one against the rate of a token.
  std::vector<Cost> costs{};
  // Up to 1024: functions of which so many jobs are accepted at the same time.
  std::vector<FunctionLimit> function_limits{};
  // "N/U" with 1 to 1000000 and one of s, m, h, d: at most so many attempts begin in any such span,
  // of all jobs; of those of each of up to 1024 functions; of those of each key.
  std::string start_rate{};
  std::vector<FunctionRate> function_rates{};
  std::string key_start_rate{};
  // A job that waits counts as one of the next higher priority each time that so much is over;
  // 1 s .. 365 days.
  Span ageing{};
  // How it stands in databox's catalogue: JSON as a driver registered it, up to 16 KiB. Empty: it
  // does not; in what is to be configured, that it stays as it is.
  std::string item{};
  bool is_strict = false;      // jobs of functions that are not registered are refused (404)
  Mode mode = Mode::kRunning;  // changed by Admin's pause(), resume(), drain() alone
  bool operator==(const DatasourceConfig&) const = default;
};

// Durable, since the datasource was made.
struct Counters {
  std::uint64_t submitted = 0;
  std::uint64_t runs = 0;  // attempts
  // Jobs by how they ended.
  std::uint64_t complete = 0, failed = 0, cancelled = 0, forbidden = 0;
  std::uint64_t errors = 0;  // attempts that failed, timed out or lost their lease
  std::uint64_t releases = 0;
  Span waited{};  // sum over all attempts: from when the job could run until it was accepted
  Span ran{};     // sum over all attempts that have ended and are not lost: from accept to end
  std::uint64_t lost = 0;  // attempts whose lease ran out, was revoked or never arrived
  // How often attempts were flagged so, or failed since they stalled.
  std::uint64_t slow = 0, stalled = 0;
};

// How many attempts took how long: the i-th number counts those of less than 2^i ms that no earlier
// one counts. It ends with one that is not zero; durable, as counters are.
using SpanCounts = std::vector<std::uint64_t>;

// The name of all functions beyond the first 1000, which are counted together.
inline constexpr std::string_view kOtherFunctions = "(others)";

struct FunctionStats {
  std::string function{};  // empty: of jobs without; kOtherFunctions: all beyond 1000
  std::uint64_t waiting = 0;
  std::uint64_t running = 0;
  Time oldest_ready_at{};  // zero: there is none
  Counters total{};
  SpanCounts wait_times{};  // of all attempts, as Counters::waited sums them
  SpanCounts run_times{};   // as Counters::ran does
};

struct DatasourceStats {
  std::string datasource{};
  Mode mode = Mode::kRunning;
  std::uint64_t ready = 0;    // jobs that wait and may run
  std::uint64_t delayed = 0;  // jobs that wait for their time, or for others
  std::uint64_t running = 0;
  std::uint64_t finished = 0;
  std::uint64_t clients = 0;          // that the store keeps jobs of
  std::uint64_t workers_waiting = 0;  // accepts that are held back
  Time oldest_ready_at{};  // when the oldest job that may run was submitted; zero: there is none
  Counters total{};
  SpanCounts wait_times{};  // as those of a function, of all
  SpanCounts run_times{};
  std::vector<FunctionStats> functions{};  // none where all datasources are told of
};

}  // namespace jobq
