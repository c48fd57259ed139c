#include "hand_out.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "job_view.h"
#include "start_rates.h"
#include "timers.h"

namespace store {
namespace {

// Forgets workers of these datasources that were silent longest, of a full table of `max`: the
// asker's own, if it has a quarter of them. Several at a time, for all have to be looked at.
void forget_workers(Context& context, DatasourceIndex first, DatasourceIndex end, std::size_t max) {
  struct Row {
    Time heard_at;
    DatasourceIndex datasource;
    const std::string* name;
    bool operator<(const Row& other) const {
      return std::tie(heard_at, datasource, *name) <
             std::tie(other.heard_at, other.datasource, *other.name);
    }
  };
  std::vector<Row> all;
  std::vector<Row> own;
  for (DatasourceIndex i = first; i < end; ++i) {
    for (const auto& [name, worker] : context.state.datasource(i).workers.all()) {
      all.push_back({worker.heard_at, i, &name});
      if (worker.token == context.token()) {
        own.push_back(all.back());
      }
    }
  }
  std::vector<Row>& rows = own.size() >= std::max<std::size_t>(max / 4, 1) ? own : all;
  const auto count = std::min(rows.size(), std::max<std::size_t>(max / 64, 1));
  const auto last = rows.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(rows.begin(), last, rows.end());
  for (auto row = rows.begin(); row != last; ++row) {
    context.record({.datasource = row->datasource}, WorkerForgotten{*row->name});
  }
}

void make_room_for(Context& context, DatasourceIndex datasource, const std::string& worker) {
  const Limits& limits = context.limits;
  const Workers& workers = context.state.datasource(datasource).workers;
  if (workers.find(worker) != nullptr) {
    return;
  }
  if (workers.all().size() >= limits.workers_max) {
    forget_workers(context, datasource, datasource + 1, limits.workers_max);
  }
  if (context.state.worker_rows.all().count >= limits.workers_of_all_max) {
    forget_workers(context, 0, static_cast<DatasourceIndex>(context.state.datasource_count()),
                   limits.workers_of_all_max);
  }
}

bool hands_out(const Context& context, const Datasource& datasource) {
  return !context.state.is_paused && !datasource.is_paused() && !datasource.ready.empty() &&
         may_run_more(context, datasource) && opens_at(context, start_rate(datasource)) == Time{};
}

// The job that goes next, of these kinds; nullptr: none does. REQUIRES: hands_out().
const Job* best_of(const Context& context, const Datasource& datasource,
                   const std::vector<KindIndex>& kinds) {
  Slot best = kNoSlot;
  if (datasource.config.function_limits.empty() && datasource.config.function_rates.empty()) {
    best = datasource.ready.best(kinds);
  } else {
    std::vector<KindIndex> open = kinds.empty() ? datasource.ready.kinds() : kinds;
    std::erase_if(open, [&](KindIndex kind) {
      const NameIndex function = context.state.names.function_of(kind);
      return !may_run_more_of(context.state, datasource, function) ||
             opens_at(context, start_rate_of_function(
                                   datasource, context.state.names.function(function))) != Time{};
    });
    best = open.empty() ? kNoSlot : datasource.ready.best(open);
  }
  const Job* job = best == kNoSlot ? nullptr : &context.state.jobs.at(best);
  return job == nullptr || is_overdue(context.now, *job) ? nullptr : job;
}

// The same; those that the rate of their key holds back are put off, and those of tokens that have
// as many running as may are held back.
// None that counts as of less than `least_priority`: the best counts as of the highest.
const Job* next_of(Context& context, const Datasource& datasource,
                   const std::vector<KindIndex>& kinds, unsigned least_priority) {
  while (const Job* job = best_of(context, datasource, kinds)) {
    if (datasource.ready.counts_as(*job, context.now) < least_priority) {
      break;
    }
    const auto rate = start_rate_of_key(datasource, context.state.names.turn_key_of(*job));
    if (context.state.held_back.is_full(*job)) {
      context.record(job->key, HeldBack{});
    } else if (const Time opens = opens_at(context, rate); opens != Time{}) {
      context.record(job->key, PutOff{opens});
    } else {
      return job;
    }
    if (datasource.ready.empty()) {
      break;
    }
  }
  return nullptr;
}

}  // namespace

bool may_run_more(const Context& context, const Datasource& datasource) {
  const std::size_t max =
      first_set(datasource.config.running_max, context.limits.defaults.running_max);
  return max == 0 || datasource.running < max;
}

bool may_run_more_of(const State& state, const Datasource& datasource, NameIndex function) {
  const std::uint32_t max = running_max_of(datasource.config, state.names.function(function));
  return max == 0 || datasource.count_running(function) < max;
}

ReadyQueue::Weights weights_of(const State& state, const Datasource& datasource) {
  ReadyQueue::Weights weights;
  for (const auto& [client, weight] : datasource.config.weights) {
    weights.emplace(state.names.find_client(client), weight);
  }
  return weights;
}

std::optional<std::vector<KindIndex>> kinds_of(const Context& context, const Datasource& datasource,
                                               const std::vector<std::string>& functions,
                                               const std::vector<std::string>* labels,
                                               bool is_for_any) {
  const JobNames& names = context.state.names;
  const bool is_pattern = functions.size() == 1 && functions[0].ends_with('*');
  if (!is_pattern && !datasource.ready.has_labelled()) {
    auto found = names.find_functions(functions);
    return found.empty() && !functions.empty() ? std::nullopt : std::optional(std::move(found));
  }
  std::vector<KindIndex> found = datasource.ready.kinds();
  std::erase_if(found, [&](KindIndex kind) {
    const bool has_labels = labels == nullptr || has_all(*labels, names.labels_of(kind));
    return !has_labels || !asks_for(names, kind, functions, is_for_any);
  });
  return found.empty() ? std::nullopt : std::optional(std::move(found));
}

bool has_all(const std::vector<std::string>& labels, const std::vector<std::string>& wanted) {
  return std::includes(labels.begin(), labels.end(), wanted.begin(), wanted.end());
}

bool asks_for(const JobNames& names, KindIndex kind, const std::vector<std::string>& functions,
              bool is_for_any) {
  const auto is_among = [&](std::string_view function) {
    return std::any_of(functions.begin(), functions.end(),
                       [&](std::string_view pattern) { return fits_one(function, pattern); });
  };
  if (functions.empty() || is_among(names.function(names.function_of(kind)))) {
    return true;
  }
  const auto& labels = names.labels_of(kind);
  return is_for_any && std::any_of(labels.begin(), labels.end(), [&](const std::string& label) {
           return label.starts_with(kRunCode) && is_among(label);
         });
}

bool has_job_for(Context& context, DatasourceIndex index, const Waiters::Wanted& wanted) {
  const Datasource& datasource = context.state.datasource(index);
  if (wanted.least_priority == kNoPriority || !hands_out(context, datasource)) {
    return false;
  }
  const auto kinds =
      kinds_of(context, datasource, wanted.functions, &wanted.labels, wanted.is_for_any);
  return kinds && next_of(context, datasource, *kinds, wanted.least_priority) != nullptr;
}

AcceptReply give_jobs(Context& context, DatasourceIndex index, const Accept& accept) {
  make_room_for(context, index, accept.worker);
  AcceptReply reply;
  std::size_t bytes = 0;
  const Datasource& datasource = context.state.datasource(index);
  const Time deadline = lease_end(context, datasource, accept.lease);
  // What is given leaves the queue, and nothing enters it meanwhile.
  const auto kinds =
      kinds_of(context, datasource, accept.functions, &accept.labels, accept.is_for_any);
  while (kinds && reply.jobs.size() < accept.max && hands_out(context, datasource)) {
    const Job* const next = next_of(context, datasource, *kinds, accept.least_priority);
    bytes += next == nullptr ? 0 : next->request_bytes + told_bytes_of(context, *next);
    if (next == nullptr || (bytes > context.limits.accept_bytes_max && !reply.jobs.empty())) {
      break;
    }
    const Job& job = *next;
    count_start(context, job);
    context.record(job.key, Accepted{.worker = accept.worker,
                                     .request_number = accept.request_number,
                                     .deadline = deadline,
                                     .caveats = std::string(context.caveats())});
    reply.jobs.push_back(accepted_view_of(context, job));
  }
  context.note_asked(index, accept);
  return reply;
}

void give_job(Context& context, const Job& job, const AcceptOne& accept) {
  make_room_for(context, job.key.datasource, accept.worker);
  const Datasource& datasource = context.state.datasource(job.key.datasource);
  count_start(context, job);
  context.record(job.key, Accepted{.worker = accept.worker,
                                   .request_number = accept.request_number,
                                   .deadline = lease_end(context, datasource, accept.lease),
                                   .out_of_turn = true,
                                   .caveats = std::string(context.caveats())});
}

const Job* leased_job(const Context& context, DatasourceIndex datasource, const Lease& lease) {
  const Job* job = context.state.find(datasource, lease.job);
  return job != nullptr && holds(context, *job, lease) &&
                 context.is_for(context.state.names.function_of(*job))
             ? job
             : nullptr;
}

bool holds(const Context& context, const Job& job, const Lease& lease) {
  return job.status == Status::kAccepted && job.attempt == lease.attempt &&
         context.now < due_at(job);
}

Time lease_end(const Context& context, const Datasource& datasource, Span wanted) {
  return context.now + first_set(wanted, datasource.config.lease, context.limits.defaults.lease);
}

}  // namespace store
