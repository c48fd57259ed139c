// Who works for a datasource, and what operators tell them.
#include <algorithm>

#include "apply.h"
#include "job_view.h"

namespace store {
namespace {

constexpr std::size_t kLeasesShownMax = 100;          // of one worker
constexpr std::size_t kLeasesShownOfAllMax = 10'000;  // so that the reply fits into a frame
constexpr std::size_t kAboutBytesShownMax = 2u << 20;

using Statuses = std::map<std::string, jobq::WorkerStatus, std::less<>>;

void add_running(const Context& context, const Datasource& datasource, Statuses& workers) {
  std::vector<const Job*> running;
  for (const auto& [due, slot] : context.state.jobs.leases().rows()) {
    const Job& job = context.state.jobs.at(slot);
    if (job.key.datasource == datasource.index &&
        context.is_for(context.state.names.function_of(job))) {
      running.push_back(&job);
    }
  }
  std::sort(running.begin(), running.end(), [](const Job* a, const Job* b) {
    return std::pair(a->accepted_at, a->key) < std::pair(b->accepted_at, b->key);
  });
  std::size_t shown = 0;
  for (const Job* job : running) {
    jobq::WorkerStatus& worker = workers[std::string(context.state.names.worker_of(*job))];
    ++worker.running;
    if (worker.leases.size() < kLeasesShownMax && shown < kLeasesShownOfAllMax) {
      worker.leases.push_back({.lease = {job->id, job->attempt},
                               .function = std::string(context.state.names.function_of(*job)),
                               .accepted_at = job->accepted_at,
                               .lease_until = due_at(*job),
                               .progress = job->progress});
      ++shown;
    }
  }
}

// Of those that wait: what they ask with. Of others, and what of the connection: their rows.
void add_known(const Context& context, const Datasource& datasource, Statuses& workers,
               std::size_t& bytes_left) {
  const auto tell = [&](jobq::WorkerStatus& status, const jobq::WorkerAbout& about,
                        jobq::WorkerAsks asks) {
    std::size_t bytes = about.host.size() + about.version.size() + 64;
    for (const auto* names : {&asks.functions, &asks.labels}) {
      for (const std::string& name : *names) {
        bytes += name.size() + 16;
      }
    }
    if (bytes <= bytes_left) {
      bytes_left -= bytes;
      status.about = about;
      status.asks = std::move(asks);
    }
  };
  for (const Accept* accept : context.waiters.accepts(datasource.index)) {
    jobq::WorkerStatus& status = workers[accept->worker];
    status.is_waiting = true;
    status.heard_at = context.now;
    tell(status, accept->about,
         {Workers::first_of(accept->functions), Workers::first_of(accept->labels)});
  }
  for (const auto& [name, worker] : datasource.workers.all()) {
    if (worker.spoke_at + kWorkerIsKnown <= context.now) {
      continue;
    }
    jobq::WorkerStatus& status = workers[name];
    status.state = worker.gone_at == Time{} ? status.state : jobq::WorkerState::kLost;
    if (!status.is_waiting) {
      status.heard_at = worker.spoke_at;
      tell(status, worker.about, worker.asks);
    }
  }
}

jobq::WorkerState state_of(const Context& context, const jobq::WorkerStatus& worker) {
  using jobq::WorkerOrder;
  using jobq::WorkerState;
  const bool is_silent =
      !worker.is_waiting && worker.running == 0 && worker.heard_at + kWorkerIsNear <= context.now;
  if (worker.state == WorkerState::kLost || is_silent) {
    return WorkerState::kLost;
  }
  if (worker.order != WorkerOrder::kWork) {
    return worker.order == WorkerOrder::kHalt ? WorkerState::kHalted : WorkerState::kDraining;
  }
  return worker.running > 0 ? WorkerState::kBusy : WorkerState::kIdle;
}

bool is_known(const Context& context, DatasourceIndex datasource, const std::string& worker) {
  const Datasource& there = context.state.datasource(datasource);
  return there.workers.find(worker) != nullptr || there.orders.contains(worker) ||
         context.waiters.find_for_jobs(datasource, worker) != nullptr;
}

Answer order_all(Context& context, jobq::WorkerOrder order) {
  if (context.state.order != order) {
    context.record({}, StoreOrdered{order});
    for (DatasourceIndex i = 0; i < context.state.datasource_count(); ++i) {
      context.tell_orders(i, {});
    }
  }
  return jobq::StoreMode{context.state.is_paused, order};
}

}  // namespace

jobq::WorkerOrder order_for(const State& state, DatasourceIndex datasource,
                            std::string_view worker) {
  jobq::WorkerOrder strictest = state.order;
  const auto& orders = state.datasources[datasource]->orders;
  if (!orders.empty()) {
    for (const std::string_view name : {std::string_view(), worker}) {
      if (const auto found = orders.find(name); found != orders.end()) {
        strictest = std::max(strictest, found->second);
      }
    }
  }
  return strictest;
}

Answer apply(Context& context, const Datasource& datasource, const ListWorkers&) {
  Statuses workers;
  std::size_t bytes_left = kAboutBytesShownMax;
  add_known(context, datasource, workers, bytes_left);
  add_running(context, datasource, workers);
  WorkersReply reply;
  for (auto& [name, worker] : workers) {
    worker.worker = name;
    worker.order = order_for(context.state, datasource.index, name);
    worker.state = state_of(context, worker);
    reply.workers.push_back(std::move(worker));
  }
  return reply;
}

Answer apply(Context& context, const OrderWorkers& command) {
  if (command.datasource.empty()) {
    return order_all(context, command.order);
  }
  const auto index = context.state.find_datasource(command.datasource);
  if (!index) {
    return unknown_datasource();
  }
  const auto& orders = context.state.datasource(*index).orders;
  if (!command.worker.empty() && !is_known(context, *index, command.worker)) {
    return Refused{Code::kNotFound, "worker: there is no " + command.worker};
  }
  const auto found = orders.find(command.worker);
  const bool ends = command.order == jobq::WorkerOrder::kWork;
  if (!ends && found == orders.end() && orders.size() >= jobq::limits::kOrderedWorkersMax) {
    return Refused{Code::kTooMany, "worker: more than " +
                                       std::to_string(jobq::limits::kOrderedWorkersMax) +
                                       " of the datasource are told something"};
  }
  if (ends ? found != orders.end() : found == orders.end() || found->second != command.order) {
    context.record({.datasource = *index}, WorkerOrdered{command.worker, command.order});
    context.tell_orders(*index, command.worker);
  }
  return jobq::StoreMode{context.state.is_paused, command.order};
}

}  // namespace store
