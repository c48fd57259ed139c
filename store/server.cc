#include "server.h"

#include <sodium.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "log.h"
#include "record.h"

namespace store {

Server::Server(Parts parts, const Recovered& recovered, jobq::StoreStatus status)
    : parts_(parts),
      status_(std::move(status)),
      time_(parts.clock, recovered.last_time),
      started_(time_.now()),
      admission_(parts.config, parts.rights, parts.engine.state()),
      desk_(parts.rights, parts.engine, parts.streams, status_.status_endpoints),
      housekeeping_(parts.config, parts.engine, parts.storage, parts.checkpoint, recovered),
      trail_(parts.audit, parts.engine.state()),
      last_turn_(recovered.last_turn) {}

void Server::run(int stop_fd) {
  for (;;) {
    const Time next = std::min({parts_.engine.next_deadline(), parts_.checkpoint.next_deadline(),
                                parts_.streams.next_deadline()});
    const Time now = time_.now();
    const Time wake = undelivered_.empty() ? std::clamp(next, now, now + kTendingInterval) : now;
    if (parts_.sockets.wait(wake - now, stop_fd, parts_.publisher)) {
      break;
    }
    turn();
  }
  stop();
}

void Server::turn() {
  const Time now = time_.now();
  parts_.engine.tick(now, chance(), effects_);
  parts_.engine.take_back(now, std::exchange(undelivered_, {}), effects_);
  housekeeping_.forget_events(now, effects_);
  const Limits& limits = parts_.config.limits;
  std::size_t bytes = 0;
  for (int i = 0; i < limits.requests_per_turn_max && bytes <= limits.turn_bytes_max; ++i) {
    const std::optional<Frame> frame = parts_.sockets.try_receive();
    if (!frame) {
      break;
    }
    bytes += frame->body.size();
    handle(now, *frame);
  }
  ++counts_.turns;
  if (!effects_.entries.empty()) {
    commit(now);  // throws: the process ends
  }
  trail_.write(now, effects_.replies);
  send_replies();
  publish(now);
  effects_.clear();
  parts_.checkpoint.write_if_due(now);
  housekeeping_.tend_journal(now);
}

void Server::handle(Time now, const Frame& frame) {
  ++counts_.requests;
  const std::size_t entries = effects_.entries.size();
  const std::size_t answers = effects_.replies.size();
  const std::size_t own_answers = answers_.size();
  Request request;
  auto refused = admission_.admit(now, frame, request);
  trail_.begin(request.command);
  refused = refused ? std::move(refused) : perform(now, request);
  // The server's own operations leave no entries.
  const Traits& traits = traits_of(request.route.operation);
  const bool has_changed =
      effects_.entries.size() > entries ||
      (!refused && traits.by == By::kServer && traits.effect == Effect::kChanges);
  if (refused) {
    effects_.replies.push_back({request.origin, *std::move(refused)});
  }
  const auto answered = std::span<const Outbound>(effects_.replies).subspan(answers);
  trail_.end(now, request, frame.curve_key, has_changed, answered);
  trace(request, answered, answers_.size() > own_answers);
}

std::optional<Refused> Server::perform(Time now, Request& request) {
  const Route& route = request.route;
  if (!request.command) {
    auto answer = answer_itself(now, route);
    if (auto* refused = std::get_if<Refused>(&answer)) {
      return std::move(*refused);
    }
    answers_.push_back({request.origin, std::get<ServerReply>(std::move(answer))});
    return std::nullopt;
  }
  if (traits_of(route.operation).makes_jobs() && !housekeeping_.has_room()) {
    return Refused{Code::kFull, "the store's disk has less than diskReserve = " +
                                    std::to_string(parts_.config.disk_reserve_mib) + " MiB free"};
  }
  // Or the refusal would leave a datasource behind.
  if (route.operation == Operation::kSubscribe && parts_.streams.is_full() &&
      !parts_.engine.state().find_datasource(route.datasource)) {
    return Streams::too_many();
  }
  if (const auto* events = std::get_if<ReadEvents>(&*request.command)) {
    counts_.repairs += events->is_repair ? 1 : 0;
  }
  desk_.serve(now, chance(), request, effects_, answers_);
  return std::nullopt;
}

std::variant<ServerReply, Refused> Server::answer_itself(Time now, const Route& route) {
  switch (route.operation) {
    case Operation::kStoreStatus: return status(now);
    case Operation::kStoreStats: return stats();
    default: return desk_.change_keys(now, route, effects_);
  }
}

void Server::commit(Time now) {
  const std::string record = encode_turn(now, effects_.entries);
  parts_.storage.commit(last_turn_ + 1, record);
  ++last_turn_;
  ++counts_.commits;
  counts_.journal_bytes += record.size();
  for (const Event& event : effects_.events) {
    events_of_turn_.push_back({event.job.datasource, event.sequence});
  }
  parts_.checkpoint.note(last_turn_, now, std::move(effects_.entries), std::move(effects_.events));
  housekeeping_.note_commit(last_turn_, record.size());
}

template <typename AnyReply>
bool Server::send(const Origin& origin, const AnyReply& reply) {
  const std::string bytes = encode_reply(origin.request_id, reply, parts_.checkpoint.texts());
  return parts_.sockets.send(static_cast<SocketKind>(origin.socket), origin.identity,
                             origin.has_delimiter, bytes);
}

void Server::send_replies() {
  for (Outbound& outbound : effects_.replies) {
    desk_.hand_lease_tokens(outbound.reply);
    counts_.refusals += std::holds_alternative<Refused>(outbound.reply) ? 1 : 0;
    if (!send(outbound.origin, outbound.reply)) {
      counts_.replies_dropped += outbound.is_wait_over ? 0 : 1;
      for_jobs_handed_out(outbound.reply,
                          [this](const AcceptedView& job) { undelivered_.push_back(job); });
    }
  }
  for (const ServerAnswer& answer : std::exchange(answers_, {})) {
    counts_.replies_dropped += send(answer.origin, answer.reply) ? 0 : 1;
  }
}

void Server::publish(Time now) {
  parts_.streams.begin(now);
  if (parts_.streams.has_topics()) {
    for (const auto& [datasource, sequence] : events_of_turn_) {
      parts_.streams.publish(now, parts_.checkpoint.events().noted(datasource, sequence));
    }
  }
  events_of_turn_.clear();
  parts_.streams.finish(now);
}

void Server::stop() {
  spdlog::info("stopping");
  parts_.engine.give_up_waiting({Code::kUnavailable, "the store is shutting down"}, effects_);
  send_replies();
  effects_.clear();
  parts_.checkpoint.write();
  parts_.storage.flush_checkpoint(true);
}

std::uint64_t Server::chance() {
  if (chances_left_ == 0) {
    randombytes_buf(chances_.data(), sizeof chances_);
    chances_left_ = chances_.size();
  }
  return chances_[--chances_left_];
}

jobq::StoreStatus Server::status(Time now) const {
  jobq::StoreStatus status = status_;
  status.durability = "synced";
  status.now = now;
  status.uptime = now - started_;
  return status;
}

jobq::StoreStats Server::stats() const {
  jobq::StoreStats stats = counts_;
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
  return stats;
}

}  // namespace store
