#include "world.h"

#include <algorithm>
#include <utility>

#include "audit.h"
#include "record.h"
#include "words.h"

namespace store::sim {
namespace {

// More than enough for all timers of a simulated store.
// Schedules may make up for 1000 times each, one in a tick.
constexpr int kTicksMax = 5000;
constexpr Span kReturnGrace = std::chrono::seconds(5);

std::uint64_t mixed(std::uint64_t chance) {
  chance = (chance ^ (chance >> 30)) * 0xbf58476d1ce4e5b9;
  chance = (chance ^ (chance >> 27)) * 0x94d049bb133111eb;
  return chance ^ (chance >> 31);
}

bool is_all_refused(const Reply& reply) {
  const auto all = [](const auto& items) {
    for (const auto& item : items) {
      if (!std::holds_alternative<Refused>(item)) {
        return false;
      }
    }
    return true;
  };
  if (const auto* submitted = std::get_if<SubmitReply>(&reply)) {
    return all(submitted->items);
  }
  if (const auto* updated = std::get_if<UpdateReply>(&reply)) {
    return all(updated->items);
  }
  return std::holds_alternative<Refused>(reply);
}

// Whether all may go with a refusal of the command: a worker that looks for a job puts off those
// that may not begin yet, whatever else comes of it.
bool may_be_refused(const Command& command, std::span<const Entry> entries) {
  return entries.empty() || (std::holds_alternative<Accept>(command) &&
                             std::all_of(entries.begin(), entries.end(), [](const Entry& entry) {
                               return std::holds_alternative<PutOff>(entry.change) ||
                                      std::holds_alternative<HeldBack>(entry.change);
                             }));
}

}  // namespace

std::string text_of(const Step& step) {
  std::string text = "after " + std::to_string(step.advance.count()) + " ms";
  for (const Request& request : step.requests) {
    text += "\n    " + std::to_string(request.number) + " with '" + request.token +
            "': " + describe(request.command);
  }
  text += step.retires_key.empty() ? "" : "\n    key " + step.retires_key + " is retired";
  text += step.peers_are_gone ? "\n    whoever is given leases is gone" : "";
  text += step.forgets_percent == 0 ? ""
                                    : "\n    " + std::to_string(step.forgets_percent) +
                                          " % of the events of datasource " +
                                          std::to_string(step.forgets_of) + " are forgotten";
  text += step.writes_checkpoint ? "\n    the checkpoint is written" : "";
  text += step.flushes_checkpoint ? " and flushed" : "";
  text += step.trims_journal ? ", the journal is trimmed" : "";
  switch (step.end) {
    case Step::End::kNone: break;
    case Step::End::kStop: text += "\n    the store is stopped and started"; break;
    case Step::End::kCrash: text += "\n    the power fails"; break;
    case Step::End::kCrashBeforeCommit: text += "\n    the power fails before the commit"; break;
    case Step::End::kCrashInCommit: text += "\n    the power fails in the commit"; break;
  }
  text += step.end == Step::End::kNone || !step.keeps_commit ? "" : ", which is kept";
  text += step.restarts_machine ? ", the machine restarts" : "";
  text += step.is_sync_slow ? "\n    the commit is slow" : "";
  text += step.clock_jump == Span()
              ? ""
              : "\n    the clock is moved by " + std::to_string(step.clock_jump.count()) + " ms";
  for (const std::string& worker : step.gone) {
    text += "\n    " + worker + " is gone";
  }
  text += step.is_outage ? "\n    the time before was an outage" : "";
  text += step.gives_leases_back ? "\n    the next start gives leases back" : "";
  text += step.sync_fails ? "\n    and fails" : "";
  for (const std::uint64_t peer : step.vanished) {
    text += "\n    peer " + std::to_string(peer) + " vanishes";
  }
  text += step.torn_percent ? "\n    the last record is torn" : "";
  return text;
}

World::World(const Limits& limits, Defects defects, Sequence last_event)
    : limits_(limits), defects_(defects), model_(std::make_unique<Model>(limits, defects.rules)) {
  storage_.loses = defects.loses_event_index ? "e" : "";
  if (last_event > 0) {
    const Marker marker{now_, {{"d0", last_event, 0, last_event + 1}}};
    storage_.write_checkpoint({0, {{std::string(kMarkerKey), encode_record(marker)}}});
    storage_.flush_checkpoint(true);
    model_->begin_behind("d0", last_event);
    ledger_.begin_behind(0, last_event);
  }
  first_batches_ = storage_.batches();
  start({});
}

// Never back, and not much more than has passed.
void World::pass(const Step& step) {
  const Time before = now_;
  out_since_ = step.is_outage ? before : out_since_;
  clock_.pass(step.advance);
  clock_.jump(step.clock_jump);
  seen_["fault clock-jump"] += step.clock_jump == Span() ? 0 : 1;
  now_ = time_->now();
  if (now_ < before || now_ > before + step.advance * 9 / 8 + StoreTime::kMoment + Span(1)) {
    throw Mismatch("in " + std::to_string(step.advance.count()) + " ms the store's time went by " +
                   std::to_string((now_ - before).count()));
  }
}

void World::run(const Step& step) {
  pass(step);
  try {
    run_turn(step);
  } catch (const StorageError&) {
    if (!storage_.fails_sync) {
      throw;
    }
    fail_sync(step);
  }
}

void World::run_turn(const Step& step) {
  run_timers(step);
  const std::size_t before = effects_.entries.size();
  const std::vector<AcceptedView> undelivered = std::exchange(undelivered_, {});
  engine_->take_back(now_, mixed(~step.chance), undelivered, effects_);
  model_->take_back(now_, undelivered, {std::span(effects_.entries).subspan(before)});
  retire_key(step);
  std::uint64_t chance = step.chance;
  for (const Request& request : step.requests) {
    ask(request, mixed(++chance));
  }
  if (step.end != Step::End::kCrashBeforeCommit) {
    commit(step);
  }
  if (step.end != Step::End::kNone || power_fails_) {
    end(step);
  } else if (step.chance % 8 == 0) {
    check();
  }
}

// What the server does before all else in a turn.
void World::begin_turn(const Step& step) {
  forget_events(step);
  if (const auto since = std::exchange(out_since_, std::nullopt)) {
    const std::size_t before = effects_.entries.size();
    engine_->extend_leases(now_, *since, kReturnGrace, effects_);
    const auto extended = std::span(effects_.entries).subspan(before);
    model_->extend_leases(now_, *since, kReturnGrace, {extended});
    seen_["fault lease-given-back"] += extended.size();
  }
  if (!step.vanished.empty()) {
    const auto is_gone = [&](std::uint64_t request) {
      return std::find(step.vanished.begin(), step.vanished.end(), request % Step::kPeers) !=
             step.vanished.end();
    };
    engine_->forget_waiters([&](const Origin& origin) { return is_gone(origin.request_id); });
    for (const std::uint64_t request : model_->forget_waiters(is_gone)) {
      asked_.erase(request);
      seen_["fault peer-vanished"] += 1;
    }
  }
}

void World::forget_events(const Step& step) {
  if (step.forgets_percent == 0 || step.forgets_of >= model_->datasources().size()) {
    return;
  }
  const ModelDatasource& datasource = model_->datasources()[step.forgets_of];
  const Sequence kept = datasource.last_sequence + 1 - datasource.oldest_event;
  if (const Sequence forgotten = kept * step.forgets_percent / 100; forgotten > 0) {
    const Sequence oldest = datasource.oldest_event + forgotten;
    engine_->forget_events(now_, step.forgets_of, oldest, effects_);
    model_->forget_events(step.forgets_of, oldest);
  }
}

void World::retire_key(const Step& step) {
  if (step.retires_key.empty()) {
    return;
  }
  const std::size_t before = effects_.entries.size();
  engine_->end_tokens_of(now_, mixed(step.chance ^ 0x4e7), step.retires_key, effects_);
  model_->end_tokens_of(now_, step.retires_key, {std::span(effects_.entries).subspan(before)});
  seen_["token key-retired"] += 1;
}

// One tick belongs to the turn that answers requests; others that are needed are turns of their
// own.
void World::run_timers(const Step& step) {
  for (int ticks = 0;; ++ticks) {
    before_turn_.reset();
    if (step.end == Step::End::kCrashBeforeCommit || step.end == Step::End::kCrashInCommit ||
        step.is_sync_slow || storage_.fails_sync) {
      before_turn_ = before_turn();
    }
    if (ticks == 0) {
      begin_turn(step);
    }
    const std::size_t before = effects_.entries.size();
    const std::size_t replies = effects_.replies.size();
    const std::size_t removals = model_->removals_asked();
    engine_->tick(now_, mixed(step.chance ^ static_cast<std::uint64_t>(ticks) << 32), effects_);
    const std::vector<Entry> done(effects_.entries.begin() + static_cast<std::ptrdiff_t>(before),
                                  effects_.entries.end());
    Ledger::check_tick(limits_, removals, done);
    model_->tick(now_, {.entries = done, .replies = std::span(effects_.replies).subspan(replies)});
    // What is overdue may be so by any time.
    const Time next = engine_->next_deadline();
    if (std::max(now_, next) != std::max(now_, model_->next_deadline()) &&
        !(next < model_->next_deadline() && model_->may_open_at(next))) {
      throw Mismatch("the next timer is at " + describe(engine_->next_deadline()) + ", not at " +
                     describe(model_->next_deadline()));
    }
    if (engine_->next_deadline() > now_) {
      return;
    }
    if (ticks == kTicksMax) {
      throw Mismatch("the timers never end");
    }
    commit({});
  }
}

void World::ask(const Request& request, std::uint64_t chance) {
  const auto& [number, command, token] = request;
  const bool is_revoked = engine_->state().tokens.is_revoked(now_, token);
  if (is_revoked != model_->is_revoked(now_, token)) {
    throw Mismatch(token + (is_revoked ? " should not be revoked" : " should be revoked"));
  }
  if (is_revoked) {
    // The server refuses it.
    seen_["token asked-revoked"] += 1;
    return;
  }
  const std::size_t entries = effects_.entries.size();
  const std::size_t replies = effects_.replies.size();
  // It is slow: not each time.
  const bool compares_digest = chance % 8 == 0;
  const std::uint64_t before = compares_digest ? engine_->digest() : 0;
  asked_.emplace(number, command);
  const Origin origin{0, "peer", true, number, token, caveats_of(token)};
  engine_->apply(now_, chance, origin, command, effects_);
  const Reply* reply = nullptr;
  for (std::size_t i = replies; i < effects_.replies.size(); ++i) {
    if (effects_.replies[i].origin.request_id == number) {
      reply = &effects_.replies[i].reply;
    }
  }
  const auto decided = std::span(effects_.entries).subspan(entries);
  if (reply != nullptr && is_all_refused(*reply) &&
      (!may_be_refused(command, decided) ||
       (decided.empty() && compares_digest && engine_->digest() != before))) {
    throw Mismatch("a refusal changed something: " + describe(command));
  }
  try {
    model_->apply(now_, number, token, command, {decided, reply});
    const std::size_t held = engine_->state().brought.all().bytes;
    if (const auto brought = model_->bytes_brought(); brought && *brought != held) {
      throw Mismatch("names take " + std::to_string(held) + ", not " + std::to_string(*brought));
    }
  } catch (const Mismatch& wrong) {
    std::string what = "request " + std::to_string(number) + ": " + describe(command) + ": " +
                       wrong.what() + "\n  when the store decided";
    for (const Entry& entry : decided) {
      what += " " + describe(entry);
    }
    throw Mismatch(what);
  }
}

void World::commit(const Step& step) {
  if (!effects_.entries.empty()) {
    ledger_.note(effects_.entries);
    model_->check_made(effects_.events);
    for (const Entry& entry : effects_.entries) {
      seen_["entry " + kind_of(entry.change)] += 1;
    }
    std::vector<Entry> written = effects_.entries;
    if (mixed(step.chance + last_turn_) % 100 < defects_.skip_write_percent) {
      written.pop_back();
      power_fails_ = true;
    }
    const std::string& record = turns_[++last_turn_] = encode_turn(now_, written);
    if (step.end == Step::End::kCrashInCommit || step.is_sync_slow) {
      seen_["fault slow-sync"] += step.is_sync_slow ? 1 : 0;
      storage_.begin_commit(last_turn_, record);
      storage_.fails_sync = step.is_sync_slow && step.sync_fails;
      before_commit_ = std::exchange(before_turn_, std::nullopt);
    } else {
      storage_.finish_commit();
      storage_.commit(last_turn_, record);
    }
    if (step.end == Step::End::kCrashInCommit) {
      return;  // Nobody is answered.
    }
    checkpoint_->note(last_turn_, now_, std::move(effects_.entries), std::move(effects_.events));
  }
  compare_answers();
  undelivered_ = leases_in(effects_.replies);
  std::erase_if(undelivered_, [&](const AcceptedView& lease) { return !is_gone(step, lease); });
  effects_.clear();
  checkpoint_->write_if_due(now_);
  checkpoint_->cool_events();
  if (step.writes_checkpoint) {
    checkpoint_->write();
  }
  if (step.flushes_checkpoint) {
    storage_.flush_checkpoint(true);
  }
  if (step.trims_journal) {
    storage_.trim_journal(storage_.checkpoint_on_disk() + 1);
  }
}

void World::compare_answers() {
  std::map<std::uint64_t, std::string> expected;
  for (const Answer& answer : std::exchange(model_->answers, {})) {
    expected.emplace(answer.request, bytes_of(answer.reply, *model_, engine_->state()));
  }
  for (const Outbound& outbound : effects_.replies) {
    const std::uint64_t request = outbound.origin.request_id;
    const auto asked = asked_.find(request);
    if (asked == asked_.end()) {
      throw Mismatch("request " + std::to_string(request) + " is answered twice");
    }
    const std::string got = bytes_of(outbound.reply, checkpoint_->texts(), engine_->state());
    const auto found = expected.find(request);
    if (found == expected.end() || found->second != got) {
      throw Mismatch("request " + std::to_string(request) + ": " + describe(asked->second) +
                     "\n  is answered  " + in_words(got) + "\n  instead of   " +
                     (found == expected.end() ? "(later)" : in_words(found->second)));
    }
    if (const auto* events = std::get_if<EventsReply>(&outbound.reply)) {
      try {
        model_->check_found(*events, checkpoint_->texts().events(*events));
      } catch (const Mismatch& wrong) {
        throw Mismatch("request " + std::to_string(request) + ": " + describe(asked->second) +
                       ": " + wrong.what());
      }
    }
    seen_[outcome_of(asked->second, outbound.reply)] += 1;
    for (const std::string& limit : limits_met(outbound.reply)) {
      seen_["limit " + limit] += 1;
    }
    expected.erase(found);
    asked_.erase(asked);
  }
  if (!expected.empty()) {
    throw Mismatch("request " + std::to_string(expected.begin()->first) + " is not answered with " +
                   in_words(expected.begin()->second));
  }
}

bool World::is_gone(const Step& step, const AcceptedView& lease) {
  const Job* job = engine_->state().find(lease.key);
  const bool is_gone =
      job != nullptr && std::find(step.gone.begin(), step.gone.end(),
                                  engine_->state().names.worker_of(*job)) != step.gone.end();
  seen_["fault peer-gone"] += is_gone ? 1 : 0;
  return step.peers_are_gone || is_gone;
}

std::vector<AcceptedView> World::leases_in(const std::vector<Outbound>& replies) const {
  std::vector<AcceptedView> leases;
  for (const Outbound& outbound : replies) {
    if (const auto* accepted = std::get_if<AcceptReply>(&outbound.reply)) {
      leases.insert(leases.end(), accepted->jobs.begin(), accepted->jobs.end());
    } else if (const auto* updated = std::get_if<UpdateReply>(&outbound.reply)) {
      for (const auto& item : updated->items) {
        const auto* taken = std::get_if<UpdateReply::Result>(&item);
        if (taken != nullptr && taken->accepted) {
          leases.push_back(*taken->accepted);
        }
      }
    }
  }
  return leases;
}

}  // namespace store::sim
