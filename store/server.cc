#include "server.h"

#include <sodium.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "log.h"
#include "record.h"
#include "text_rules.h"

namespace store {
namespace {

constexpr int kRequestsAtOnce = 2;
// A turn that comes later than this was not the next one at all: the process was stopped, or a disk
// did not answer, or the store has just been started.
constexpr Span kAbsence = std::chrono::seconds(1);
// What workers get to be heard again after that.
constexpr Span kReturnGrace = std::chrono::seconds(5);
// A turn that comes later than this may have renewals to read that came in time. Looked at no more
// often than each kReturnGrace: where all turns are late, leases have to end all the same.
constexpr Span kDelay{100};
// Who was answered mostly asks again, or somebody else does, before a thread that sleeps is awake.
constexpr std::chrono::microseconds kWatch{50};

}  // namespace

Server::Server(Parts parts, const Recovered& recovered, jobq::StoreStatus status)
    : parts_(parts),
      status_(std::move(status)),
      time_(parts.clock, {.journal_last = recovered.last_time,
                          .alive = parts.alive == nullptr ? std::nullopt : parts.alive->last(),
                          .is_clock_believed = parts.config.accept_clock}),
      clock_watch_(time_, parts.alive),
      connection_watch_(parts.sockets.connections()),
      expected_(time_.last_alive()),
      started_(time_.now()),
      intake_([&sockets = parts.sockets] { return sockets.try_receive(); }),
      admission_(parts.config, parts.rights, parts.engine.state()),
      desk_(parts.rights, parts.engine, parts.streams, parts.observers, status_.status_endpoints),
      housekeeping_(parts.config, parts.engine, parts.storage, parts.checkpoint, recovered),
      trail_(parts.audit, parts.engine.state(), parts.config.disk_reserve_mib),
      last_turn_(recovered.last_turn) {
  for (const auto& [name, index] : parts.engine.state().datasource_indexes) {
    if (const std::string wrong = jobq::wrong_with_datasource_id(name); !wrong.empty()) {
      spdlog::warn(
          "datasource {} {}: a token for /admin/{}/* may reach what is not that datasource's; move "
          "its jobs, and revoke such tokens",
          name, wrong, name);
    }
  }
}

void Server::run(int stop_fd) {
  const auto wait = [this](Span time, int fd) {
    return parts_.sockets.wait(
        time, fd,
        {parts_.storage.committed_fd(), parts_.publisher.news_fd(), connection_watch_.fd()});
  };
  turn();
  for (;;) {
    const Time next =
        std::min({parts_.engine.next_deadline(), parts_.checkpoint.next_deadline(),
                  parts_.streams.next_deadline(), parts_.backups.next_look(turn_time_),
                  parts_.observers == nullptr ? Time::max() : parts_.observers->next_deadline()});
    const Time now = time_.now();
    Time wake = undelivered_.empty() ? std::clamp(next, now, now + kTendingInterval) : now;
    if (housekeeping_.may_write()) {
      expected_ = std::clamp(next, turn_time_, now + kTendingInterval);
    } else {
      wake = now + kDiskInterval;  // what is due waits for room
    }
    wake = std::min(intake_.has_aside() ? now : wake, connection_watch_.next_look());
    if (turn_requests_ > 0 && turn_requests_ <= kRequestsAtOnce && !intake_.gave_aside() &&
        !parts_.storage.is_committing()) {
      parts_.sockets.watch(kWatch);
    }
    // Nothing can be closed while a turn is brought to disk, so that no other time matters then.
    if (wait(parts_.storage.is_committing() ? kTendingInterval : wake - now, stop_fd)) {
      break;
    }
    turn();
  }
  stop();
}

void Server::turn() {
  BackgroundStorage& storage = parts_.storage;
  if (storage.is_committing() && storage.is_committed()) {
    end_turn();
  }
  open_turn();
  while (!is_full()) {
    const std::optional<Frame> frame = intake_.next();
    if (!frame) {
      break;
    }
    take_in(*frame);
  }
  if (storage.is_committing() && (is_full() || intake_.is_full())) {
    end_turn();
  }
  if (!storage.is_committing()) {
    for (const Frame& frame : intake_.take_aside(turn_requests_ == 0)) {
      take_in(frame);
    }
    close_turn();
  }
}

void Server::take_in(const Frame& frame) {
  const auto start = std::chrono::steady_clock::now();
  ++turn_requests_;
  turn_bytes_ += frame.body.size();
  handle(turn_time_, frame);
  turn_work_ += std::chrono::steady_clock::now() - start;
}

void Server::open_turn() {
  if (!is_open_) {
    is_open_ = true;
    ++counts_.turns;
    turn_time_ = time_.now();
    turn_requests_ = 0;
    turn_bytes_ = 0;
    turn_work_ = {};
    admission_.begin_turn();
    clock_watch_.look(turn_time_);
    housekeeping_.look_at_disk(turn_time_);
    // Who has gone must get no job, and nobody else what he waited for.
    if (connection_watch_.look(turn_time_)) {
      parts_.engine.note_gone(turn_time_, [this](const std::string& identity) {
        return !parts_.sockets.is_connected(identity);
      });
    }
    for (const std::string& flood : refusals_.take_floods(turn_time_)) {
      spdlog::warn(flood);
    }
    act_by_the_clock();
  }
  if (housekeeping_.may_write()) {
    parts_.engine.take_back(turn_time_, chance(), std::exchange(undelivered_, {}), effects_);
  }
  parts_.backups.take_answers(effects_.replies, answers_);
}

void Server::act_by_the_clock() {
  if (!housekeeping_.may_write()) {
    parts_.engine.end_waits(turn_time_, effects_);
    return;
  }
  housekeeping_.forget_events(turn_time_, effects_);
  make_up_for_absence();
  desk_.end_tokens_of_old_arbiter(turn_time_, chance(), effects_);
  parts_.engine.tick(turn_time_, chance(), effects_);
  desk_.end_watching_of_dropped(turn_time_, effects_);
}

bool Server::is_full() const {
  const Limits& limits = parts_.config.limits;
  return turn_requests_ >= limits.requests_per_turn_max || turn_bytes_ > limits.turn_bytes_max ||
         (turn_requests_ > 0 && turn_work_ >= limits.turn_time_max) || !admission_.has_time() ||
         !parts_.engine.may_search();
}

// Leases must not end while nobody can renew them.
void Server::make_up_for_absence() {
  const bool is_start = std::exchange(is_start_, false);
  if (expected_ == Time{}) {
    return;
  }
  const Span late = turn_time_ - expected_;
  const bool was_away = is_start || late > kAbsence;
  if (was_away || (late > kDelay && turn_time_ >= next_delay_)) {
    next_delay_ = turn_time_ + kReturnGrace;
    parts_.engine.extend_leases(turn_time_, expected_, was_away ? kReturnGrace : late, effects_);
  }
}

void Server::handle(Time now, const Frame& frame) {
  ++counts_.requests;
  const std::size_t entries = effects_.entries.size();
  const std::size_t answers = effects_.replies.size();
  const std::size_t own_answers = answers_.size();
  Request request;
  auto refused = admission_.admit({now, time_.clock_now()}, frame, request);
  if (request.zest != nullptr && parts_.observers != nullptr && parts_.observers->has_tellers()) {
    request.origin.zest_message = std::make_shared<const std::string>(frame.body);
  }
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
  const std::string& token = request.grant.token_id;
  const std::string address =
      token.empty() ? parts_.sockets.address_of(request.origin.identity) : std::string();
  refusals_.count({token, address}, answered);
  trail_.end(now, request, frame.curve_key, has_changed, answered);
  trace(request, answered, answers_.size() > own_answers);
}

std::optional<Refused> Server::perform(Time now, Request& request) {
  const Route& route = request.route;
  const bool is_subscription_to_new = route.operation == Operation::kSubscribe &&
                                      !parts_.engine.state().find_datasource(route.datasource);
  const Traits& traits = traits_of(route.operation);
  if (auto refused = housekeeping_.refuse(
          traits, traits.effect == Effect::kChanges || is_subscription_to_new)) {
    return refused;
  }
  if (route.operation == Operation::kMakeBackup) {
    return parts_.backups.begin(request.origin, route.job);
  }
  if (!request.command) {
    auto answer = answer_itself(now, route);
    if (auto* refused = std::get_if<Refused>(&answer)) {
      return std::move(*refused);
    }
    answers_.push_back({request.origin, std::get<ServerReply>(std::move(answer))});
    return std::nullopt;
  }
  // Or the refusal would leave a datasource behind.
  if (auto refused =
          is_subscription_to_new ? parts_.streams.refuse_new(request.origin.token) : std::nullopt) {
    return refused;
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
    default: return desk_.change_keys(now, chance(), route, effects_);
  }
}

void Server::close_turn(bool is_last) {
  closed_.time = turn_time_;
  if (!effects_.entries.empty()) {
    begin_commit();
  }
  closed_.audit_bytes = trail_.close(turn_time_, effects_.replies, is_last);
  closed_.replies.swap(effects_.replies);
  closed_.answers.swap(answers_);
  effects_.clear();
  is_open_ = false;
  encode_replies();
  if (!parts_.storage.is_committing()) {
    end_turn();
  }
  // Now, for the next turn changes what is not on disk yet.
  if (housekeeping_.may_write()) {
    parts_.checkpoint.write_if_due(turn_time_);
  }
  housekeeping_.tend_journal(turn_time_);
}

// Throws when the disk fails, here or in end_turn(): the process ends.
void Server::begin_commit() {
  std::string record = encode_turn(turn_time_, effects_.entries);
  const TurnNumber turn = ++last_turn_;
  const std::size_t bytes = record.size();
  // Few requests are sooner on disk without a change of threads, and nobody else asks meanwhile.
  if (turn_requests_ <= kRequestsAtOnce && !intake_.gave_aside()) {
    parts_.storage.commit(turn, record);
  } else {
    parts_.storage.begin_commit(turn, std::move(record));
  }
  ++counts_.commits;
  counts_.journal_bytes += bytes;
  for (const Event& event : effects_.events) {
    closed_.events.push_back({event.job.datasource, event.sequence});
  }
  parts_.checkpoint.note(turn, turn_time_, std::move(effects_.entries), std::move(effects_.events));
  housekeeping_.note_commit(turn, bytes);
}

void Server::end_turn() {
  if (parts_.storage.is_committing()) {
    parts_.storage.finish_commit();
  }
  trail_.write(closed_.audit_bytes);
  send_replies();
  publish();
  parts_.checkpoint.cool_events();
}

void Server::encode_replies() {
  const auto encode = [this](const Origin& origin, const auto& reply) {
    auto& message = closed_.messages.emplace_back();
    if (auto room = parts_.sockets.room_for(origin.identity)) {
      message.emplace(frame_of(origin, reply), std::move(room));
    }
  };
  for (Outbound& outbound : closed_.replies) {
    desk_.hand_lease_tokens(outbound.reply);
    encode(outbound.origin, outbound.reply);
  }
  for (const ServerAnswer& answer : closed_.answers) {
    encode(answer.origin, answer.reply);
  }
}

std::string Server::frame_of(const Origin& origin, const auto& reply) {
  if (origin.zest_done == 0) {
    return encode_reply(origin.request_id, reply, parts_.checkpoint.texts());
  }
  const auto done = static_cast<zest::Code>(origin.zest_done);
  std::string frame = encode_zest_reply(done, reply, parts_.checkpoint.texts());
  if (origin.zest_message) {
    parts_.observers->tell(closed_.time, *zest::parse(*origin.zest_message),
                           static_cast<zest::Code>(frame.front()));
  }
  return frame;
}

bool Server::send(const Origin& origin, std::optional<HeldText> message) {
  return message && parts_.sockets.send(static_cast<SocketKind>(origin.socket), origin.identity,
                                        origin.has_delimiter, *std::move(message));
}

void Server::send_replies() {
  parts_.sockets.connections().read_monitors();
  auto message = closed_.messages.begin();
  for (const Outbound& outbound : closed_.replies) {
    counts_.refusals += std::holds_alternative<Refused>(outbound.reply) ? 1 : 0;
    if (!send(outbound.origin, std::move(*message++))) {
      counts_.replies_dropped += outbound.is_wait_over ? 0 : 1;
      for_jobs_handed_out(outbound.reply,
                          [this](const AcceptedView& job) { undelivered_.push_back(job); });
    }
  }
  for (const ServerAnswer& answer : closed_.answers) {
    counts_.replies_dropped += send(answer.origin, std::move(*message++)) ? 0 : 1;
  }
  closed_.forget_replies();
}

void Server::publish() {
  parts_.streams.begin(closed_.time);
  const bool is_observed = parts_.observers != nullptr && parts_.observers->has_any();
  if (parts_.streams.has_topics() || is_observed) {
    for (const auto& [datasource, sequence] : closed_.events) {
      const Event& event = parts_.checkpoint.events().noted(datasource, sequence);
      parts_.streams.publish(closed_.time, event);
      if (is_observed) {
        parts_.observers->publish(event);
      }
    }
  }
  if (is_observed) {
    parts_.observers->finish(closed_.time);
  }
  closed_.events.clear();
  parts_.streams.finish(closed_.time, effects_.events);
}

void Server::stop() {
  spdlog::info("stopping");
  if (parts_.storage.is_committing()) {
    end_turn();
  }
  open_turn();
  parts_.engine.give_up_waiting({Code::kUnavailable, "the store is shutting down"}, effects_);
  close_turn(true);
  if (parts_.storage.is_committing()) {
    end_turn();
  }
  if (parts_.observers != nullptr) {
    parts_.observers->end_all();
  }
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

}  // namespace store
