// The journal as watchers see it: a plain list of all events.
#include <algorithm>

#include "model.h"
#include "words.h"

namespace store::sim {

// A datasource whose events go on behind that one.
void Model::begin_behind(const std::string& datasource, Sequence last_event) {
  ModelDatasource& made = found_or_made(datasource);
  made.last_sequence = made.last_at_start = last_event;
  made.oldest_event = last_event + 1;
  events_[made.index].resize(last_event);
}

Event Model::make_event(const ModelJob& job, Event::Kind kind) const {
  const JobView& facts = job.facts;
  Event event{.sequence = facts.changed,
              .job = facts.key,
              .time = now_,
              .attempt = facts.attempt,
              .kind = kind,
              .status = facts.status,
              .id = facts.job,
              .client = facts.client,
              .function = facts.function,
              .code = {},
              .text = {}};
  const Time not_before = job.is_delayed ? facts.not_before : Time();
  switch (kind) {
    case Event::Kind::kSubmitted:
      event.priority = static_cast<std::uint8_t>(facts.priority);
      event.until = not_before;
      event.text = facts.parent;
      break;
    case Event::Kind::kEdited: event.priority = static_cast<std::uint8_t>(facts.priority); break;
    case Event::Kind::kAccepted:
      event.until = facts.lease_until;
      event.text = facts.worker;
      break;
    case Event::Kind::kProgress:
      event.progress = static_cast<float>(facts.progress);
      event.text = job.texts.message;
      break;
    case Event::Kind::kLog:
      event.number = job.log.back().number;
      event.level = job.log.back().level;
      event.text = job.log.back().text;
      break;
    case Event::Kind::kRetrying: event.until = not_before; [[fallthrough]];
    case Event::Kind::kFailed:
    case Event::Kind::kForbidden:
      event.code = job.texts.failure.code;
      event.text = job.texts.failure.message;
      break;
    case Event::Kind::kReleased:
      event.until = not_before;
      event.text = job.attempts.back().error.message;
      break;
    case Event::Kind::kCancelRequested: event.until = facts.cancel_until; break;
    case Event::Kind::kFlagged: event.text = job.last_flag; break;
    case Event::Kind::kComplete:
    case Event::Kind::kLeaseLost:
    case Event::Kind::kUndelivered:
    case Event::Kind::kCancelled: break;
  }
  return event;
}

void Model::check_made(const std::vector<Event>& made) const {
  for (const Event& event : made) {
    const auto all = events_.find(event.job.datasource);
    const bool is_known = all != events_.end() && event.sequence >= 1 &&
                          event.sequence <= all->second.size() &&
                          all->second[event.sequence - 1] == event;
    if (!is_known) {
      throw Mismatch("event " + std::to_string(event.sequence) + " of " + event.id + ", of kind " +
                     std::to_string(static_cast<int>(event.kind)) + ", is not as it should be");
    }
  }
}

// All that there are, to be compared with a part of them.
FoundEvents Model::events(const EventsReply& query) {
  FoundEvents found{.events = {}, .cursor = query.after, .is_end = true};
  for (const Event& event : events_[query.scope.datasource]) {
    const bool is_of_scope = (query.scope.job == 0 || event.job.sequence == query.scope.job) &&
                             (query.scope.client.empty() || event.client == query.scope.client);
    if (event.sequence > query.after && is_of_scope) {
      found.events.push_back(event);
    }
    found.cursor = std::max(found.cursor, event.sequence);
  }
  return found;
}

void Model::check_found(const EventsReply& query, const FoundEvents& found) const {
  if (query.limit == 0) {
    if (!found.events.empty() || !found.is_end || found.cursor != query.after) {
      throw Mismatch("there are events where there is no datasource");
    }
    return;
  }
  const Sequence last = datasources_[query.scope.datasource].last_sequence;
  const std::string where = " after " + std::to_string(query.after) + " up to " +
                            std::to_string(found.cursor) + " of " + std::to_string(last);
  if (found.cursor < query.after || found.cursor > last || (found.is_end && found.cursor != last) ||
      found.events.size() > query.limit) {
    throw Mismatch("a page of events ends where it must not," + where);
  }
  std::size_t next = 0;
  const auto all = events_.find(query.scope.datasource);
  for (Sequence sequence = query.after + 1; sequence <= found.cursor; ++sequence) {
    const Event& event = all->second[sequence - 1];
    if ((query.scope.job != 0 && event.job.sequence != query.scope.job) ||
        (!query.scope.client.empty() && event.client != query.scope.client)) {
      continue;
    }
    if (next == found.events.size() || found.events[next] != event) {
      throw Mismatch("event " + std::to_string(sequence) + " is missing in a page," + where);
    }
    ++next;
  }
  // A look at a segment of the index costs as much as some events.
  const bool has_scans_left = last - query.after + 8 < query.scans;
  if (next != found.events.size() ||
      (!found.is_end && has_scans_left && found.events.size() < query.limit)) {
    throw Mismatch("a page of events holds too many or too few," + where);
  }
}

void Model::forget_events(DatasourceIndex datasource, Sequence oldest) {
  datasources_[datasource].oldest_event = oldest;
}

void Model::wake_for_event(const Event& event) {
  std::vector<Waiter> told;
  std::erase_if(waiters_, [&](const Waiter& waiter) {
    const EventScope& scope = waiter.query.scope;
    const bool is_of_scope = waiter.awaited == Awaited::kEvents &&
                             scope.datasource == event.job.datasource &&
                             (scope.job == 0 || scope.job == event.job.sequence) &&
                             (scope.client.empty() || scope.client == event.client);
    if (is_of_scope) {
      told.push_back(waiter);
    }
    return is_of_scope;
  });
  for (const Waiter& waiter : told) {
    answer(waiter.request, waiter.query);
  }
}

template <typename Asked>
EventScope Model::scope_of(const Asked& asked) {
  if (!asked.job.empty()) {
    const JobView& job = asked_for(asked).facts;
    return {job.key.datasource, job.client, job.key.sequence};
  }
  return {found_or_made(asked.datasource).index, asked.client.value_or(""), 0};
}

Snapshot Model::snapshot_of(const EventScope& scope, std::size_t limit, Sequence told) {
  const ModelDatasource& datasource = datasources_[scope.datasource];
  Snapshot snapshot{
      .cursor = datasource.last_sequence, .oldest = datasource.oldest_event, .jobs = {}};
  if (limit == 0) {
    return snapshot;
  }
  if (scope.job != 0) {
    snapshot.jobs.jobs.push_back(view(known({scope.datasource, scope.job})));
    return snapshot;
  }
  ListJobs list{.datasource = datasource.name, .client = {}, .function = {}, .tag = {}, .text = {}};
  if (!scope.client.empty()) {
    list.client = scope.client;
  }
  list.limit = limit;
  for (const Status status : {Status::kSubmitted, Status::kAccepted, Status::kRetrying}) {
    list.statuses = static_cast<std::uint8_t>(list.statuses | 1u << static_cast<int>(status));
  }
  snapshot.jobs = list_page(list, told);
  return snapshot;
}

Model::Answered Model::on(const Subscribe& subscribe) {
  const EventScope scope = scope_of(subscribe);
  const auto* told = told_->reply == nullptr ? nullptr : std::get_if<SubscribeReply>(told_->reply);
  SubscribeReply reply{.scope = scope, .snapshot = {}};
  reply.snapshot = snapshot_of(reply.scope, subscribe.no_snapshot ? 0 : subscribe.limit,
                               told == nullptr ? 0 : told->snapshot.jobs.cursor);
  return reply;
}

// A store does not remember of each client which event was its last.
bool Model::may_answer_early(const EventScope& scope, Sequence after) const {
  const ModelDatasource& datasource = datasources_[scope.datasource];
  if (scope.client.empty() || scope.job != 0) {
    return false;
  }
  const std::size_t jobs =
      datasource.count([&](const ModelJob& job) { return job.facts.client == scope.client; });
  return after < (jobs == 0 ? datasource.last_sequence : datasource.last_at_start);
}

Model::Answered Model::on(const ReadEvents& read) {
  if (read.job.empty() && find(read.datasource) == nullptr) {
    if (read.after != 0) {
      return GoneReply{"after", Snapshot{.cursor = 0, .oldest = 1, .jobs = {}}};
    }
    if (read.wait == Span::zero()) {
      return EventsReply{.datasource = read.datasource, .scope = {}};
    }
    if (is_full(Awaited::kEvents, nullptr, read.client.value_or(""))) {
      throw Refused{Code::kTooMany, "waiters", {}};
    }
  }
  const EventScope scope = scope_of(read);
  const ModelDatasource& datasource = datasources_[scope.datasource];
  if (read.after > datasource.last_sequence ||
      (read.after != 0 && read.after + 1 < datasource.oldest_event)) {
    const auto* told = told_->reply == nullptr ? nullptr : std::get_if<GoneReply>(told_->reply);
    return GoneReply{
        "after", snapshot_of(scope, read.limit, told == nullptr ? 0 : told->snapshot.jobs.cursor)};
  }
  EventsReply query{.datasource = read.datasource,
                    .scope = scope,
                    .after = std::max(read.after, datasource.oldest_event - 1),
                    .limit = read.limit};
  EventsReply all = query;
  all.after = read.after;
  const bool is_early = told_->reply != nullptr && may_answer_early(scope, read.after);
  if (read.wait == Span::zero() || !events(all).events.empty() || is_early) {
    return query;
  }
  const std::string who = read.client.value_or("");
  if (is_full(Awaited::kEvents, nullptr, who)) {
    throw Refused{Code::kTooMany, "waiters", {}};
  }
  return park({.awaited = Awaited::kEvents,
               .request = request_,
               .until = now_ + read.wait,
               .datasource = scope.datasource,
               .name = who,
               .query = std::move(query)});
}

}  // namespace store::sim
