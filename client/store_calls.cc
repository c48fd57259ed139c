#include "store_calls.h"

#include "messages.h"

namespace jobq {
namespace {

using Body = protocol::Reply::Body;
using protocol::Method;

StoreStatus to_store_status(protocol::StoreStatus::Reader status) {
  return {.version = to_string(status.getVersion()),
          .name = to_string(status.getName()),
          .uptime = to_span(status.getUptimeMs()),
          .now = to_time(status.getNow()),
          .durability = to_string(status.getDurability()),
          .request_endpoints = to_strings(status.getRequestEndpoints()),
          .driver_endpoints = to_strings(status.getDriverEndpoints()),
          .status_endpoints = to_strings(status.getStatusEndpoints())};
}

StoreStats to_store_stats(protocol::StoreStats::Reader stats) {
  return {.requests = stats.getRequests(),
          .refusals = stats.getRefusals(),
          .replies_dropped = stats.getRepliesDropped(),
          .turns = stats.getTurns(),
          .commits = stats.getCommits(),
          .syncs = stats.getSyncs(),
          .journal_bytes = stats.getJournalBytes(),
          .derived_bytes = stats.getDerivedBytes(),
          .wal_bytes = stats.getWalBytes(),
          .flush_bytes = stats.getFlushBytes(),
          .compaction_bytes = stats.getCompactionBytes(),
          .jobs_live = stats.getJobsLive(),
          .jobs_finished = stats.getJobsFinished(),
          .waiters_parked = stats.getWaitersParked(),
          .topics = stats.getTopics(),
          .subscribers = stats.getSubscribers(),
          .frames_sent = stats.getFramesSent(),
          .frames_lost = stats.getFramesLost(),
          .repairs = stats.getRepairs(),
          .subscriptions_ignored = stats.getSubscriptionsIgnored()};
}

void nothing(protocol::Request::Body::Builder) {}

}  // namespace

StoreStatus ask_store_status(StoreConnection& store) {
  StoreStatus status;
  store.ask({.method = Method::GET, .path = "/status"}, nothing,
            [&](protocol::Reply::Reader reply) {
              status = to_store_status(body_of(reply, Body::STORE).getStore());
            });
  return status;
}

StoreStats ask_store_stats(StoreConnection& store) {
  StoreStats stats;
  store.ask({.method = Method::GET, .path = "/admin/stats"}, nothing,
            [&](protocol::Reply::Reader reply) {
              stats = to_store_stats(body_of(reply, Body::STATS).getStats());
            });
  return stats;
}

}  // namespace jobq
