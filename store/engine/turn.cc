#include "turn.h"

#include <algorithm>
#include <utility>

namespace store {
namespace {

constexpr Span kRetryAfterMin = std::chrono::milliseconds(100);
constexpr Span kRetryAfterMax = std::chrono::minutes(1);

std::string limit(const char* name, std::size_t value) {
  return std::string(name) + " = " + std::to_string(value);
}

}  // namespace

void Turn::record(JobKey job, Change change) {
  Entry entry{
      .sequence = 0, .job = job, .change = std::move(change), .token = std::string(token())};
  const ChangeTraits& traits = traits_of(entry.change);
  if (traits.is_event) {
    entry.sequence = state.datasource(job.datasource).last_sequence + 1;
    if (std::holds_alternative<Submitted>(entry.change) ||
        std::holds_alternative<Restarted>(entry.change)) {
      entry.job.sequence = entry.sequence;
    }
  }
  state.apply(now, entry);
  if (entry.sequence != 0) {
    const Job* about = state.find(entry.job);
    effects.events.push_back(event_of(state, now, entry, *about));
    for (const auto& waiter : waiters.take_for_news(entry.job, is_final(about->status))) {
      answer(waiter.origin,
             JobReply{view_of(state, *about), waiter.with_attempts, waiter.with_request});
    }
  }
  if (entry.sequence != 0 && waiters.has_for_events()) {
    const Event& event = effects.events.back();
    for (auto& waiter : waiters.take_for_events(event.job, event.client)) {
      answer(waiter.origin, std::move(waiter.reply));
    }
  }
  if (traits.frees_work && (changed.empty() || changed.back() != job.datasource)) {
    changed.push_back(job.datasource);
  }
  effects.entries.push_back(std::move(entry));
}

void Turn::hand_out() {
  std::sort(changed.begin(), changed.end());
  changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
  for (const DatasourceIndex datasource : std::vector(std::move(changed))) {
    while (auto waiter = waiters.take_first_for_jobs(datasource, [&](const auto& functions) {
      return has_job_for(*this, datasource, functions);
    })) {
      const Origin* const before = std::exchange(asker, &waiter->origin);
      make_room_for(*this, datasource, waiter->accept.worker);
      answer(waiter->origin, take_jobs(*this, datasource, waiter->accept));
      asker = before;
    }
  }
  changed.clear();
}

std::optional<DatasourceIndex> Turn::datasource(const std::string& name) {
  if (const auto found = state.find_datasource(name)) {
    return found;
  }
  if (state.datasource_count() >= limits.datasources_max) {
    return std::nullopt;
  }
  const auto index = static_cast<DatasourceIndex>(state.datasource_count());
  record({.datasource = index}, DatasourceAdded{name});
  return index;
}

std::uint64_t Turn::chance() {
  chance_state += 0x9e3779b97f4a7c15;
  std::uint64_t bits = chance_state;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}

std::size_t Turn::take_scans(std::size_t max) {
  constexpr std::size_t kMin = 100;
  const std::size_t taken = std::min(max, std::max(scans_left, kMin));
  scans_left -= std::min(scans_left, taken);
  return taken;
}

Refused Turn::too_many_datasources() const {
  return {Code::kFull,
          "the store holds " + limit("datasourcesMax", limits.datasources_max) + " datasources"};
}

std::optional<Refused> Turn::no_room_to_wait() const {
  if (waiters.size() < limits.waiters_max) {
    return std::nullopt;
  }
  return Refused{Code::kTooMany,
                 "waitMs: " + limit("waitersMax", limits.waiters_max) +
                     " requests are waiting already; ask again without",
                 std::chrono::seconds(1)};
}

std::optional<Refused> Turn::no_room_to_wait(const std::string& client) const {
  if (auto refused = no_room_to_wait()) {
    return refused;
  }
  if (waiters.count_of_client(client) < limits.waiters_per_client_max) {
    return std::nullopt;
  }
  return Refused{Code::kTooMany,
                 "waitMs: " + limit("waitersPerClientMax", limits.waiters_per_client_max) +
                     " requests of this client are waiting already; ask again without",
                 std::chrono::seconds(1)};
}

std::optional<Refused> Turn::no_room_for_job(const Datasource* datasource,
                                             const std::string& client) const {
  if (state.jobs.live_count() >= limits.jobs_live_max) {
    return Refused{Code::kFull, "the store holds " + limit("jobsLiveMax", limits.jobs_live_max) +
                                    " jobs that are not finished"};
  }
  const auto chosen = [](std::uint32_t own, std::uint32_t otherwise) {
    return own != 0 ? own : otherwise;
  };
  static const DatasourceConfig kNone;
  const DatasourceConfig& config = datasource == nullptr ? kNone : datasource->config;
  const std::size_t waiting_max = chosen(config.waiting_max, limits.defaults.waiting_max);
  const std::size_t of_client_max =
      chosen(config.waiting_per_client_max, limits.defaults.waiting_per_client_max);
  if (datasource == nullptr) {
    return std::nullopt;
  }
  if (datasource->mode == Mode::kDraining) {
    return Refused{Code::kUnavailable, "datasource: is draining and takes no new jobs"};
  }
  const Span hint = std::clamp(datasource->accept_interval, kRetryAfterMin, kRetryAfterMax);
  if (waiting_max != 0 && datasource->waiting >= waiting_max) {
    return Refused{Code::kTooMany,
                   "datasource: " + limit("waitingMax", waiting_max) + " jobs are waiting", hint};
  }
  if (of_client_max != 0) {
    const auto index = state.find_datasource(datasource->name);
    const ClientJobs* of_client = state.jobs_of_client(*index, client);
    if (of_client != nullptr && of_client->waiting >= of_client_max) {
      return Refused{Code::kTooMany,
                     "client: " + limit("waitingPerClientMax", of_client_max) + " jobs are waiting",
                     hint};
    }
  }
  return std::nullopt;
}

JobView view_of(const State& state, const Job& job) {
  const bool is_accepted = job.status == Status::kAccepted;
  const Links& links = state.links.of(job);
  return {.key = job.key,
          .id = job.id,
          .client = state.names.client_of(job),
          .worker = std::string(state.names.worker_of(job)),
          .function = std::string(state.names.function_of(job)),
          .tags = state.names.tags_of(job),
          .parent = links.parent,
          .child = links.child,
          .status = job.status,
          .changed = job.changed,
          .priority = job.priority,
          .attempt = job.attempt,
          .failures = job.failures,
          .lost_leases = job.lost_leases,
          .releases = job.releases,
          .request_bytes = job.request_bytes,
          .log_lines = job.log_lines,
          .progress = job.progress,
          .has_failure = job.has_failure,
          .submitted_at = job.submitted_at,
          .not_before = job.is_delayed ? job.not_before : Time{},
          .expires_at = is_waiting(job.status) ? job.expires_at : Time{},
          .accepted_at = job.accepted_at,
          .deadline = is_accepted ? due_at(job) : Time{},
          .attempt_until = job.attempt_until,
          .cancel_requested_at = is_accepted ? job.cancel_requested_at : Time{},
          .cancel_until = job.cancel_until,
          .finished_at = job.finished_at,
          .terms = state.names.terms_of(job)};
}

// The attempt that completes a job leaves no record of its own.
Removed removal_of(const Job& job) {
  const bool is_complete = job.status == Status::kComplete;
  return {.log_lines = job.log_lines, .attempt = is_complete ? job.attempt - 1 : job.attempt};
}

std::variant<const Job*, Refused> find_job(const Turn& turn, const std::string& datasource,
                                           const std::string& job,
                                           const std::optional<std::string>& client) {
  const auto index = turn.state.find_datasource(datasource);
  const Job* found = index ? turn.state.find(*index, job) : nullptr;
  if (found == nullptr) {
    return Refused{Code::kNotFound, "job: unknown"};
  }
  if (client && *client != turn.state.names.client_of(*found)) {
    return Refused{Code::kForbidden, "job: belongs to another client"};
  }
  return found;
}

const Job* leased_job(const Turn& turn, DatasourceIndex datasource, const Lease& lease) {
  const Job* job = turn.state.find(datasource, lease.job);
  const bool held = job != nullptr && job->status == Status::kAccepted &&
                    job->attempt == lease.attempt && turn.now < due_at(*job);
  return held ? job : nullptr;
}

std::string new_guid(Turn& turn) {
  constexpr char kDigits[] = "0123456789abcdef";
  const std::uint64_t bits[] = {turn.chance(), turn.chance()};
  std::string guid;
  for (int i = 0; i < 32; ++i) {
    unsigned digit = bits[i / 16] >> (4 * (i % 16)) & 0xf;
    digit = i == 12 ? 4 : i == 16 ? 8 | (digit & 3) : digit;  // version 4, variant 1
    guid += i == 8 || i == 12 || i == 16 || i == 20 ? "-" : "";
    guid += kDigits[digit];
  }
  return guid;
}

}  // namespace store
