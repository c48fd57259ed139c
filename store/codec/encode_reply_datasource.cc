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
    jobq::wire::write(*terms.backoff, out.initBackoff());
  }
}

}  // namespace

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

}  // namespace store
