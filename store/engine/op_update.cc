#include "turn.h"

namespace store {
namespace {

using ItemReply = std::variant<UpdateReply::Taken, Refused>;

UpdateReply::Taken taken(const Job& job) {
  return {.status = job.status,
          .not_before = job.is_delayed ? job.not_before : Time{},
          .accepted = std::nullopt};
}

void release(Turn& turn, const Job& job, Release& release, const Hash& outcome) {
  const std::uint32_t max = turn.state.names.terms_of(job).releases_max;
  if (job.cancel_sequence != 0) {
    turn.record(job.key, Cancelled{outcome});
  } else if (max != 0 && job.releases + 1 >= max) {
    turn.record(job.key,
                ReleasedLast{.failure = {.code = "releases",
                                         .message = "handed back " + std::to_string(max) +
                                                    " times, at last by " +
                                                    std::string(turn.state.names.worker_of(job)),
                                         .detail = std::move(release.message)},
                             .outcome = outcome});
  } else {
    turn.record(job.key, Released{.message = std::move(release.message),
                                  .not_before = turn.now + release.delay,
                                  .outcome = outcome});
    expire_if_overdue(turn, job);
  }
}

// Words that end the attempt.
struct End {
  Turn& turn;
  const Job& job;
  const Hash& outcome;

  void operator()(Completed& completed) const { turn.record(job.key, std::move(completed)); }
  void operator()(Failed& failed) const { turn.record(job.key, std::move(failed)); }
  void operator()(Forbidden& forbidden) const { turn.record(job.key, std::move(forbidden)); }
  void operator()(Retry& retry) const {
    record_failure(turn, job, std::move(retry.failure), retry.delay, outcome);
  }
  void operator()(Release& word) const { release(turn, job, word, outcome); }
  void operator()(AckCancel&) const { turn.record(job.key, Cancelled{outcome}); }
};

template <typename Word>
ItemReply end_attempt(Turn& turn, std::optional<DatasourceIndex> datasource, const Lease& lease,
                      Word& word) {
  const Hash outcome = hash_of(word);
  const Job* known = datasource ? turn.state.find(*datasource, lease.job) : nullptr;
  if (known != nullptr && known->status != Status::kAccepted && known->attempt == lease.attempt &&
      known->outcome == outcome) {
    return taken(*known);  // said before, and the answer was lost
  }
  const Job* job = datasource ? leased_job(turn, *datasource, lease) : nullptr;
  if (job == nullptr) {
    return Refused{Code::kConflict, "lease: not held"};
  }
  if (std::is_same_v<Word, AckCancel> && job->cancel_sequence == 0) {
    return Refused{Code::kConflict, "cancelled: nobody asked for it"};
  }
  turn.note_spoke(*datasource, turn.state.names.worker_of(*job));
  End{turn, *job, outcome}(word);
  return taken(*job);
}

ItemReply note_progress(Turn& turn, std::optional<DatasourceIndex> datasource, const Lease& lease,
                        Progress& progress) {
  const Job* job = datasource ? leased_job(turn, *datasource, lease) : nullptr;
  if (job == nullptr) {
    return Refused{Code::kConflict, "lease: not held"};
  }
  turn.note_spoke(*datasource, turn.state.names.worker_of(*job));
  turn.record(job->key, Progressed{progress.value, std::move(progress.message)});
  return taken(*job);
}

ItemReply write_log(Turn& turn, std::optional<DatasourceIndex> datasource, const Lease& lease,
                    WriteLog& log) {
  const Job* job = datasource ? leased_job(turn, *datasource, lease) : nullptr;
  if (job == nullptr) {
    return Refused{Code::kConflict, "lease: not held"};
  }
  turn.note_spoke(*datasource, turn.state.names.worker_of(*job));
  for (std::size_t i = 0; i < log.lines.size(); ++i) {
    const std::uint32_t own = log.first == 0 ? 0 : log.first + static_cast<std::uint32_t>(i);
    if (own != 0 && own <= job->attempt_log_lines) {
      continue;  // the store has it
    }
    turn.record(job->key, Logged{.number = job->log_lines + 1,
                                 .attempt = job->attempt,
                                 .attempt_number = own,
                                 .level = log.lines[i].level,
                                 .text = std::move(log.lines[i].text)});
  }
  return taken(*job);
}

ItemReply accept_one(Turn& turn, std::optional<DatasourceIndex> index, const Lease& lease,
                     const AcceptOne& accept) {
  const Job* job = index ? turn.state.find(*index, lease.job) : nullptr;
  if (job == nullptr) {
    return Refused{Code::kNotFound, "lease.job: unknown"};
  }
  const Datasource& datasource = turn.state.datasource(*index);
  const auto answer = [&] {
    UpdateReply::Taken reply = taken(*job);
    reply.accepted = view_of(turn.state, *job);
    return reply;
  };
  if (job->status == Status::kAccepted && turn.now < due_at(*job) &&
      job->request_number == accept.request_number &&
      turn.state.names.worker_of(*job) == accept.worker) {
    return answer();
  }
  if (!is_waiting(job->status)) {
    return Refused{Code::kConflict, "accepted: the job is " + std::string(to_string(job->status))};
  }
  if (job->is_delayed) {
    return Refused{Code::kConflict, "accepted: the job waits for its time"};
  }
  if (is_overdue(turn, *job)) {
    return Refused{Code::kConflict, "accepted: the job has expired"};
  }
  if (datasource.mode == Mode::kPaused) {
    return Refused{Code::kUnavailable, "datasource: is paused"};
  }
  if (!may_run_more(turn, datasource)) {
    return Refused{
        Code::kTooMany,
        "datasource: " + std::to_string(datasource.running) + " jobs are running, as many as may",
        std::chrono::seconds(1)};
  }
  make_room_for(turn, *index, accept.worker);
  turn.record(job->key, Accepted{.worker = accept.worker,
                                 .request_number = accept.request_number,
                                 .deadline = turn.now + lease_of(turn, datasource, accept.lease),
                                 .out_of_turn = true,
                                 .caveats = std::string(turn.caveats())});
  return answer();
}

}  // namespace

void record_failure(Turn& turn, const Job& job, Failure failure, Span delay, const Hash& outcome) {
  const Terms& terms = turn.state.names.terms_of(job);
  if (job.cancel_sequence != 0) {
    turn.record(job.key, Cancelled{outcome});
  } else if (job.failures + 1 >= terms.failures_max) {
    turn.record(job.key, RetriedLast{.failure = std::move(failure), .outcome = outcome});
  } else {
    const Span wait = delay != Span::zero()
                          ? delay
                          : backoff_delay(terms.backoff, job.failures + 1, turn.chance());
    turn.record(
        job.key,
        Retried{.failure = std::move(failure), .not_before = turn.now + wait, .outcome = outcome});
  }
}

Reply apply(Turn& turn, Update& command) {
  const auto datasource = turn.state.find_datasource(command.datasource);
  UpdateReply reply;
  reply.items.reserve(command.outcomes.size());
  for (Item<Outcome>& item : command.outcomes) {
    if (auto* refused = std::get_if<Refused>(&item)) {
      reply.items.push_back(std::move(*refused));
      continue;
    }
    auto& outcome = std::get<Outcome>(item);
    reply.items.push_back(std::visit(
        [&](auto& word) -> ItemReply {
          using Word = std::decay_t<decltype(word)>;
          if constexpr (std::is_same_v<Word, Progress>) {
            return note_progress(turn, datasource, outcome.lease, word);
          } else if constexpr (std::is_same_v<Word, WriteLog>) {
            return write_log(turn, datasource, outcome.lease, word);
          } else if constexpr (std::is_same_v<Word, AcceptOne>) {
            return accept_one(turn, datasource, outcome.lease, word);
          } else {
            return end_attempt(turn, datasource, outcome.lease, word);
          }
        },
        outcome.word));
  }
  return reply;
}

}  // namespace store
