// One datasource's part of the state, as State keeps it: who is next, which jobs there are, who
// works on them, and what was decided about it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "job_slots.h"
#include "jobq/datasources.h"
#include "ready_queue.h"
#include "replies.h"
#include "sequence_index.h"
#include "shares.h"
#include "terms.h"
#include "workers.h"

namespace store {

// Jobs of one client in one datasource.
struct ClientJobs {
  SequenceIndex jobs;
  std::size_t waiting = 0;
  // No event of the client is later. Not durable, and no part of the digest: after a start the last
  // of the datasource.
  Sequence last_event = 0;
  // For whom the row counts (State::brought).
  Shares::Holder payer = nullptr;
};

// Jobs of one function, counted.
struct FunctionCounts {
  Counters total;
  std::size_t waiting = 0;
  std::size_t running = 0;
};

// Further functions are counted together: of a datasource, of those that came to be with one token,
// and of all. Not configurable, since a replay must count alike.
inline constexpr std::size_t kFunctionsCountedMax = 1'000;
inline constexpr std::size_t kFunctionsCountedOfTokenMax = 16'384;
inline constexpr std::size_t kFunctionsCountedOfAllMax = 65'536;

// What a configuration takes of memory, about, beyond what every datasource has.
inline std::size_t bytes_of(const DatasourceConfig& config) {
  constexpr std::size_t kOfEach = 64;
  std::size_t bytes = config.description.size() + config.item.size();
  for (const auto& weight : config.weights) {
    bytes += kOfEach + weight.client.size();
  }
  for (const auto& cost : config.costs) {
    bytes += kOfEach + cost.function.size();
  }
  return bytes;
}

struct Datasource {
  Datasource(DatasourceIndex index_given, std::string name_given, JobSlots& slots,
             Shares& worker_rows)
      : index(index_given), name(std::move(name_given)), ready(slots), workers(worker_rows) {}

  DatasourceIndex index;
  std::string name;
  // Token that it came to be with. Empty: unknown. No part of the digest: older checkpoints do not
  // say it.
  std::string maker;
  DatasourceConfig config;
  Mode mode = Mode::kRunning;
  Sequence last_sequence = 0;
  Sequence oldest_event = 1;  // that is kept
  Stamp last_stamp = 0;
  ReadyQueue ready;
  std::size_t waiting = 0;  // ready or delayed
  std::size_t running = 0;
  SequenceIndex jobs;
  SequenceIndex cancels;  // jobs whose cancel was requested, by the request's sequence
  std::map<NameIndex, ClientJobs> jobs_of_client;
  Workers workers;
  std::map<std::string, FunctionCounts, std::less<>> functions;
  // How long a client that was refused for want of room may have to wait: the mean time between
  // the last accepts. Not durable, and no part of the digest.
  static constexpr Span kAcceptInterval = std::chrono::seconds(1);
  Time last_accept_at{};
  Span accept_interval = kAcceptInterval;

  // Hands out no job; takes no job in.
  bool is_paused() const { return is_on(Mode::kPaused); }
  bool is_draining() const { return is_on(Mode::kDraining); }
  bool is_on(Mode one) const { return (static_cast<int>(mode) & static_cast<int>(one)) != 0; }
  void note_accept(Time now) {
    if (last_accept_at != Time{}) {
      accept_interval = (7 * accept_interval + (now - last_accept_at)) / 8;
    }
    last_accept_at = now;
  }
  void make_ready(Slot slot) {
    if (ready.add(slot, last_stamp + 1)) {
      ++last_stamp;
    }
  }
};

}  // namespace store
