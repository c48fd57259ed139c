// What the server tells of itself.
#include "server.h"

namespace store {

jobq::StoreStatus Server::status(Time now) const {
  jobq::StoreStatus status = status_;
  status.durability = "synced";
  status.now = now;
  status.uptime = now - started_;
  return status;
}

jobq::StoreStats Server::stats() const {
  jobq::StoreStats stats = counts_;
  stats.is_paused = parts_.engine.state().is_paused;
  const StorageCounters storage = parts_.storage.counters();
  stats.refusals += parts_.sockets.malformed();
  stats.syncs = storage.syncs;
  stats.derived_bytes = parts_.checkpoint.bytes_written();
  stats.wal_bytes = storage.wal_bytes;
  stats.flush_bytes = storage.flush_bytes;
  stats.compaction_bytes = storage.compaction_bytes;
  stats.jobs_live = parts_.engine.state().jobs.live_count();
  stats.jobs_finished = parts_.engine.state().jobs.finished_count();
  stats.waiters_parked = parts_.engine.waiter_count();
  const StreamCounters streams = parts_.streams.counters();
  stats.topics = streams.topics;
  stats.subscribers = streams.subscribers;
  stats.frames_sent = streams.frames_sent;
  stats.frames_lost = streams.frames_lost;
  stats.subscriptions_ignored = streams.ignored;
  stats.refused = refusals_.counts();
  for (const jobq::RefusalCount& count : connection_watch_.counts()) {
    stats.refused.push_back(count);
  }
  if (trail_.left_out() > 0) {
    stats.refused.push_back({"auditLinesLeftOut", trail_.left_out()});
  }
  return stats;
}

}  // namespace store
