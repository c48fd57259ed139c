#include "metrics.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "answers.h"
#include "jobq/admin_requests.h"
#include "jobq/requests.h"

namespace gateway {
namespace {

constexpr const char* kText = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace

// One answer as it comes together.
struct Metrics::Scrape {
  std::string token;
  MetricsText metrics{};
  std::vector<jobq::DatasourceStats> datasources{};
  jobq::Time now{};
  std::optional<Answer> refused{};

  // Null where the store refused.
  template <class T>
  const T* value_in(const jobq::Answer<T>& answer) {
    if (answer.has_value()) return &answer.value();
    refused = answer_of(answer.error());
    return nullptr;
  }
};

kj::Promise<Reply> Metrics::answer(const std::string& token) {
  auto scrape = kj::heap<Scrape>(Scrape{.token = token});
  measure_gateway(scrape->metrics);
  kj::Promise<void> asked = token.empty() ? kj::Promise<void>(kj::READY_NOW) : ask_stats(*scrape);
  return asked.then([scrape = kj::mv(scrape)]() mutable {
    if (scrape->refused && scrape->refused->code != 503) {
      return refusal(scrape->refused->code, scrape->refused->error);
    }
    if (!scrape->token.empty()) {
      scrape->metrics.gauge("jobq_store_up", "The store answers.", {}, scrape->refused ? 0 : 1);
    }
    return Reply{.type = kText, .body = scrape->metrics.text()};
  });
}

void Metrics::measure_gateway(MetricsText& metrics) const {
  const Counters& own = parts_.counters;
  for (std::size_t i = 1; i < own.replies.size(); ++i) {
    metrics.counter("jobq_http_replies", "Replies by the first digit of their code.",
                    {{"code", std::to_string(i) + "xx"}}, static_cast<double>(own.replies[i]));
  }
  metrics.histogram("jobq_http_reply_seconds",
                    "From the head of a request to its reply, with what it asked to wait.", {},
                    own.reply_times, static_cast<double>(own.replied.count()) / 1000, 1);
  const auto count = [&](const char* name, const char* help, std::uint64_t value) {
    metrics.counter(name, help, {}, static_cast<double>(value));
  };
  const auto level = [&](const char* name, const char* help, std::size_t value) {
    metrics.gauge(name, help, {}, static_cast<double>(value));
  };
  count("jobq_http_accepted", "Connections.", own.connections);
  count("jobq_http_refused", "Connections beyond as many as may be.", own.connections_refused);
  count("jobq_http_begun_streams", "Event streams.", own.streams);
  count("jobq_http_slow_streams", "Event streams that ended, for who read was too slow.",
        own.streams_slow);
  level("jobq_http_connections", "Connections right now.", own.connections_now);
  level("jobq_http_streams", "Event streams right now.", own.streams_now);
  level("jobq_http_questions", "Questions to the store that are under way.",
        parts_.calls.under_way());
  level("jobq_http_held_bytes", "Of bodies and answers in memory.", parts_.held.bytes());
}

kj::Promise<void> Metrics::ask_stats(Scrape& scrape) {
  return parts_.calls.ask(jobq::requests::store_stats(), scrape.token)
      .then([this, &scrape](const jobq::Answer<jobq::StoreStats>& answer) -> kj::Promise<void> {
        const auto* stats = scrape.value_in(answer);
        if (stats == nullptr) return kj::READY_NOW;
        measure(scrape.metrics, *stats);
        return parts_.calls.ask(jobq::requests::store_status(), {})
            .then([this,
                   &scrape](const jobq::Answer<jobq::StoreStatus>& status) -> kj::Promise<void> {
              const auto* told = scrape.value_in(status);
              if (told == nullptr) return kj::READY_NOW;
              scrape.now = told->now;
              return ask_datasources(scrape);
            });
      });
}

kj::Promise<void> Metrics::ask_datasources(Scrape& scrape) {
  return parts_.calls.ask(jobq::admin_requests::stats(), scrape.token)
      .then([this, &scrape](const jobq::Answer<std::vector<jobq::DatasourceStats>>& answer)
                -> kj::Promise<void> {
        const auto* all = scrape.value_in(answer);
        if (all == nullptr) return kj::READY_NOW;
        scrape.metrics.gauge("jobq_store_datasources", "Datasources, also those left out here.", {},
                             static_cast<double>(all->size()));
        scrape.datasources = *all;
        scrape.datasources.resize(std::min(all->size(), parts_.settings.metrics_datasources_max));
        return ask_functions(scrape, 0);
      });
}

// One after the other: who scrapes has time, and the store has others to answer.
kj::Promise<void> Metrics::ask_functions(Scrape& scrape, std::size_t place) {
  if (place == scrape.datasources.size()) return kj::READY_NOW;
  const std::string& datasource = scrape.datasources[place].datasource;
  return parts_.calls.ask(jobq::admin_requests::stats(datasource), scrape.token)
      .then([this, &scrape, place](const jobq::Answer<jobq::DatasourceStats>& answer) {
        // One that was dropped meanwhile is left out.
        if (const auto* stats = answer.has_value() ? &answer.value() : nullptr) {
          measure(scrape.metrics, *stats, scrape.now, parts_.settings.metrics_functions_max);
        }
        return ask_functions(scrape, place + 1);
      });
}

}  // namespace gateway
