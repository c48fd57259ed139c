// What an operator does to single jobs.
#include "apply.h"
#include "job_view.h"
#include "room.h"
#include "timers.h"

namespace store {
namespace {

Refused not_now(const Job& job, const char* instead) {
  return {Code::kConflict, "job: is " + std::string(to_string(job.status)) + instead};
}

std::size_t then_bytes_of(const Context& context, const Job& job) {
  const FollowUps::Followed* followed = context.state.follow_ups.of(job);
  return followed == nullptr ? 0 : bytes_of(followed->plan->then);
}

}  // namespace

std::variant<SubmitReply::Result, Refused> restart(Context& context, const Job& parent,
                                                   std::string id) {
  const DatasourceIndex datasource = parent.key.datasource;
  if (const std::string& child = context.state.links.of(parent).child; !child.empty()) {
    // Its id may be another job's by now.
    const Job* known = context.state.find(datasource, child);
    if (known != nullptr && context.state.links.of(*known).parent == parent.id) {
      return SubmitReply::Result{view_of(context.state, *known), false};
    }
    return Refused{Code::kConflict, "job: was restarted as " + child + ", which is forgotten"};
  }
  if (context.state.find(datasource, id) != nullptr) {
    return Refused{Code::kConflict, "restart.job: this id is taken"};
  }
  if (const Job* live =
          context.state.find_unique(datasource, context.state.names.unique_of(parent))) {
    return Refused{Code::kConflict, "unique: the job " + live->id + " has this name"};
  }
  if (auto refused = no_room_for_job(context, &context.state.datasource(datasource),
                                     context.state.names.client_of(parent))) {
    // 503 would say that the store is about to end.
    refused->code = refused->code == Code::kUnavailable ? Code::kConflict : refused->code;
    return std::move(*refused);
  }
  const JobNames& names = context.state.names;
  if (auto refused = no_room_for_names(
          context, &context.state.datasource(datasource),
          {.id = id,
           .client = names.client_of(parent),
           .function = names.function_of(parent),
           .tags = names.tags_of(parent),
           .terms = names.terms_of(parent),
           .flow_bytes = then_bytes_of(context, parent) + bytes_of(context.state.codes.of(parent)),
           .turn_key = names.turn_key_of(parent),
           .unique = names.unique_of(parent),
           .group = names.group_of(parent)})) {
    return std::move(*refused);
  }
  if (id.empty()) {
    id = context.new_guid();
  }
  context.record({.datasource = datasource}, Restarted{.parent = parent.key.sequence, .id = id});
  return SubmitReply::Result{view_of(context.state, *context.state.find(datasource, id)), true};
}

void remove_live(Context& context, const Job& job) {
  // Not in this turn, whose replies may want its texts; and those that wait for it are told first.
  constexpr Span kSoon{1};
  context.record(job.key, Cancelled{});
  context.record(job.key, KeptFor{kSoon});
}

Answer apply(Context& context, const Job& job, const Remove& command) {
  if (!is_final(job.status) && command.is_forced) {
    remove_live(context, job);
    return JobReply{whole_view_of(context.state, job)};
  }
  if (!is_final(job.status)) {
    return not_now(job, "; cancel it first, or force it");
  }
  if (context.state.is_needed(job.key)) {
    return not_now(job, ", and not all that wait for it know yet; ask again");
  }
  JobReply reply{.job = whole_view_of(context.state, job), .is_gone = true};
  forget(context, job);
  return reply;
}

Answer apply(Context& context, const Job& job, const Restart& command) {
  if (job.status == Status::kAccepted) {
    return not_now(job, " by a worker; cancel it first");
  }
  if (is_final(job.status)) {
    return SubmitReply{{restart(context, job, command.new_id)}};
  }
  if (job.is_delayed) {
    context.record(job.key, Edited{0, {}, {}, /*run_now=*/true});
  }
  return SubmitReply{{SubmitReply::Result{view_of(context.state, job), false}}};
}

std::optional<Refused> edit(Context& context, const Job& job, const Edit& command) {
  Edited edited{command.priority, {}, command.request, false};
  if (command.valid_for != Span::zero() && job.failures == 0 && job.lost_leases == 0) {
    edited.expires_at = context.now + command.valid_for;
    Terms terms = context.state.names.terms_of(job);
    terms.valid_for = command.valid_for;
    if (auto refused = no_room_for_terms(context, job, terms)) {
      return refused;
    }
  }
  context.record(job.key, std::move(edited));
  return std::nullopt;
}

Answer apply(Context& context, const Job& job, Edit& command) {
  if (!is_waiting(job.status)) {
    return not_now(job, "; only a job that waits can be changed");
  }
  if (auto refused = edit(context, job, command)) {
    return std::move(*refused);
  }
  return JobReply{whole_view_of(context.state, job)};
}

Answer apply(Context& context, const Datasource& datasource, const Redrive& command) {
  RedriveReply reply;
  std::vector<JobKey> matching;
  std::size_t left = context.take_scans(context.limits.list_scan_max);
  Sequence last = 0;
  std::size_t bytes = 0;  // of requests, which are copied
  datasource.jobs.walk(command.cursor, [&](Slot slot) {
    const Job& job = context.state.jobs.at(slot);
    if (matching.size() >= command.limit || left-- == 0) {
      reply.cursor = last;
      return false;
    }
    if (is_final(job.status) && is_in(command.statuses, job.status) &&
        context.state.links.of(job).child.empty() &&
        fits_with_client(context.state, job, command)) {
      bytes += job.request_bytes;
      if (bytes > context.limits.accept_bytes_max && !matching.empty()) {
        reply.cursor = last;
        return false;
      }
      matching.push_back(job.key);
    }
    last = job.key.sequence;
    return true;
  });
  for (const JobKey key : matching) {
    auto restarted = restart(context, *context.state.find(key), {});
    if (auto* refused = std::get_if<Refused>(&restarted)) {
      if (reply.jobs.empty()) {
        return std::move(*refused);
      }
      reply.cursor = key.sequence - 1;
      return reply;
    }
    reply.jobs.push_back(std::move(std::get<SubmitReply::Result>(restarted).job));
  }
  return reply;
}

}  // namespace store
