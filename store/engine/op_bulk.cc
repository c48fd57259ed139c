// What an operator does to all jobs that match, in steps: each changes as many as were asked for,
// or fewer where the turn has no room for more.
#include <algorithm>
#include <string>

#include "apply.h"
#include "job_view.h"
#include "job_walk.h"
#include "timers.h"

namespace store {
namespace {

using How = Bulk::How;

// Whether it can be done to the job, and was not done to it before. What others wait for stays
// until they are told of its end.
bool is_meant(const State& state, const Job& job, const Bulk& bulk) {
  switch (bulk.how) {
    case How::kCancel:
      return is_waiting(job.status) ||
             (job.status == Status::kAccepted && job.cancel_sequence == 0);
    case How::kEdit:
      return is_waiting(job.status) &&
             (bulk.edit.priority != job.priority || bulk.edit.valid_for != Span::zero());
    case How::kRemove:
      return is_final(job.status) ? !state.dependencies.is_awaited(job.key) : bulk.is_forced;
    case How::kRestart: return is_final(job.status) && state.links.of(job).child.empty();
  }
  return false;
}

JobView remove(Context& context, const Job& job) {
  JobView view = view_of(context.state, job);
  is_final(job.status) ? forget(context, job) : remove_live(context, job);
  return view;
}

// How the job is told then, or why it stays as it is.
std::variant<JobView, Refused> change(Context& context, const Job& job, const Bulk& bulk) {
  switch (bulk.how) {
    case How::kCancel: cancel(context, job); break;
    case How::kEdit:
      if (auto refused = edit(context, job, bulk.edit)) {
        return std::move(*refused);
      }
      break;
    case How::kRemove: return remove(context, job);
    case How::kRestart: {
      auto restarted = restart(context, job, {});
      if (auto* refused = std::get_if<Refused>(&restarted)) {
        return std::move(*refused);
      }
      return std::move(std::get<SubmitReply::Result>(restarted).job);
    }
  }
  return view_of(context.state, job);
}

// Of the jobs that one step changes.
std::vector<JobKey> chosen(Context& context, const Bulk& command, BulkReply& reply) {
  std::vector<JobKey> keys;
  std::size_t bytes = 0;  // of requests, which a restart copies
  const std::size_t most =
      std::min(command.where.limit, std::max<std::size_t>(context.progression.bulk_left, 1));
  reply.cursor = walk_matching(context, command.where, [&](const Job& job) {
    if (is_meant(context.state, job, command)) {
      keys.push_back(job.key);
      bytes += command.how == How::kRestart ? job.request_bytes : 0;
    }
    return keys.size() < most && bytes < context.limits.accept_bytes_max;
  });
  context.progression.bulk_left -= std::min(context.progression.bulk_left, keys.size());
  return keys;
}

BulkReply counted(Context& context, const Bulk& command, BulkReply reply) {
  constexpr std::size_t kShown = 10;
  reply.cursor = walk_matching(context, command.where, [&](const Job& job) {
    if (is_meant(context.state, job, command) && ++reply.count <= kShown) {
      reply.jobs.push_back(view_of(context.state, job));
    }
    return true;
  });
  return reply;
}

}  // namespace

Answer apply(Context& context, const Datasource& datasource, const Bulk& command) {
  BulkReply reply{.last = datasource.last_sequence, .is_dry = command.is_dry};
  if (command.is_dry) {
    return counted(context, command, std::move(reply));
  }
  for (const JobKey key : chosen(context, command, reply)) {
    auto done = change(context, *context.state.find(key), command);
    if (auto* refused = std::get_if<Refused>(&done)) {
      if (reply.jobs.empty()) {
        return std::move(*refused);
      }
      reply.cursor = key.sequence - 1;
      break;
    }
    reply.jobs.push_back(std::move(std::get<JobView>(done)));
  }
  reply.count = reply.jobs.size();
  return reply;
}

Answer apply(Context& context, const SetStorePause& command) {
  if (context.state.is_paused != command.is_paused) {
    context.record({}, StorePaused{command.is_paused});
    for (DatasourceIndex i = 0; i < context.state.datasource_count(); ++i) {
      context.note_changed(i);
    }
  }
  return jobq::StoreMode{context.state.is_paused, context.state.order};
}

}  // namespace store
