// What workers ask for.
#include <algorithm>

#include "model.h"
#include "words.h"

namespace store::sim {
namespace {

bool is_one_of(const std::string& function, const std::vector<std::string>& functions) {
  return functions.empty() ||
         std::find(functions.begin(), functions.end(), function) != functions.end();
}

}  // namespace

// ----------------------------------------------------------------------------------------- accept

bool Model::runs_as_many_as_may(const ModelDatasource& datasource) const {
  const std::uint32_t own = datasource.config.running_max;
  const std::uint32_t most = own != 0 ? own : limits_.defaults.running_max;
  return most != 0 && datasource.running() >= most;
}

std::optional<std::size_t> limit_reached(const ModelDatasource& datasource,
                                         const std::string& function) {
  for (const jobq::FunctionLimit& limit : datasource.config.function_limits) {
    const std::size_t running = datasource.count([&](const ModelJob& any) {
      return any.status() == Status::kAccepted && any.content.function == function;
    });
    if (limit.function == function && running >= limit.running_max) {
      return running;
    }
  }
  return std::nullopt;
}

bool fits(const ModelDatasource& datasource, const ModelJob& job, const Accept& accept) {
  const std::vector<std::string>& labels = job.facts.terms->labels;
  return is_one_of(job.content.function, accept.functions) &&
         std::includes(accept.labels.begin(), accept.labels.end(), labels.begin(), labels.end()) &&
         !limit_reached(datasource, job.content.function);
}

bool Model::may_run_more(const ModelDatasource& datasource) const {
  return !mode_.is_paused && !datasource.is_paused() && !runs_as_many_as_may(datasource);
}

ModelJob* Model::best(ModelDatasource& datasource, const std::vector<std::string>& functions,
                      const Accept* accept) {
  const auto may_have = [&](const ModelJob& job) {
    return accept == nullptr ||
           (fits(datasource, job, *accept) &&
            opens_at(start_rate_of_function(datasource, job.content.function)) == Time());
  };
  for (const auto& [level, ring] : datasource.rings) {
    for (const Turn& turn : ring) {
      for (ModelJob& job : datasource.jobs) {
        if (job.is_ready() && datasource.level_of(job) == level &&
            job.facts.client == turn.client && is_one_of(job.content.function, functions) &&
            may_have(job)) {
          return &job;
        }
      }
    }
  }
  return nullptr;
}

ModelJob* Model::next_to_give(ModelDatasource& datasource, const Accept& accept) {
  while (ModelJob* job =
             accept.least_priority == 255 ? nullptr : best(datasource, accept.functions, &accept)) {
    const std::int64_t steps =
        datasource.ageing == Span::zero() ? 0 : now_.time_since_epoch() / datasource.ageing;
    if (datasource.level_of(*job) + steps < accept.least_priority) {
      break;
    }
    const Time opens =
        is_overdue(*job) ? Time() : opens_at(start_rate_of_key(datasource, job->content.turn_key));
    if (is_full(*job) && !is_overdue(*job)) {
      hold_back(*job);
    } else if (opens == Time()) {
      return job;
    } else {
      put_off(*job, opens);
    }
  }
  return nullptr;
}

std::vector<AcceptedView> Model::take_jobs(ModelDatasource& datasource, const Accept& accept) {
  std::vector<AcceptedView> views;
  std::vector<ModelJob*> jobs;
  std::size_t bytes = 0;
  while (jobs.size() < accept.max && may_run_more(datasource) &&
         opens_at(start_rate(datasource)) == Time()) {
    ModelJob* job = next_to_give(datasource, accept);
    // One that has expired is still there while more timers are due than one tick may handle.
    if (job == nullptr || is_overdue(*job)) {
      break;
    }
    AcceptedView told;
    bytes += job->request.size() + tell_responses(*job, told) + kept_bytes(*job);
    if (!jobs.empty() && bytes > limits_.accept_bytes_max) {
      break;
    }
    serve_turn(datasource, *job);
    count_start(*job);
    start_attempt(*job, accept.worker, accept.request_number, accept.lease);
    jobs.push_back(job);
    views.push_back(accepted_view(*job));
  }
  if (!jobs.empty()) {
    ModelWorker& worker = remember(datasource, accept.worker);
    worker.request_number = accept.request_number;
    worker.leases.clear();
    for (const ModelJob* job : jobs) {
      worker.leases.emplace_back(job->sequence(), job->facts.attempt);
    }
    ask_about(datasource, accept);
  }
  return views;
}

void serve_turn(ModelDatasource& datasource, const ModelJob& job) {
  std::vector<Turn>& ring = datasource.rings[datasource.level_of(job)];
  const std::string& client = job.facts.client;
  const auto& weights = datasource.config.weights;
  const auto weight = std::find_if(weights.begin(), weights.end(),
                                   [&](const auto& any) { return any.client == client; });
  const auto turn =
      std::find_if(ring.begin(), ring.end(), [&](const Turn& any) { return any.client == client; });
  turn->served += 1;
  if (turn->served >= (weight == weights.end() ? 1 : weight->weight)) {
    turn->served = 0;
    std::rotate(turn, turn + 1, ring.end());
  }
}

ModelWorker* Model::find_worker(ModelDatasource& datasource, const std::string& name) {
  for (ModelWorker& worker : datasource.workers) {
    if (worker.name == name) {
      return &worker;
    }
  }
  return nullptr;
}

ModelWorker& Model::remember(ModelDatasource& datasource, const std::string& name) {
  ModelWorker* worker = find_worker(datasource, name);
  if (worker == nullptr) {
    if (datasource.workers.size() >= limits_.workers_max) {
      forget_worker(&datasource, limits_.workers_max);
    }
    std::size_t all = 0;
    for (const ModelDatasource& any : datasources_) {
      all += any.workers.size();
    }
    if (all >= limits_.workers_of_all_max) {
      forget_worker(nullptr, limits_.workers_of_all_max);
    }
    worker = &datasource.workers.emplace_back();
    worker->name = name;
  }
  worker->token = token_;
  worker->given_at = now_;
  worker->heard_at = now_;
  return *worker;
}

// The one that was given jobs longest ago makes room, of the asker's own if it has a quarter; among
// several the store chooses.
void Model::forget_worker(const ModelDatasource* datasource, std::size_t max) {
  const auto is_meant = [&](DatasourceIndex index) {
    return datasource == nullptr || index == datasource->index;
  };
  std::vector<const ModelWorker*> all;
  std::vector<const ModelWorker*> own;
  for (const ModelDatasource& any : datasources_) {
    for (const ModelWorker& worker : any.workers) {
      if (is_meant(any.index)) {
        all.push_back(&worker);
        worker.token == token_ ? own.push_back(&worker) : void();
      }
    }
  }
  const auto& meant = own.size() >= std::max<std::size_t>(max / 4, 1) ? own : all;
  for (std::size_t i = 0; i < told_->entries.size(); ++i) {
    const Entry& entry = told_->entries[i];
    const auto* forgotten = std::get_if<WorkerForgotten>(&entry.change);
    if (forgotten == nullptr || !is_meant(entry.job.datasource) ||
        !told_->forgotten_read.insert(i).second) {
      continue;
    }
    ModelDatasource& there = datasources_[entry.job.datasource];
    const ModelWorker* worker = find_worker(there, forgotten->name);
    if (std::find(meant.begin(), meant.end(), worker) == meant.end()) {
      break;
    }
    for (const ModelWorker* other : meant) {
      if (other->given_at < worker->given_at) {
        throw Mismatch("the store forgot " + worker->name + ", but " + other->name +
                       " was given jobs longer ago");
      }
    }
    std::erase_if(there.workers,
                  [&](const ModelWorker& any) { return any.name == forgotten->name; });
    return;
  }
  throw Mismatch("the store did not forget a worker to make room for another");
}

void Model::heard(ModelDatasource& datasource, const std::string& name) {
  if (ModelWorker* worker = find_worker(datasource, name)) {
    worker->heard_at = now_;
  }
}

// Those that were given with the worker's last number and are held. A worker that was forgotten may
// have used the number before; whether a store that has started again still knows, is left open.
AcceptReply Model::leases_given(const ModelDatasource& datasource,
                                const ModelWorker& worker) const {
  std::vector<const ModelJob*> last;
  std::vector<const ModelJob*> all;
  for (const ModelJob& job : datasource.jobs) {
    const std::pair lease(job.sequence(), job.facts.attempt);
    if (!is_held(job, job.facts.attempt)) {
      continue;
    }
    if (std::find(worker.leases.begin(), worker.leases.end(), lease) != worker.leases.end()) {
      last.push_back(&job);
    }
    if (!job.is_out_of_turn && job.facts.worker == worker.name &&
        job.request_number == worker.request_number) {
      all.push_back(&job);
    }
  }
  const auto* told = told_->reply == nullptr ? nullptr : std::get_if<AcceptReply>(told_->reply);
  auto& jobs = told != nullptr && told->jobs.size() == all.size() ? all : last;
  // Their order is not laid down.
  std::sort(jobs.begin(), jobs.end(), [](const ModelJob* a, const ModelJob* b) {
    return a->facts.changed < b->facts.changed;
  });
  AcceptReply reply;
  std::size_t bytes = 0;
  for (const ModelJob* job : jobs) {
    reply.jobs.push_back(accepted_view(*job));
    leave_out(*job, bytes, reply.jobs.back());
  }
  return reply;
}

Model::Answered Model::on(const Accept& asked) {
  Accept accept = asked;
  ModelDatasource* datasource = find(accept.datasource);
  AcceptReply reply;
  if (datasource != nullptr) {
    heard(*datasource, accept.worker);
    ask_about(*datasource, accept);
    const ModelWorker* worker = find_worker(*datasource, accept.worker);
    if (worker != nullptr && accept.request_number < worker->request_number) {
      throw Refused{Code::kConflict, "request number", {}};
    }
    if (worker != nullptr && accept.request_number == worker->request_number) {
      return leases_given(*datasource, *worker);
    }
    const jobq::WorkerOrder order = order_for(*datasource, accept.worker);
    if (accept.order != jobq::WorkerOrder::kUnsaid && accept.order != order) {
      return AcceptReply{.jobs = {}, .cancels = {}, .order = order};
    }
    if (order != jobq::WorkerOrder::kWork) {
      accept.least_priority = 255;
    }
  }
  require_room_for(things_of_attempt(accept.worker, token_, token_), token_);
  if (datasource != nullptr) {
    reply.jobs = take_jobs(*datasource, accept);
  }
  if (!reply.jobs.empty() || accept.wait == Span::zero()) {
    if (datasource != nullptr) {
      give_up(Awaited::kJobs, *datasource, accept.worker);
    }
    return reply;
  }
  if (is_full(Awaited::kJobs, datasource, accept.worker)) {
    throw Refused{Code::kTooMany, "waiters", {}};
  }
  datasource = &found_or_made(accept.datasource);
  give_up(Awaited::kJobs, *datasource, accept.worker);
  return park({.awaited = Awaited::kJobs,
               .request = request_,
               .until = now_ + accept.wait,
               .datasource = datasource->index,
               .name = accept.worker,
               .accept = accept});
}

// ------------------------------------------------------------------------------------------ renew

bool Model::is_held(const ModelJob& job, std::uint32_t attempt) const {
  return job.status() == Status::kAccepted && job.facts.attempt == attempt &&
         now_ < job.facts.lease_until;
}

std::vector<CancelRequest> Model::cancels_of(const ModelDatasource& datasource,
                                             const std::string& worker, Sequence seen) const {
  std::map<Sequence, CancelRequest> notes;
  for (const ModelJob& job : datasource.jobs) {
    if (job.status() == Status::kAccepted && job.facts.worker == worker &&
        job.facts.cancel_until != Time() && job.cancel_sequence > seen) {
      notes[job.cancel_sequence] = {
          {job.facts.job, job.facts.attempt}, job.cancel_sequence, job.facts.cancel_until};
    }
  }
  std::vector<CancelRequest> first;
  for (auto& [sequence, note] : notes) {
    if (first.size() < limits_.items_max) {
      first.push_back(note);
    }
  }
  return first;
}

Model::Answered Model::on(const Renew& renew) {
  RenewReply reply;
  ModelDatasource* datasource = find(renew.datasource);
  for (const Lease& lease : renew.leases) {
    ModelJob* job = datasource == nullptr ? nullptr : find(*datasource, lease.job);
    if (job == nullptr || !is_held(*job, lease.attempt)) {
      reply.leases.emplace_back();
      continue;
    }
    heard(*datasource, job->facts.worker);
    this->lease(*job, renew.lease);
    reply.leases.emplace_back(
        RenewReply::Held{job->facts.lease_until, job->facts.cancel_until != Time()});
  }
  const bool may_wait =
      renew.wait != Span::zero() && !is_full(Awaited::kCancels, nullptr, renew.worker);
  if (datasource == nullptr && may_wait && may_make_datasource()) {
    datasource = &found_or_made(renew.datasource);
  }
  if (renew.worker.empty() || datasource == nullptr) {
    return reply;
  }
  heard(*datasource, renew.worker);
  reply.cancels = cancels_of(*datasource, renew.worker, renew.seen);
  give_up(Awaited::kCancels, *datasource, renew.worker);
  const jobq::WorkerOrder order = order_for(*datasource, renew.worker);
  if (!may_wait || !reply.cancels.empty() ||
      (renew.order != jobq::WorkerOrder::kUnsaid && renew.order != order)) {
    reply.order = order;
    return reply;
  }
  return park({.awaited = Awaited::kCancels,
               .request = request_,
               .until = now_ + renew.wait,
               .datasource = datasource->index,
               .name = renew.worker,
               .renewed = std::move(reply)});
}

std::size_t Model::waiter_count() const {
  return static_cast<std::size_t>(
      std::count_if(waiters_.begin(), waiters_.end(),
                    [](const Waiter& any) { return any.awaited != Awaited::kRemoval; }));
}

}  // namespace store::sim
