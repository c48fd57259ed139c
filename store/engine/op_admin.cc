// What an operator does to single jobs.
#include <algorithm>

#include "turn.h"

namespace store {
namespace {

Refused not_now(const Job& job, const char* instead) {
  return {Code::kConflict, "job: is " + std::string(to_string(job.status)) + instead};
}

// A final job's child, made if there is none yet.
std::variant<SubmitReply::Taken, Refused> restart(Turn& turn, const Job& parent, std::string id) {
  const DatasourceIndex datasource = parent.key.datasource;
  if (const std::string& child = turn.state.links.of(parent).child; !child.empty()) {
    // Its id may be another job's by now.
    const Job* known = turn.state.find(datasource, child);
    if (known != nullptr && turn.state.links.of(*known).parent == parent.id) {
      return SubmitReply::Taken{view_of(turn.state, *known), false};
    }
    return Refused{Code::kConflict, "job: was restarted as " + child + ", which is forgotten"};
  }
  if (turn.state.find(datasource, id) != nullptr) {
    return Refused{Code::kConflict, "restart.job: this id is taken"};
  }
  if (auto refused = turn.no_room_for_job(&turn.state.datasource(datasource),
                                          turn.state.names.client_of(parent))) {
    // 503 would say that the store is about to end.
    refused->code = refused->code == Code::kUnavailable ? Code::kConflict : refused->code;
    return std::move(*refused);
  }
  if (id.empty()) {
    id = new_guid(turn);
  }
  turn.record({.datasource = datasource}, Restarted{.parent = parent.key.sequence, .id = id});
  return SubmitReply::Taken{view_of(turn.state, *turn.state.find(datasource, id)), true};
}

}  // namespace

// REQUIRES: no reply of this turn still has to read the job's texts.
Reply apply(Turn& turn, const Remove& command) {
  const auto found = find_job(turn, command.datasource, command.job, std::nullopt);
  if (const auto* refused = std::get_if<Refused>(&found)) {
    return *refused;
  }
  const Job& job = *std::get<const Job*>(found);
  if (!is_final(job.status)) {
    return not_now(job, "; cancel it first");
  }
  JobReply reply{.job = view_of(turn.state, job), .is_gone = true};
  turn.record(job.key, removal_of(job));
  return reply;
}

Reply apply(Turn& turn, const Restart& command) {
  const auto found = find_job(turn, command.datasource, command.job, std::nullopt);
  if (const auto* refused = std::get_if<Refused>(&found)) {
    return *refused;
  }
  const Job& job = *std::get<const Job*>(found);
  if (job.status == Status::kAccepted) {
    return not_now(job, " by a worker; cancel it first");
  }
  if (is_final(job.status)) {
    return SubmitReply{{restart(turn, job, command.new_id)}};
  }
  if (job.is_delayed) {
    turn.record(job.key, Edited{.priority = 0, .expires_at = {}, .request = {}, .run_now = true});
  }
  return SubmitReply{{SubmitReply::Taken{view_of(turn.state, job), false}}};
}

Reply apply(Turn& turn, Edit& command) {
  const auto found = find_job(turn, command.datasource, command.job, std::nullopt);
  if (const auto* refused = std::get_if<Refused>(&found)) {
    return *refused;
  }
  const Job& job = *std::get<const Job*>(found);
  if (!is_waiting(job.status)) {
    return not_now(job, "; only a job that waits can be changed");
  }
  Edited edited{.priority = command.priority,
                .expires_at = {},
                .request = std::move(command.request),
                .run_now = false};
  if (command.valid_for != Span::zero() && job.failures == 0 && job.lost_leases == 0) {
    edited.expires_at = turn.now + command.valid_for;
  }
  turn.record(job.key, std::move(edited));
  return JobReply{view_of(turn.state, job)};
}

Reply apply(Turn& turn, const Redrive& command) {
  RedriveReply reply;
  const auto index = turn.state.find_datasource(command.datasource);
  if (!index) {
    return Refused{Code::kNotFound, "datasource: unknown"};
  }
  std::vector<JobKey> matching;
  std::size_t left = turn.take_scans(turn.limits.list_scan_max);
  Sequence last = 0;
  std::size_t bytes = 0;  // of requests, which are copied
  turn.state.datasource(*index).jobs.walk(command.cursor, [&](Slot slot) {
    const Job& job = turn.state.jobs.at(slot);
    if (matching.size() >= command.limit || left-- == 0) {
      reply.cursor = last;
      return false;
    }
    const auto& tags = turn.state.names.tags_of(job);
    if (is_final(job.status) && (command.statuses >> static_cast<int>(job.status) & 1) != 0 &&
        turn.state.links.of(job).child.empty() &&
        (command.client.empty() || command.client == turn.state.names.client_of(job)) &&
        (command.function.empty() || command.function == turn.state.names.function_of(job)) &&
        (command.tag.empty() || std::binary_search(tags.begin(), tags.end(), command.tag))) {
      bytes += job.request_bytes;
      if (bytes > turn.limits.accept_bytes_max && !matching.empty()) {
        reply.cursor = last;
        return false;
      }
      matching.push_back(job.key);
    }
    last = job.key.sequence;
    return true;
  });
  for (const JobKey key : matching) {
    auto restarted = restart(turn, *turn.state.find(key), {});
    if (auto* refused = std::get_if<Refused>(&restarted)) {
      if (reply.jobs.empty()) {
        return std::move(*refused);
      }
      reply.cursor = key.sequence - 1;
      return reply;
    }
    reply.jobs.push_back(std::move(std::get<SubmitReply::Taken>(restarted).job));
  }
  return reply;
}

}  // namespace store
