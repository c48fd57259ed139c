#include <algorithm>

#include "encode_reply_parts.h"

namespace store {
namespace {

void fill(protocol::Terms::Builder out, const SaidTerms& terms) {
  out.setKeepForMs(ms(terms.keep_for));
  out.setValidForMs(ms(terms.valid_for));
  out.setTimeoutMs(ms(terms.timeout));
  out.setFailuresMax(terms.failures_max);
  out.setLostLeasesMax(terms.lost_leases_max);
  out.setReleasesMax(terms.releases_max);
  if (terms.backoff) {
    fill(out.initBackoff(), *terms.backoff);
  }
}

void fill(protocol::Counters::Builder out, const Counters& counters) {
  out.setSubmitted(counters.submitted);
  out.setRuns(counters.runs);
  out.setComplete(counters.complete);
  out.setFailed(counters.failed);
  out.setCancelled(counters.cancelled);
  out.setForbidden(counters.forbidden);
  out.setErrors(counters.errors);
  out.setReleases(counters.releases);
  out.setWaitMs(ms(counters.waited));
  out.setRunMs(ms(counters.ran));
}

}  // namespace

void fill(protocol::Backoff::Builder out, const Backoff& backoff) {
  out.setInitialMs(ms(backoff.initial));
  out.setFactorPercent(backoff.factor_percent);
  out.setMaxMs(ms(backoff.max));
  out.setJitterPercent(backoff.jitter_percent);
}

void fill(protocol::DatasourceConfig::Builder out, const ConfigReply& configured) {
  const DatasourceConfig& config = configured.config;
  out.setDatasource(text(configured.datasource));
  set(out, &protocol::DatasourceConfig::Builder::setDescription, config.description);
  out.setPriority(config.priority);
  if (config.terms != SaidTerms()) {
    fill(out.initTerms(), config.terms);
  }
  out.setLeaseMs(static_cast<std::uint32_t>(config.lease.count()));
  out.setCancelGraceMs(static_cast<std::uint32_t>(config.cancel_grace.count()));
  out.setWaitingMax(config.waiting_max);
  out.setWaitingPerClientMax(config.waiting_per_client_max);
  out.setRunningMax(config.running_max);
  if (!config.weights.empty()) {
    auto weights = out.initWeights(size_of(config.weights));
    unsigned i = 0;
    for (const auto& [client, weight] : config.weights) {
      weights[i].setClient(text(client));
      weights[i].setWeight(weight);
      ++i;
    }
  }
  if (!config.costs.empty()) {
    auto costs = out.initCosts(size_of(config.costs));
    unsigned i = 0;
    for (const auto& [function, cost] : config.costs) {
      costs[i].setFunction(text(function));
      costs[i].setCost(cost);
      ++i;
    }
  }
  out.setMode(static_cast<protocol::Mode>(configured.mode));
}

void fill(protocol::DatasourceStats::Builder out, const DatasourceStats& stats) {
  out.setDatasource(text(stats.datasource));
  out.setMode(static_cast<protocol::Mode>(stats.mode));
  out.setReady(stats.ready);
  out.setDelayed(stats.delayed);
  out.setRunning(stats.running);
  out.setFinished(stats.finished);
  out.setClients(stats.clients);
  out.setWorkersWaiting(stats.workers_waiting);
  out.setOldestReadyAt(ms(stats.oldest_ready));
  fill(out.initTotal(), stats.total);
  auto functions = out.initFunctions(size_of(stats.functions));
  for (unsigned i = 0; i < functions.size(); ++i) {
    const FunctionStats& function = stats.functions[i];
    set(functions[i], &protocol::FunctionStats::Builder::setFunction, function.function);
    functions[i].setWaiting(function.waiting);
    functions[i].setRunning(function.running);
    functions[i].setOldestReadyAt(ms(function.oldest_ready));
    fill(functions[i].initTotal(), function.total);
  }
}

void fill(protocol::WorkerStatus::Builder out, const WorkersReply::Worker& worker) {
  out.setWorker(text(worker.name));
  out.setHeardAt(ms(worker.heard_at));
  out.setIsWaiting(worker.is_waiting);
  out.setRunning(worker.running);
  auto leases = out.initLeases(size_of(worker.jobs));
  for (unsigned i = 0; i < leases.size(); ++i) {
    const JobView& job = worker.jobs[i];
    leases[i].getLease().setJob(text(job.id));
    leases[i].getLease().setAttempt(job.attempt);
    set(leases[i], &protocol::RunningJob::Builder::setFunction, job.function);
    leases[i].setAcceptedAt(ms(job.accepted_at));
    leases[i].setLeaseUntil(ms(job.deadline));
    leases[i].setProgress(job.progress);
  }
}

void fill(protocol::TokenUse::Builder out, const TokensReply::Token& token) {
  out.setId(text(token.id));
  out.setWaiting(token.waiting);
  out.setRunning(token.running);
  const auto counted = std::count_if(token.used.begin(), token.used.end(),
                                     [](const auto& used) { return used.has_value(); });
  auto rates = out.initRates(static_cast<unsigned>(counted));
  unsigned to = 0;
  for (std::size_t i = 0; i < kRateSpanCount; ++i) {
    if (token.used[i]) {
      rates[to].setUnit(std::string(1, letter_of(static_cast<RateSpan>(i))).c_str());
      rates[to].setUsed(*token.used[i]);
      ++to;
    }
  }
  out.setIsRevoked(token.revoked.has_value());
  out.setRevokedUntil(token.revoked ? ms(token.revoked->until) : 0);
}

void fill(protocol::StoreStatus::Builder out, const StoreStatus& status) {
  out.setVersion(text(status.version));
  out.setName(text(status.name));
  out.setUptimeMs(ms(status.uptime));
  out.setNow(ms(status.now));
  out.setDurability("synced");
  const auto fill_list = [](capnp::List<capnp::Text>::Builder list,
                            const std::vector<std::string>& texts) {
    for (unsigned i = 0; i < list.size(); ++i) {
      list.set(i, text(texts[i]));
    }
  };
  fill_list(out.initRequestEndpoints(size_of(status.request_endpoints)), status.request_endpoints);
  fill_list(out.initDriverEndpoints(size_of(status.driver_endpoints)), status.driver_endpoints);
  fill_list(out.initStatusEndpoints(size_of(status.status_endpoints)), status.status_endpoints);
}

void fill(protocol::StoreStats::Builder out, const StoreStats& stats) {
  out.setRequests(stats.requests);
  out.setRefusals(stats.refusals);
  out.setRepliesDropped(stats.replies_dropped);
  out.setTurns(stats.turns);
  out.setCommits(stats.commits);
  out.setSyncs(stats.syncs);
  out.setJournalBytes(stats.journal_bytes);
  out.setDerivedBytes(stats.derived_bytes);
  out.setWalBytes(stats.wal_bytes);
  out.setFlushBytes(stats.flush_bytes);
  out.setCompactionBytes(stats.compaction_bytes);
  out.setJobsLive(stats.jobs_live);
  out.setJobsFinished(stats.jobs_finished);
  out.setWaitersParked(stats.waiters_parked);
  out.setTopics(stats.topics);
  out.setSubscribers(stats.subscribers);
  out.setFramesSent(stats.frames_sent);
  out.setFramesLost(stats.frames_lost);
  out.setRepairs(stats.repairs);
  out.setSubscriptionsIgnored(stats.subscriptions_ignored);
}

}  // namespace store
