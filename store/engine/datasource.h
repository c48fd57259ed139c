// One datasource's part of the state, as JobTable keeps it: who is next, which jobs there are, who
// works on them, and what was decided about it.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "job.h"
#include "ready_queue.h"
#include "replies.h"
#include "sequence_index.h"
#include "terms.h"

namespace store {

struct Worker {
  std::uint64_t request_number = 0;  // of its last accept that gave jobs
  Time heard_at{};                   // when that was
  std::vector<Slot> leases;          // given then; some may have ended since
  // When it last asked, renewed or reported. Not durable, and no part of the digest.
  Time spoke_at{};
};

// Jobs of one client in one datasource.
struct ClientJobs {
  SequenceIndex jobs;
  std::size_t waiting = 0;
  // No event of the client is later. Not durable, and no part of the digest.
  Sequence last_event = 0;
};

// Jobs of one function, counted.
struct FunctionCounts {
  Counters total;
  std::size_t waiting = 0;
  std::size_t running = 0;
};

// Further functions are counted together. Not configurable, since a replay must count alike.
inline constexpr std::size_t kFunctionsCountedMax = 1'000;

struct Datasource {
  Datasource(std::string name_given, std::deque<Job>& slab)
      : name(std::move(name_given)), ready(slab) {}

  std::string name;
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
  // Cancels that wait to be acknowledged, by worker and the request's sequence.
  std::map<NameIndex, std::map<Sequence, Slot>> open_cancels;
  std::map<std::string, Worker, std::less<>> workers;
  std::map<std::string, FunctionCounts, std::less<>> functions;
  // How long a client that was refused for want of room may have to wait: the mean time between
  // the last accepts. Not durable, and no part of the digest.
  Time last_accept_at{};
  Span accept_interval = std::chrono::seconds(1);
};

}  // namespace store
