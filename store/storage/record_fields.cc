#include "record_fields.h"

#include <algorithm>
#include <cstring>

namespace store {

Hash hash_of(capnp::Data::Reader in) {
  Hash hash{};
  if (in.size() == hash.size()) {
    std::copy(in.begin(), in.end(), hash.begin());
  }
  return hash;
}

void fill(record::Failure::Builder out, const Failure& failure) {
  out.setCode(text(failure.code));
  out.setMessage(text(failure.message));
  out.setDetail(text(failure.detail));
}
Failure failure_of(record::Failure::Reader in) {
  return {text_of(in.getCode()), text_of(in.getMessage()), text_of(in.getDetail())};
}

void fill(record::Payload::Builder out, const Payload& payload) {
  out.setRequest(text(payload.request));
  if (is_said(payload.trace)) {
    out.setTrace(text(payload.trace));
  }
}
Payload payload_of(record::Payload::Reader in) {
  return {text_of(in.getRequest()), text_of(in.getTrace())};
}

namespace {

// Of Terms and SaidTerms.
template <typename SomeTerms>
void fill_limits(record::Terms::Builder out, const SomeTerms& terms) {
  out.setKeepFor(ms(terms.keep_for));
  out.setValidFor(ms(terms.valid_for));
  out.setTimeout(ms(terms.timeout));
  out.setFailuresMax(terms.failures_max);
  out.setLostLeasesMax(terms.lost_leases_max);
  out.setReleasesMax(terms.releases_max);
}
template <typename SomeTerms>
void read_limits(record::Terms::Reader in, SomeTerms& terms) {
  terms.keep_for = Span(in.getKeepFor());
  terms.valid_for = Span(in.getValidFor());
  terms.timeout = Span(in.getTimeout());
  terms.failures_max = in.getFailuresMax();
  terms.lost_leases_max = in.getLostLeasesMax();
  terms.releases_max = in.getReleasesMax();
}

void fill_backoff(record::Terms::Builder out, const Backoff& backoff) {
  out.setBackoffInitial(ms(backoff.initial));
  out.setBackoffMax(ms(backoff.max));
  out.setBackoffFactorPercent(backoff.factor_percent);
  out.setBackoffJitterPercent(backoff.jitter_percent);
}
Backoff backoff_of(record::Terms::Reader in) {
  return {Span(in.getBackoffInitial()), Span(in.getBackoffMax()), in.getBackoffFactorPercent(),
          in.getBackoffJitterPercent()};
}

}  // namespace

void fill(record::Terms::Builder out, const Terms& terms) {
  fill_limits(out, terms);
  fill_backoff(out, terms.backoff);
}
Terms terms_of(record::Terms::Reader in) {
  Terms terms;
  read_limits(in, terms);
  terms.backoff = backoff_of(in);
  return terms;
}

void fill(record::DatasourceConfig::Builder out, const DatasourceConfig& config) {
  out.setDescription(text(config.description));
  out.setPriority(config.priority);
  fill_limits(out.initTerms(), config.terms);
  if (config.terms.backoff) {
    out.setHasBackoff(true);
    fill_backoff(out.getTerms(), *config.terms.backoff);
  }
  out.setLeaseMs(static_cast<std::uint32_t>(config.lease.count()));
  out.setCancelGraceMs(static_cast<std::uint32_t>(config.cancel_grace.count()));
  out.setWaitingMax(config.waiting_max);
  out.setWaitingPerClientMax(config.waiting_per_client_max);
  out.setRunningMax(config.running_max);
  auto weights = out.initWeights(static_cast<unsigned>(config.weights.size()));
  unsigned i = 0;
  for (const auto& [client, weight] : config.weights) {
    weights[i].setClient(text(client));
    weights[i].setWeight(weight);
    ++i;
  }
  if (config.costs.empty()) {
    return;
  }
  auto costs = out.initCosts(static_cast<unsigned>(config.costs.size()));
  i = 0;
  for (const auto& [function, cost] : config.costs) {
    costs[i].setFunction(text(function));
    costs[i].setCost(cost);
    ++i;
  }
}
DatasourceConfig config_of(record::DatasourceConfig::Reader in) {
  DatasourceConfig config;
  config.description = text_of(in.getDescription());
  config.priority = in.getPriority();
  read_limits(in.getTerms(), config.terms);
  if (in.getHasBackoff()) {
    config.terms.backoff = backoff_of(in.getTerms());
  }
  config.lease = Span(in.getLeaseMs());
  config.cancel_grace = Span(in.getCancelGraceMs());
  config.waiting_max = in.getWaitingMax();
  config.waiting_per_client_max = in.getWaitingPerClientMax();
  config.running_max = in.getRunningMax();
  for (const auto weight : in.getWeights()) {
    config.weights.emplace(text_of(weight.getClient()), weight.getWeight());
  }
  for (const auto cost : in.getCosts()) {
    config.costs.emplace(text_of(cost.getFunction()), cost.getCost());
  }
  return config;
}

void fill_texts(capnp::List<capnp::Text>::Builder out, const std::vector<std::string>& texts) {
  for (unsigned i = 0; i < out.size(); ++i) {
    out.set(i, text(texts[i]));
  }
}
std::vector<std::string> texts_of(capnp::List<capnp::Text>::Reader in) {
  std::vector<std::string> texts;
  texts.reserve(in.size());
  for (const auto one : in) {
    texts.push_back(text_of(one));
  }
  return texts;
}

std::string bytes_of(capnp::MessageBuilder& message) {
  std::string bytes(capnp::computeSerializedSizeInWords(message) * sizeof(capnp::word), '\0');
  kj::ArrayOutputStream out(kj::arrayPtr(reinterpret_cast<kj::byte*>(bytes.data()), bytes.size()));
  capnp::writeMessage(out, message);
  return bytes;
}

std::vector<capnp::word> words_of(std::string_view record) {
  std::vector<capnp::word> words(record.size() / sizeof(capnp::word));
  if (!words.empty()) {
    std::memcpy(words.data(), record.data(), words.size() * sizeof(capnp::word));
  }
  return words;
}

}  // namespace store
