#include "server.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "bounds.h"
#include "record.h"

namespace store {
namespace {

constexpr Span kTendingInterval = std::chrono::seconds(10);
// Derived records are brought to disk when a start would have to replay more than this.
constexpr std::uint64_t kReplayBytesMax = 64u << 20;
constexpr Sequence kForgottenAtOnceMin = 4096;
auth::Access access_of(Access access) {
  switch (access) {
    case Access::kOpen: return auth::Access::kOpen;
    case Access::kClient: return auth::Access::kClient;
    case Access::kDriver: return auth::Access::kDriver;
    case Access::kOperator: return auth::Access::kOperator;
  }
  return auth::Access::kOperator;
}

Refused refused_by(const auth::Denied& denied) {
  const bool known = denied.reason == auth::Reason::kForbidden;
  return {known ? Code::kForbidden : Code::kUnauthorized, "token: " + denied.detail};
}

// Nobody waits longer than the token allows.
void limit_wait(Span max, Command& command) {
  std::visit(
      [&](auto& any) {
        if constexpr (requires { any.wait; }) {
          any.wait = std::min(any.wait, max);
        }
      },
      command);
}

}  // namespace

Server::Server(Parts parts, const Recovered& recovered, StoreStatus status)
    : parts_(parts),
      status_(std::move(status)),
      time_(parts.clock, recovered.last_time),
      started_(time_.now()),
      reader_(parts.config.limits),
      last_turn_(recovered.last_turn),
      takes_submits_(disk_has_room()) {
  // What is in the journal now is no younger than its last turn.
  journal_ages_.emplace_back(recovered.last_time, recovered.last_turn);
}

void Server::run(int stop_fd) {
  for (;;) {
    const Time next = std::min({parts_.engine.next_deadline(), parts_.write_behind.next_deadline(),
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
  forget_events(now);
  std::size_t bytes = 0;
  for (int i = 0; i < parts_.config.limits.requests_per_turn_max &&
                  bytes <= parts_.config.limits.turn_bytes_max;
       ++i) {
    const std::optional<Frame> frame = parts_.sockets.try_receive();
    if (!frame) {
      break;
    }
    bytes += frame->body.size();
    handle(now, *frame);
  }
  ++counts_.turns;
  if (!effects_.entries.empty()) {
    const std::string record = encode_turn(now, effects_.entries);
    parts_.storage.commit(last_turn_ + 1, record);  // throws: the process ends
    ++last_turn_;
    ++counts_.commits;
    counts_.journal_bytes += record.size();
    for (const Event& event : effects_.events) {
      events_of_turn_.push_back({event.job.datasource, event.sequence});
    }
    parts_.write_behind.note(last_turn_, now, std::move(effects_.entries),
                             std::move(effects_.events));
    takes_submits_ = disk_has_room();
  }
  if (parts_.audit != nullptr) {
    audit_accepts(now);
    parts_.audit->write();
  }
  send_replies();
  publish(now);
  effects_.clear();
  parts_.write_behind.write_if_due(now);
  tend_journal(now);
}

void Server::handle(Time now, const Frame& frame) {
  ++counts_.requests;
  if (parts_.audit == nullptr) {
    return serve(now, frame);
  }
  asked_ = {};
  const std::size_t entries = effects_.entries.size();
  const std::size_t answers = effects_.replies.size();
  serve(now, frame);
  audit(now, frame, entries, answers);
}

void Server::serve(Time now, const Frame& frame) {
  Origin origin{static_cast<std::uint32_t>(frame.socket), frame.identity, frame.has_delimiter, 0};
  const auto unreadable = reader_.open(std::as_bytes(std::span(frame.body)));
  origin.request_id = reader_.id();
  if (!frame.is_listed) {
    return refuse(std::move(origin),
                  {Code::kForbidden, "curve: this key has been taken off the store's list"});
  }
  if (unreadable) {
    return refuse(std::move(origin), *unreadable);
  }
  const auto found = find_route(reader_.method(), reader_.path());
  if (const auto* none = std::get_if<NoRoute>(&found)) {
    return refuse(std::move(origin), {static_cast<Code>(none->code), none->detail});
  }
  const Route& route = std::get<Route>(found);
  if (route.access == Access::kDriver && frame.socket == SocketKind::kRequest &&
      !parts_.config.drivers_on_request) {
    return refuse(std::move(origin),
                  {Code::kForbidden, "path: is served on the driver endpoint only"});
  }
  const auth::Facts facts{.method = to_string(reader_.method()),
                          .path = reader_.path(),
                          .now = now,
                          .alias_of = route.alias_of,
                          .job = reader_.job(route),
                          .is_status = traits_of(route.operation).effect == Effect::kReads,
                          .curve_key = frame.curve_key,
                          .bounds_are_kept = true};
  const auto allowed = parts_.rights.authorize(reader_.token(), access_of(route.access), facts);
  if (const auto* denied = std::get_if<auth::Denied>(&allowed)) {
    return refuse(std::move(origin), refused_by(*denied));
  }
  const auth::Grant& grant = std::get<auth::Grant>(allowed);
  if (parts_.audit != nullptr) {
    asked_.token = grant.token_id;
    asked_.client = grant.client;
  }
  if (parts_.engine.jobs().is_revoked(now, grant.token_id)) {
    return refuse(std::move(origin), {Code::kUnauthorized, "token: is revoked"});
  }
  origin.token = grant.token_id;
  perform(now, route, grant, std::move(origin));
}

void Server::perform(Time now, const Route& route, const auth::Grant& grant, Origin origin) {
  if (answer_itself(now, route, origin)) {
    return;
  }
  auto decoded = reader_.command(route, grant.client);
  if (auto* refused = std::get_if<Refused>(&decoded)) {
    return refuse(std::move(origin), std::move(*refused));
  }
  auto& command = std::get<Command>(decoded);
  if (parts_.audit != nullptr) {
    asked_.jobs.add(command);
    asked_.is_accept = route.operation == Operation::kAccept;
  }
  if (auto refused = hold_to(grant.bounds, parts_.engine.jobs(), parts_.rights, command)) {
    return refuse(std::move(origin), *std::move(refused));
  }
  if (traits_of(route.operation).makes_jobs() && !takes_submits_) {
    takes_submits_ = disk_has_room();
    return refuse(
        std::move(origin),
        {Code::kFull, "the store's disk has less than diskReserve = " +
                          std::to_string(parts_.config.disk_reserve_bytes >> 20) + " MiB free"});
  }
  // Or the refusal would leave a datasource behind.
  if (route.operation == Operation::kSubscribe && parts_.streams.is_full() &&
      !parts_.engine.jobs().find_datasource(route.datasource)) {
    return refuse(std::move(origin), Streams::too_many());
  }
  if (const auto* events = std::get_if<ReadEvents>(&command)) {
    counts_.repairs += events->is_repair ? 1 : 0;
  }
  if (grant.expires) {
    limit_wait(*grant.expires - now, command);
  }
  const auto* submit = std::get_if<Submit>(&command);
  const bool wants_tickets = submit != nullptr && !submit->no_tickets;
  if (traits_of(route.operation).makes_tokens()) {
    origin.caveats = Rights::kept_caveats(grant);
  }
  const std::size_t answers = effects_.replies.size();
  parts_.engine.apply(now, chance(), origin, std::move(command), effects_);
  if (route.operation == Operation::kRevokeToken) {
    parts_.streams.end_all(now);
  }
  // The command's own answer is one of those that were added.
  for (std::size_t i = answers; i < effects_.replies.size(); ++i) {
    Outbound& answer = effects_.replies[i];
    if (auto* submitted = std::get_if<SubmitReply>(&answer.reply); submitted && wants_tickets) {
      hand_tickets(std::string(route.datasource), grant, *submitted);
    } else {
      hand_topic(now, grant, answer);
    }
  }
}

bool Server::answer_itself(Time now, const Route& route, const Origin& origin) {
  switch (route.operation) {
    case Operation::kStoreStatus: effects_.replies.push_back({origin, status(now)}); return true;
    case Operation::kStoreStats: effects_.replies.push_back({origin, stats()}); return true;
    case Operation::kListKeys:
      effects_.replies.push_back({origin, KeysReply{parts_.rights.keys()}});
      return true;
    case Operation::kNewKey:
    case Operation::kRetireKey: change_keys(now, route, origin); return true;
    default: return false;
  }
}

void Server::refuse(Origin origin, Refused refused) {
  effects_.replies.push_back({std::move(origin), std::move(refused)});
}

bool Server::disk_has_room() const {
  std::error_code unknown;
  const auto space = std::filesystem::space(parts_.config.data, unknown);
  return unknown || space.available >= parts_.config.disk_reserve_bytes;
}

void Server::send_replies() {
  for (Outbound& outbound : effects_.replies) {
    hand_lease_tokens(outbound.reply);
    counts_.refusals += std::holds_alternative<Refused>(outbound.reply) ? 1 : 0;
    const Origin& origin = outbound.origin;
    const std::string bytes = encode_reply(origin.request_id, outbound.reply, parts_.write_behind);
    if (!parts_.sockets.send(static_cast<SocketKind>(origin.socket), origin.identity,
                             origin.has_delimiter, bytes)) {
      ++counts_.replies_dropped;
      note_undelivered(outbound.reply);
    }
  }
}

void Server::publish(Time now) {
  parts_.streams.begin(now);
  if (parts_.streams.has_topics()) {
    for (const auto& [datasource, sequence] : events_of_turn_) {
      parts_.streams.publish(now, parts_.write_behind.noted_event(datasource, sequence));
    }
  }
  events_of_turn_.clear();
  parts_.streams.finish(now);
}

void Server::note_undelivered(const Reply& reply) {
  if (const auto* accepted = std::get_if<AcceptReply>(&reply)) {
    undelivered_.insert(undelivered_.end(), accepted->jobs.begin(), accepted->jobs.end());
  } else if (const auto* updated = std::get_if<UpdateReply>(&reply)) {
    for (const auto& item : updated->items) {
      const auto* taken = std::get_if<UpdateReply::Taken>(&item);
      if (taken != nullptr && taken->accepted) {
        undelivered_.push_back(*taken->accepted);
      }
    }
  }
}

void Server::tend_journal(Time now) {
  if (now < next_tending_) {
    return;
  }
  next_tending_ = now + kTendingInterval;
  Storage& storage = parts_.storage;
  journal_ages_.emplace_back(now, last_turn_);
  const Span keep = parts_.config.journal_keep;
  TurnNumber keep_from = storage.first_turn();
  // In steps, since each costs a flush.
  if (journal_ages_.front().first <= now - keep - keep / 8) {
    while (!journal_ages_.empty() && journal_ages_.front().first <= now - keep) {
      keep_from = journal_ages_.front().second;
      journal_ages_.pop_front();
    }
  }
  const bool may_trim = keep_from > storage.first_turn();
  if (may_trim || counts_.journal_bytes - journal_bytes_at_flush_ > kReplayBytesMax) {
    journal_bytes_at_flush_ = counts_.journal_bytes;
    parts_.write_behind.write();
    storage.flush_derived(may_trim);
  }
  if (may_trim) {
    storage.trim_journal(std::min(keep_from, storage.derived_on_disk() + 1));
  }
}

void Server::forget_events(Time now) {
  if (now < next_forgetting_) {
    return;
  }
  const Span keep = parts_.config.events_keep;
  next_forgetting_ = now + std::clamp<Span>(keep / 8, Span(100), std::chrono::minutes(1));
  const JobTable& jobs = parts_.engine.jobs();
  for (DatasourceIndex i = 0; i < jobs.datasource_count(); ++i) {
    const Datasource& datasource = jobs.datasource(i);
    const Sequence end = datasource.last_sequence + 1;
    Sequence oldest = parts_.write_behind.first_event_since(i, now - keep);
    if (end > parts_.config.events_max) {
      oldest = std::max(oldest, end - parts_.config.events_max);
    }
    // Not for a handful of them: each time costs a write.
    const Sequence forgotten = oldest - datasource.oldest_event;
    if (oldest > datasource.oldest_event && (oldest == end || forgotten >= kForgottenAtOnceMin ||
                                             forgotten >= (end - datasource.oldest_event) / 8)) {
      parts_.engine.forget_events(now, i, oldest, effects_);
    }
  }
}

void Server::stop() {
  spdlog::info("stopping");
  parts_.engine.give_up_waiting({Code::kUnavailable, "the store is shutting down"}, effects_);
  send_replies();
  effects_.clear();
  parts_.write_behind.write();
  parts_.storage.flush_derived(true);
}

std::uint64_t Server::chance() { return std::uint64_t{random_()} << 32 | random_(); }

StoreStatus Server::status(Time now) const {
  StoreStatus status = status_;
  status.now = now;
  status.uptime = now - started_;
  return status;
}

StoreStats Server::stats() const {
  StoreStats stats = counts_;
  const StorageCounters storage = parts_.storage.counters();
  stats.refusals += parts_.sockets.malformed();
  stats.syncs = storage.syncs;
  stats.derived_bytes = parts_.write_behind.bytes_written();
  stats.wal_bytes = storage.wal_bytes;
  stats.flush_bytes = storage.flush_bytes;
  stats.compaction_bytes = storage.compaction_bytes;
  stats.jobs_live = parts_.engine.jobs().live_count();
  stats.jobs_finished = parts_.engine.jobs().finished_count();
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
