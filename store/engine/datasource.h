// One datasource's part of the state, as State keeps it: who is next, which jobs there are, who
// works on them, and what was decided about it.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "distribution.h"
#include "group_waits.h"
#include "job_slots.h"
#include "jobq/datasources.h"
#include "key_lanes.h"
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

// Jobs of one client and one group.
struct GroupJobs {
  SequenceIndex jobs;
  std::set<Sequence> live;         // that have not ended
  Shares::Holder payer = nullptr;  // for whom the row counts (State::brought)

  Sequence first_live() const { return live.empty() ? GroupWaits::kNoneLive : *live.begin(); }
};

// Jobs of one function, counted.
struct FunctionCounts {
  Counters total;
  std::size_t waiting = 0;
  std::size_t running = 0;
  Distribution waits;  // how long attempts were waited for
  Distribution runs;   // how long they ran
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
  for (const auto& limit : config.function_limits) {
    bytes += kOfEach + limit.function.size();
  }
  for (const auto& rate : config.function_rates) {
    bytes += kOfEach + rate.function.size();
  }
  return bytes;
}

struct Datasource {
  Datasource(DatasourceIndex index_given, std::string name_given, JobSlots& slots,
             Shares& worker_rows)
      : index(index_given),
        name(std::move(name_given)),
        ready(slots),
        lanes(slots),
        workers(worker_rows),
        jobs_(slots) {}

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
  KeyLanes lanes;                    // what these hold is not in the ready queue
  std::size_t keyed = 0;             // jobs with a key, final ones too
  std::vector<NameIndex> moved;      // clients, by what happened to the job of another one
  std::map<NameIndex, Slot> unique;  // live jobs, by the name of which there is one alone
  std::size_t waiting = 0;           // ready or delayed
  std::size_t running = 0;
  std::map<NameIndex, std::size_t> running_of;  // by function; kNoSlot: of none
  SequenceIndex jobs;
  SequenceIndex cancels;  // jobs whose cancel was requested, by the request's sequence
  std::map<NameIndex, ClientJobs> jobs_of_client;
  std::map<std::pair<NameIndex, NameIndex>, GroupJobs> groups;  // by client and name
  Workers workers;
  // What workers are told, those that are told something; of "": all.
  std::map<std::string, jobq::WorkerOrder, std::less<>> orders;
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

  // The job is accepted, and no more.
  void begin_run(const Job& job) {
    ++running;
    ++running_of[job.function];
  }
  void stop_run(const Job& job) {
    --running;
    const auto same = running_of.find(job.function);
    if (--same->second == 0) {
      running_of.erase(same);
    }
  }
  std::size_t count_running(NameIndex function) const {
    const auto same = running_of.find(function);
    return same == running_of.end() ? 0 : same->second;
  }
  // The job waits from now on, for its time too if it is delayed.
  void start_waiting(Slot slot);
  // It waits neither for its time nor for other jobs any more.
  void go_on(Slot slot);
  // It waits for its time, and keeps its place among those of its key. REQUIRES: it is in the ready
  // queue.
  void put_off(Slot slot, Time until);
  // It does not wait for its turn for now, and keeps that place too. REQUIRES: it is in the ready
  // queue.
  void hold_back(Slot slot);
  // It waits no more, and is not handed out either. REQUIRES: it waits.
  void stop_waiting(Slot slot);
  // It is handed out. REQUIRES: it is in the ready queue.
  void serve(Slot slot, std::uint32_t weight);
  // REQUIRES: it waits.
  void set_priority(Slot slot, std::uint8_t priority);
  // It runs no more, and does not wait.
  void end_run(Slot slot) { take(lanes.leave(slot)); }
  // nullptr where no job is of it.
  const GroupJobs* find_group(NameIndex client, NameIndex group) const {
    const auto found = groups.find({client, group});
    return group == kNoSlot || found == groups.end() ? nullptr : &found->second;
  }
  // The job is live; and no more.
  void begin_unique(Slot slot);
  void end_unique(Slot slot);
  // Another number of jobs of a key may run.
  void regroup();
  // Another ageing holds.
  void reorder();
  // For a start: which of the jobs with keys may go, each of which is told to `add_ready`.
  void enter_lanes(const std::function<void(Slot)>& add_ready);

 private:
  void make_ready(Slot slot);
  // Takes jobs out of the ready queue, all of them or those with keys, and returns them.
  std::vector<Slot> take_ready(bool has_key);
  void take(const KeyLanes::Changed& changed);

  JobSlots& jobs_;
};

}  // namespace store
