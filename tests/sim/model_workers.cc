// Who works, and what operators tell them.
#include <algorithm>

#include "model.h"

namespace store::sim {
namespace {

using jobq::WorkerOrder;
using jobq::WorkerState;
using namespace std::chrono_literals;

std::vector<std::string> kept_of(const std::vector<std::string>& names) {
  std::vector<std::string> kept;
  std::size_t bytes = 0;
  for (const std::string& name : names) {
    bytes += name.size();
    if (bytes <= 1024) {
      kept.push_back(name);
    }
  }
  return kept;
}

}  // namespace

jobq::WorkerOrder Model::order_for(const ModelDatasource& datasource,
                                   const std::string& worker) const {
  WorkerOrder strictest = mode_.order;
  for (const auto& [name, order] : datasource.orders) {
    if (name.empty() || name == worker) {
      strictest = std::max(strictest, order);
    }
  }
  return strictest;
}

// Who asks with the token that the worker was given jobs with speaks for it.
void Model::ask_about(ModelDatasource& datasource, const Accept& accept) {
  ModelWorker* worker = find_worker(datasource, accept.worker);
  if (worker != nullptr && worker->token == token_) {
    worker->about = accept.about;
    worker->functions = kept_of(accept.functions);
    worker->labels = kept_of(accept.labels);
  }
}

void Model::wake_for_order(const ModelDatasource& datasource, const std::string& worker) {
  for (std::size_t i = 0; i < waiters_.size();) {
    const Waiter waiter = waiters_[i];
    const bool is_worker = waiter.awaited == Awaited::kJobs || waiter.awaited == Awaited::kCancels;
    if (!is_worker || waiter.datasource != datasource.index ||
        (!worker.empty() && waiter.name != worker)) {
      ++i;
      continue;
    }
    waiters_.erase(waiters_.begin() + static_cast<std::ptrdiff_t>(i));
    const WorkerOrder order = order_for(datasource, waiter.name);
    if (waiter.awaited == Awaited::kJobs) {
      answer(waiter.request, AcceptReply{.jobs = {}, .cancels = {}, .order = order});
    } else {
      RenewReply reply = waiter.renewed;
      reply.order = order;
      answer(waiter.request, reply);
    }
  }
}

Model::Answered Model::on(const OrderWorkers& command) {
  if (command.datasource.empty()) {
    if (std::exchange(mode_.order, command.order) != command.order) {
      for (const ModelDatasource& datasource : datasources_) {
        wake_for_order(datasource, {});
      }
    }
    return mode_;
  }
  ModelDatasource& datasource = asked_datasource(command.datasource);
  const bool waits = std::any_of(waiters_.begin(), waiters_.end(), [&](const Waiter& any) {
    return any.awaited == Awaited::kJobs && any.datasource == datasource.index &&
           any.name == command.worker;
  });
  if (!command.worker.empty() && !waits && !datasource.orders.contains(command.worker) &&
      find_worker(datasource, command.worker) == nullptr) {
    throw Refused{Code::kNotFound, "worker", {}};
  }
  const auto found = datasource.orders.find(command.worker);
  const WorkerOrder before = found == datasource.orders.end() ? WorkerOrder::kWork : found->second;
  if (before != command.order) {
    datasource.orders[command.worker] = command.order;
    if (command.order == WorkerOrder::kWork) {
      datasource.orders.erase(command.worker);
    }
    wake_for_order(datasource, command.worker);
  }
  return jobq::StoreMode{mode_.is_paused, command.order};
}

// Those that were silent for a day; the store may take its time.
void Model::hear_silent_workers() {
  for (std::size_t i = 0; i < told_->entries.size(); ++i) {
    const Entry& entry = told_->entries[i];
    const auto* forgotten = std::get_if<WorkerForgotten>(&entry.change);
    if (forgotten == nullptr) {
      continue;
    }
    ModelDatasource& there = datasources_[entry.job.datasource];
    const ModelWorker* worker = find_worker(there, forgotten->name);
    if (worker != nullptr && worker->heard_at + 24h <= now_) {
      told_->forgotten_read.insert(i);
      std::erase_if(there.workers,
                    [&](const ModelWorker& any) { return any.name == forgotten->name; });
    }
  }
}

Model::Answered Model::on(const ListWorkers& list) {
  const ModelDatasource& datasource = asked_datasource(list.datasource);
  std::map<std::string, jobq::WorkerStatus> workers;
  for (const ModelWorker& worker : datasource.workers) {
    if (worker.heard_at + 24h > now_) {
      jobq::WorkerStatus& status = workers[worker.name];
      status.heard_at = worker.heard_at;
      status.about = worker.about;
      status.asks = {worker.functions, worker.labels};
    }
  }
  for (const Waiter& waiter : waiters_) {
    if (waiter.awaited == Awaited::kJobs && waiter.datasource == datasource.index) {
      jobq::WorkerStatus& status = workers[waiter.name];
      status.heard_at = now_;
      status.is_waiting = true;
      status.about = waiter.accept.about;
      status.asks = {kept_of(waiter.accept.functions), kept_of(waiter.accept.labels)};
    }
  }
  for (const ModelJob& job : datasource.jobs) {
    if (job.status() == Status::kAccepted) {
      workers[job.facts.worker].running += 1;
      workers[job.facts.worker].leases.push_back({{job.facts.job, job.facts.attempt},
                                                  job.content.function,
                                                  job.facts.accepted_at,
                                                  view(job).lease_until,
                                                  job.facts.progress});
    }
  }
  WorkersReply reply;
  for (auto& [name, worker] : workers) {
    worker.worker = name;
    worker.order = order_for(datasource, name);
    const bool is_silent =
        !worker.is_waiting && worker.running == 0 && worker.heard_at + 60s <= now_;
    worker.state = is_silent                             ? WorkerState::kLost
                   : worker.order == WorkerOrder::kHalt  ? WorkerState::kHalted
                   : worker.order == WorkerOrder::kDrain ? WorkerState::kDraining
                   : worker.running > 0                  ? WorkerState::kBusy
                                                         : WorkerState::kIdle;
    std::stable_sort(worker.leases.begin(), worker.leases.end(),
                     [](const auto& a, const auto& b) { return a.accepted_at < b.accepted_at; });
    reply.workers.push_back(worker);
  }
  return reply;
}

}  // namespace store::sim
