#include "job_table.h"

#include <algorithm>

#include "invariant.h"

namespace store {
namespace {

// Functions beyond the limit are counted together under this name, which no function can have.
constexpr std::string_view kOtherFunctions = "(others)";

}  // namespace

JobTable::JobTable(std::uint64_t hash_seed)
    : ids_(jobs_, hash_seed),
      clients_(hash_seed),
      workers_(hash_seed),
      functions_(hash_seed),
      tokens_(hash_seed),
      leases_(jobs_),
      waiting_(jobs_),
      finished_(jobs_) {}

void JobTable::submit(Time now, const Entry& entry, const Submitted& submitted) {
  const Slot slot = new_slot();
  Job& job = jobs_[slot];
  job.id = submitted.id;
  job.key = entry.job;
  job.priority = submitted.priority;
  job.request_bytes = static_cast<std::uint32_t>(submitted.request.size());
  job.submitted_at = now;
  job.keep_for = submitted.terms.keep_for;
  job.content = submitted.content;
  job.submit_token = acquire_token(entry.token);
  index(slot, submitted.client, submitted.function, submitted.tags, submitted.terms);
  const Time from = std::max(now, submitted.not_before);
  if (submitted.terms.valid_for != Span::zero()) {
    job.expires_at = from + submitted.terms.valid_for;
  }
  ++live_count_;
  ++counts_of(job).total.submitted;
  start_waiting(now, slot, Status::kSubmitted, from);
}

void JobTable::restart(Time now, const Entry& entry, const Restarted& restarted) {
  const Slot parent_slot = slot_of({entry.job.datasource, restarted.parent});
  const Slot slot = new_slot();
  Job& job = jobs_[slot];
  Job& parent = jobs_[parent_slot];
  INVARIANT(is_final(parent.status), parent.id, to_string(parent.status));
  job.id = restarted.id;
  job.key = entry.job;
  job.priority = parent.priority;
  job.request_bytes = parent.request_bytes;
  job.submitted_at = now;
  job.keep_for = parent.keep_for;
  job.content = parent.content;
  job.submit_token = acquire_token(entry.token);
  // Copies, since what is interned may move.
  const std::string client = client_of(parent);
  const std::string function(function_of(parent));
  const std::vector<std::string> tags = tags_of(parent);
  const Terms terms = terms_of(parent);
  index(slot, client, function, tags, terms);
  if (terms.valid_for != Span::zero()) {
    job.expires_at = now + terms.valid_for;
  }
  links_[slot].parent = parent.id;
  links_[parent_slot].child = job.id;
  job.has_links = parent.has_links = true;
  ++live_count_;
  ++counts_of(job).total.submitted;
  start_waiting(now, slot, Status::kSubmitted, now);
}

void JobTable::start_waiting(Time now, Slot slot, Status status, Time not_before) {
  Job& job = jobs_[slot];
  job.status = status;
  job.not_before = std::max(now, not_before);
  job.is_delayed = job.not_before > now;
  Datasource& datasource = datasource_of(job);
  ++datasource.waiting;
  ++datasource.jobs_of_client.at(job.client).waiting;
  ++counts_of(job).waiting;
  count_waiting(job.submit_token, 1);
  if (!job.is_delayed) {
    make_ready(slot);
  }
  if (due_at(job) != Time::max()) {
    waiting_.add(slot);
  }
}

void JobTable::make_ready(Slot slot) {
  Job& job = jobs_[slot];
  job.is_delayed = false;
  Datasource& datasource = datasource_of(job);
  if (datasource.ready.add(slot, datasource.last_stamp + 1)) {
    ++datasource.last_stamp;
  }
}

void JobTable::stop_waiting(Slot slot) {
  Job& job = jobs_[slot];
  INVARIANT(is_waiting(job.status), job.id, to_string(job.status));
  Datasource& datasource = datasource_of(job);
  --datasource.waiting;
  --datasource.jobs_of_client.at(job.client).waiting;
  --counts_of(job).waiting;
  count_waiting(job.submit_token, -1);
  if (job.timer_place != UINT32_MAX) {
    waiting_.erase(slot);
  }
}

void JobTable::accept(Time now, const Entry& entry, const Accepted& accepted, Slot slot) {
  Job& job = jobs_[slot];
  stop_waiting(slot);
  INVARIANT(!job.is_delayed, job.id);
  Datasource& datasource = datasource_of(job);
  const auto weight = datasource.config.weights.empty()
                          ? datasource.config.weights.end()
                          : datasource.config.weights.find(client_of(job));
  if (datasource.ready.serve(slot, datasource.last_stamp + 1,
                             weight == datasource.config.weights.end() ? 1 : weight->second)) {
    ++datasource.last_stamp;
  }
  if (job.attempt > 0) {
    workers_.release(job.worker);
    release_token(job.accept_token);
  }
  job.accept_token = acquire_token(entry.token + accepted.caveats);
  FunctionCounts& counts = counts_of(job);
  ++counts.total.runs;
  ++counts.running;
  counts.total.waited += now - job.not_before;
  ++datasource.running;
  if (datasource.last_accept_at != Time{}) {
    const Span interval = now - datasource.last_accept_at;
    datasource.accept_interval = (7 * datasource.accept_interval + interval) / 8;
  }
  datasource.last_accept_at = now;

  const Terms& terms = terms_of(job);
  job.status = Status::kAccepted;
  ++job.attempt;
  job.worker = workers_.acquire(accepted.worker);
  job.request_number = accepted.request_number;
  job.is_out_of_turn = accepted.out_of_turn;
  job.accepted_at = now;
  job.deadline = accepted.deadline;
  job.attempt_until = terms.timeout == Span::zero() ? Time{} : now + terms.timeout;
  job.attempt_log_lines = 0;
  job.progress = 0;
  job.has_message = false;
  job.outcome = {};
  leases_.add(slot);

  Worker& worker = datasource.workers[accepted.worker];
  worker.heard_at = worker.spoke_at = now;
  if (!accepted.out_of_turn) {
    if (worker.request_number != accepted.request_number) {
      worker.request_number = accepted.request_number;
      worker.leases.clear();
    }
    worker.leases.push_back(slot);
  }
}

// Ends the lease; the caller then lets the job wait or finishes it.
void JobTable::end_attempt(Time now, Entry& entry, Slot slot, Ending ending, const Failure* failure,
                           const Hash& said) {
  Job& job = jobs_[slot];
  INVARIANT(job.status == Status::kAccepted, job.id, to_string(job.status));
  leases_.erase(slot);
  Datasource& datasource = datasource_of(job);
  --datasource.running;
  FunctionCounts& counts = counts_of(job);
  --counts.running;
  counts.total.ran += now - job.accepted_at;
  job.deadline = job.attempt_until = job.cancel_until = {};
  job.outcome = said;
  if (failure != nullptr) {
    job.has_failure = true;
  }
  if (job.cancel_sequence != 0) {
    const auto open = datasource.open_cancels.find(job.worker);
    open->second.erase(job.cancel_sequence);
    if (open->second.empty()) {
      datasource.open_cancels.erase(open);
    }
  }
  switch (ending) {
    case Ending::kTimeout:
    case Ending::kFailed: ++job.failures, ++counts.total.errors; break;
    case Ending::kLeaseLost: ++job.lost_leases, ++counts.total.errors; break;
    case Ending::kReleased: ++job.releases, ++counts.total.releases; break;
    case Ending::kComplete:
    case Ending::kForbidden:
    case Ending::kCancelled:
    case Ending::kUndelivered: break;
  }
  entry.ended = EndedAttempt{.attempt = job.attempt,
                             .worker = std::string(worker_of(job)),
                             .accepted_at = job.accepted_at,
                             .ended_at = now,
                             .ending = ending,
                             .code = failure == nullptr ? "" : failure->code,
                             .message = failure == nullptr ? "" : failure->message};
}

void JobTable::finish(Time now, Slot slot, Status status) {
  Job& job = jobs_[slot];
  job.status = status;
  job.is_delayed = false;
  job.not_before = job.expires_at = {};
  job.finished_at = now;
  finished_.add(slot);
  finished_order_.push_back(job.key);
  --live_count_;
  Counters& total = counts_of(job).total;
  switch (status) {
    case Status::kComplete: ++total.complete; break;
    case Status::kFailed: ++total.failed; break;
    case Status::kCancelled: ++total.cancelled; break;
    case Status::kForbidden: ++total.forbidden; break;
    case Status::kSubmitted:
    case Status::kAccepted:
    case Status::kRetrying: INVARIANT(false, job.id);
  }
}

void JobTable::edit(const Edited& edited, Slot slot) {
  Job& job = jobs_[slot];
  INVARIANT(is_waiting(job.status), job.id, to_string(job.status));
  Datasource& datasource = datasource_of(job);
  const bool had_timer = job.timer_place != UINT32_MAX;
  if (had_timer) {
    waiting_.erase(slot);
  }
  if (edited.priority != 0 && edited.priority != job.priority && !job.is_delayed) {
    datasource.ready.remove(slot);
    job.priority = edited.priority;
    make_ready(slot);
  } else if (edited.priority != 0) {
    job.priority = edited.priority;
  }
  if (edited.expires_at != Time{}) {
    job.expires_at = edited.expires_at;
  }
  if (!edited.request.empty()) {
    job.request_bytes = static_cast<std::uint32_t>(edited.request.size());
  }
  if (due_at(job) != Time::max()) {
    waiting_.add(slot);
  }
}

void JobTable::remove(Slot slot) {
  Job& job = jobs_[slot];
  INVARIANT(is_final(job.status), job.id, to_string(job.status));
  Datasource& datasource = datasource_of(job);
  finished_.erase(slot);
  ids_.erase(slot);
  datasource.jobs.erase(job.key.sequence);
  if (job.cancel_sequence != 0) {
    datasource.cancels.erase(job.cancel_sequence);
  }
  const auto of_client = datasource.jobs_of_client.find(job.client);
  of_client->second.jobs.erase(job.key.sequence);
  if (of_client->second.jobs.size() == 0) {
    datasource.jobs_of_client.erase(of_client);
  }
  clients_.release(job.client);
  if (job.function != kNoSlot) {
    functions_.release(job.function);
  }
  if (job.tags != kNoSlot) {
    tags_.release(job.tags);
  }
  terms_.release(job.terms);
  if (job.attempt > 0) {
    workers_.release(job.worker);
    release_token(job.accept_token);
  }
  release_token(job.submit_token);
  if (job.has_links) {
    links_.erase(slot);
  }
  job = Job{};
  free_.push_back(slot);
  trim_finished_order();
}

void JobTable::trim_finished_order() {
  while (!finished_order_.empty() && find(finished_order_.front()) == nullptr) {
    finished_order_.pop_front();
  }
  if (finished_order_.size() > 2 * finished_.size() + 1024) {
    std::erase_if(finished_order_, [this](JobKey key) { return find(key) == nullptr; });
  }
}

Slot JobTable::new_slot() {
  if (free_.empty()) {
    jobs_.emplace_back();
    return static_cast<Slot>(jobs_.size() - 1);
  }
  const Slot slot = free_.back();
  free_.pop_back();
  return slot;
}

void JobTable::index(Slot slot, std::string_view client, std::string_view function,
                     const std::vector<std::string>& tags, const Terms& terms) {
  Job& job = jobs_[slot];
  job.client = clients_.acquire(client);
  job.function = function.empty() ? kNoSlot : functions_.acquire(function);
  job.tags = tags.empty() ? kNoSlot : tags_.acquire(tags);
  job.terms = terms_.acquire(terms);
  ids_.insert(slot);
  Datasource& datasource = datasource_of(job);
  datasource.jobs.append(job.key.sequence, slot);
  datasource.jobs_of_client[job.client].jobs.append(job.key.sequence, slot);
}

std::string_view JobTable::counted_as(const Job& job) const {
  const auto& functions = datasources_[job.key.datasource]->functions;
  const std::string_view name = function_of(job);
  return functions.size() < kFunctionsCountedMax || functions.contains(name) ? name
                                                                             : kOtherFunctions;
}

FunctionCounts& JobTable::counts_of(const Job& job) {
  auto& functions = datasources_[job.key.datasource]->functions;
  const std::string_view name = counted_as(job);
  const auto found = functions.find(name);
  return found != functions.end() ? found->second : functions[std::string(name)];
}

}  // namespace store
