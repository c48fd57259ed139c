// What a watcher may see, from one moment on, and what has been before.
#include <algorithm>

#include "apply.h"
#include "job_view.h"
#include "room.h"

namespace store {
namespace {

// Of a watcher, or why there is none for it. A watcher may come before the first job.
template <typename Command>
std::variant<EventScope, Refused> scope_of(Context& context, const Command& command) {
  if (!command.job.empty()) {
    const auto found = find_job(context.state, command.datasource, command.job, command.client);
    if (const auto* refused = std::get_if<Refused>(&found)) {
      return *refused;
    }
    const Job& job = *std::get<const Job*>(found);
    if (auto refused = refused_for_function(context, job)) {
      return std::move(*refused);
    }
    return EventScope{job.key.datasource, context.state.names.client_of(job), job.key.sequence};
  }
  if (context.asker() != nullptr && !context.asker()->functions.empty()) {
    return Refused{Code::kForbidden,
                   "job: none is named, and the token is for jobs of function = " +
                       context.asker()->functions.front() + " alone"};
  }
  const auto datasource = context.find_or_add_datasource(command.datasource);
  if (!datasource) {
    return *no_room_for_datasource(context);
  }
  return EventScope{*datasource, command.client.value_or(""), 0};
}

// No event of the scope is later.
Sequence last_event(const Context& context, const EventScope& scope) {
  if (scope.job != 0) {
    return context.state.find(JobKey{scope.datasource, scope.job})->changed;
  }
  if (!scope.client.empty()) {
    const ClientJobs* jobs =
        context.state.jobs_of_client(context.state.datasource(scope.datasource), scope.client);
    if (jobs != nullptr) {
      return jobs->last_event;
    }
  }
  return context.state.datasource(scope.datasource).last_sequence;
}

Snapshot snapshot_of(Context& context, const EventScope& scope, std::size_t limit) {
  constexpr std::uint8_t kLive = 1 << static_cast<int>(Status::kSubmitted) |
                                 1 << static_cast<int>(Status::kAccepted) |
                                 1 << static_cast<int>(Status::kRetrying);
  const Datasource& datasource = context.state.datasource(scope.datasource);
  Snapshot snapshot{
      .cursor = datasource.last_sequence, .oldest = datasource.oldest_event, .jobs = {}};
  if (limit == 0) {
    return snapshot;
  }
  if (scope.job != 0) {
    const Job& job = *context.state.find(JobKey{scope.datasource, scope.job});
    snapshot.jobs.jobs.push_back(view_of(context.state, job));
    return snapshot;
  }
  ListJobs list;
  list.datasource = datasource.name;
  list.limit = limit;
  list.statuses = kLive;
  if (!scope.client.empty()) {
    list.client = scope.client;
  }
  snapshot.jobs = std::get<ListReply>(*apply(context, list));
  return snapshot;
}

}  // namespace

Answer apply(Context& context, const Subscribe& command) {
  auto scope = scope_of(context, command);
  if (const auto* refused = std::get_if<Refused>(&scope)) {
    return *refused;
  }
  SubscribeReply reply;
  reply.scope = std::get<EventScope>(scope);
  reply.snapshot = snapshot_of(context, reply.scope, command.no_snapshot ? 0 : command.limit);
  return reply;
}

Answer apply(Context& context, const ReadEvents& command) {
  if (command.job.empty() && !context.state.find_datasource(command.datasource)) {
    if (command.after != 0) {
      return GoneReply{"after: the datasource has no events; this cursor is of another event log",
                       Snapshot{.cursor = 0, .oldest = 1, .jobs = {}}};
    }
    if (command.wait == Span::zero()) {
      return EventsReply{.datasource = command.datasource, .scope = {}};
    }
    // Or the refusal would leave a datasource behind.
    if (auto refused = no_room_to_wait(context, command.client.value_or(""))) {
      return std::move(*refused);
    }
  }
  const auto found = scope_of(context, command);
  if (const auto* refused = std::get_if<Refused>(&found)) {
    return *refused;
  }
  const auto& scope = std::get<EventScope>(found);
  const Datasource& datasource = context.state.datasource(scope.datasource);
  if (command.after > datasource.last_sequence) {
    return GoneReply{"after: the event log ends at " + std::to_string(datasource.last_sequence) +
                         "; this cursor is of another one",
                     snapshot_of(context, scope, command.limit)};
  }
  // From 0 means from the oldest that is kept.
  if (command.after != 0 && command.after + 1 < datasource.oldest_event) {
    return GoneReply{
        "after: the oldest event that is kept is " + std::to_string(datasource.oldest_event),
        snapshot_of(context, scope, command.limit)};
  }
  EventsReply reply{.datasource = command.datasource,
                    .scope = scope,
                    .after = std::max(command.after, datasource.oldest_event - 1),
                    .limit = command.limit};
  if (command.wait == Span::zero() || command.after < last_event(context, scope)) {
    reply.scans = context.take_scans(context.limits.list_scan_max);
    return reply;
  }
  std::string client = command.client.value_or("");
  if (auto refused = no_room_to_wait(context, client)) {
    return std::move(*refused);
  }
  // What comes while it waits is little.
  reply.scans = context.limits.list_scan_max;
  return context.park(command.wait, Waiters::ForEvents{{}, std::move(client), std::move(reply)});
}

}  // namespace store
