#include "apply.h"
#include "attempt_end.h"
#include "hand_out.h"
#include "job_view.h"
#include "room.h"
#include "start_rates.h"
#include "state_changes.h"
#include "timers.h"

namespace store {
namespace {

using ItemReply = std::variant<UpdateReply::Result, Refused>;

UpdateReply::Result taken(const Job& job) {
  return {.status = job.status,
          .not_before = job.is_delayed ? job.not_before : Time{},
          .accepted = std::nullopt};
}

// What an outcome does to the job whose lease is held. `hash`: zero unless it ends the attempt.
struct Act {
  Context& context;
  const Job& job;
  const Hash& hash;

  void operator()(Completed& completed) const { context.record(job.key, std::move(completed)); }
  void operator()(Failed& failed) const { context.record(job.key, std::move(failed)); }
  void operator()(Forbidden& forbidden) const { context.record(job.key, std::move(forbidden)); }
  void operator()(Retry& retry) const {
    fail_attempt(context, job, std::move(retry.error), retry.delay, hash);
  }
  void operator()(Release& handed_back) const {
    release(context, job, std::move(handed_back.message), handed_back.delay, hash);
  }
  void operator()(AckCancel&) const { context.record(job.key, Cancelled{hash}); }
  void operator()(Progress& progress) const {
    context.record(job.key,
                   Progressed{static_cast<float>(progress.value), std::move(progress.message)});
  }
  void operator()(Log& log) const {
    for (std::size_t i = 0; i < log.lines.size(); ++i) {
      const std::uint32_t own = log.first == 0 ? 0 : log.first + static_cast<std::uint32_t>(i);
      if (own != 0 && own <= job.attempt_log_lines) {
        continue;  // the store has it
      }
      context.record(job.key, Logged{.number = job.log_lines + 1,
                                     .attempt = job.attempt,
                                     .attempt_number = own,
                                     .level = log.lines[i].level,
                                     .text = std::move(log.lines[i].text)});
    }
  }
};

// What comes with a word, to be recorded before it. `said`: its hash.
struct LeftWithWord {
  std::optional<CheckpointLeft> checkpoint{};
  std::optional<StateChanged> state{};
  Hash said{};
};

// REQUIRES: it comes with a word that it may come with.
std::variant<LeftWithWord, Refused> judge_left(const Context& context, const Job& job,
                                               Outcome& outcome) {
  LeftWithWord left{.said = hash_of_left(outcome)};
  const bool goes_on = std::holds_alternative<Progress>(outcome.report);
  if (outcome.checkpoint) {
    if (auto refused = no_room_for_checkpoint(context, context.state.tokens.submit_token_of(job),
                                              job.checkpoint_bytes, outcome.checkpoint->size())) {
      return std::move(*refused);
    }
    left.checkpoint = {std::move(*outcome.checkpoint), goes_on ? Hash{} : left.said};
  }
  if (!outcome.state.empty()) {
    const std::string_view function = context.state.names.function_of(job);
    if (function.empty()) {
      return Refused{Code::kBadRequest, "state: the job has no function that could keep it"};
    }
    const std::string_view payer = context.state.payer_of_worker(job);
    auto judged = judge_changes(context, job.key.datasource, function, outcome.state, false, payer);
    if (auto* refused = std::get_if<Refused>(&judged)) {
      return std::move(*refused);
    }
    left.state = {std::string(function), std::move(std::get<0>(judged)), std::string(payer),
                  left.said};
  }
  return left;
}

template <typename Action>
ItemReply act(Context& context, std::optional<DatasourceIndex> datasource, Outcome& outcome,
              Action& action) {
  const Lease& lease = outcome.lease;
  const Job* job = datasource ? context.state.find(*datasource, lease.job) : nullptr;
  if (job != nullptr && refused_for_function(context, *job)) {
    job = nullptr;
  }
  Hash hash{};
  if constexpr (requires { hash_of(action); }) {
    hash = hash_of(action);
    if (job != nullptr && job->status != Status::kAccepted && job->attempt == lease.attempt &&
        job->outcome == joined(hash_of_left(outcome), hash)) {
      return taken(*job);  // reported before, and the answer was lost
    }
  }
  if (job == nullptr || !holds(context, *job, lease)) {
    return Refused{Code::kConflict, "lease: not held"};
  }
  if (std::is_same_v<Action, AckCancel> && job->cancel_sequence == 0) {
    return Refused{Code::kConflict, "cancelled: nobody asked for it"};
  }
  auto judged = judge_left(context, *job, outcome);
  if (auto* refused = std::get_if<Refused>(&judged)) {
    return std::move(*refused);
  }
  context.note_spoke(*datasource, context.state.names.worker_of(*job));
  auto& [checkpoint, state, said] = std::get<LeftWithWord>(judged);
  checkpoint ? context.record(job->key, std::move(*checkpoint)) : void();
  state ? context.record(job->key, std::move(*state)) : void();
  Act{context, *job, hash}(action);
  return taken(*job);
}

ItemReply act(Context& context, std::optional<DatasourceIndex> index, Outcome& outcome,
              AcceptOne& accept) {
  const Lease& lease = outcome.lease;
  const Job* job = index ? context.state.find(*index, lease.job) : nullptr;
  if (job == nullptr) {
    return Refused{Code::kNotFound, "lease.job: unknown"};
  }
  if (auto refused = refused_for_function(context, *job)) {
    return std::move(*refused);
  }
  const Datasource& datasource = context.state.datasource(*index);
  const auto answer = [&] {
    UpdateReply::Result reply = taken(*job);
    reply.accepted = accepted_view_of(context, *job);
    return reply;
  };
  if (job->status == Status::kAccepted && context.now < due_at(*job) &&
      job->request_number == accept.request_number &&
      context.state.names.worker_of(*job) == accept.worker) {
    return answer();
  }
  if (!is_waiting(job->status)) {
    return Refused{Code::kConflict, "accepted: the job is " + std::string(to_string(job->status))};
  }
  if (job->awaited > 0) {
    return Refused{Code::kConflict, "accepted: the job waits for others to end"};
  }
  if (job->is_delayed) {
    return Refused{Code::kConflict, "accepted: the job waits for its time"};
  }
  if (job->lane == LanePlace::kHeld) {
    return Refused{Code::kConflict, "accepted: others with the job's key come first"};
  }
  if (is_overdue(context.now, *job)) {
    return Refused{Code::kConflict, "accepted: the job has expired"};
  }
  if (context.state.is_paused) {
    return Refused{Code::kUnavailable, "store: is paused"};
  }
  if (datasource.is_paused()) {
    return Refused{Code::kUnavailable, "datasource: is paused"};
  }
  if (!may_run_more(context, datasource)) {
    return Refused{
        Code::kTooMany,
        "datasource: " + std::to_string(datasource.running) + " jobs are running, as many as may",
        std::chrono::seconds(1)};
  }
  if (!may_run_more_of(context.state, datasource, job->function)) {
    return Refused{Code::kTooMany,
                   "accepted: as many jobs of its function are running as may (functionLimits)",
                   std::chrono::seconds(1)};
  }
  // Where one of them has just ended, it may still be another one's turn.
  if (job->is_held_back || context.state.held_back.is_full(*job)) {
    return Refused{Code::kTooMany, "accepted: as many jobs of its token are running as may",
                   std::chrono::seconds(1)};
  }
  for (const StartRate& rate : start_rates_of(context, *job)) {
    if (const Time opens = opens_at(context, rate); opens != Time{}) {
      return Refused{Code::kTooMany, "accepted: as many jobs have begun as may (startRate)",
                     opens - context.now};
    }
  }
  if (auto refused = no_room_for_attempt(context, accept.worker)) {
    return std::move(*refused);
  }
  give_job(context, *job, accept);
  return answer();
}

}  // namespace

Answer apply(Context& context, Update& command) {
  const auto datasource = context.state.find_datasource(command.datasource);
  UpdateReply reply;
  reply.items.reserve(command.outcomes.size());
  for (Item<Outcome>& item : command.outcomes) {
    if (auto* refused = std::get_if<Refused>(&item)) {
      reply.items.push_back(std::move(*refused));
      continue;
    }
    auto& outcome = std::get<Outcome>(item);
    reply.items.push_back(std::visit(
        [&](auto& action) { return act(context, datasource, outcome, action); }, outcome.report));
  }
  return reply;
}

}  // namespace store
