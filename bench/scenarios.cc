#include "scenarios.h"

#include <fmt/core.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>

#include "allocations.h"
#include "churn.h"
#include "fanout.h"
#include "flows.h"
#include "jobq/client.h"
#include "jobq/driver.h"
#include "load.h"
#include "trace.h"

namespace bench {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kManyDatasources = 10'000;
constexpr unsigned kManyClients = 10'000;

std::unique_ptr<StoreProcess> fresh_store(const Options& options) {
  return std::make_unique<StoreProcess>(options.jobqd, make_temporary_directory(options.directory),
                                        options.tcp, options.curve, options.store_arguments);
}

std::string request_of(const Options& options) {
  return '"' + std::string(std::max(options.request_bytes, 2u) - 2, 'x') + '"';
}

std::vector<std::string> clients(unsigned count) {
  std::vector<std::string> names;
  for (unsigned i = 0; i < count; ++i) {
    names.push_back("c" + std::to_string(i));
  }
  return names;
}

// Messages under way are enough to keep a store busy over a round trip, and no more, so that the
// time that a message waits is no part of what is measured.
LoadOptions load(const Options& options, unsigned batch) {
  const unsigned messages = batch == 1 ? 400 : batch < 256 ? 16 : 6;
  LoadOptions load{.batch = batch,
                   .submits = messages,
                   .accepts = messages,
                   .clients = clients(16),
                   .request = request_of(options)};
  load.ahead = std::uint64_t{4} * messages * batch;
  return load;
}

Row measure_lives(const Options& options, StoreProcess& store, std::string name,
                  LoadOptions of_load) {
  Load load(store, std::move(of_load));
  Costs costs(store);
  load.run(std::chrono::seconds(options.seconds));
  return costs.row(std::move(name), load.finished());
}

Rows submits(const Options& options) {
  Rows rows;
  for (const unsigned batch : {1u, 64u, 256u}) {
    const auto store = fresh_store(options);
    LoadOptions of_load = load(options, batch);
    of_load.accepts = 0;
    of_load.ahead = UINT64_MAX;
    Load load(*store, std::move(of_load));
    Costs costs(*store);
    load.run(std::chrono::seconds(options.seconds));
    rows.push_back(costs.row(fmt::format("submits, {} a message", batch), load.submitted()));
  }
  return rows;
}

Rows lives(const Options& options) {
  Rows rows;
  for (const unsigned batch : {1u, 64u, 256u}) {
    const auto store = fresh_store(options);
    rows.push_back(measure_lives(options, *store, fmt::format("lives, {} a message", batch),
                                 load(options, batch)));
  }
  return rows;
}

Rows many_clients(const Options& options) {
  const auto store = fresh_store(options);
  LoadOptions of_load = load(options, 64);
  of_load.clients = clients(kManyClients);
  of_load.ahead = std::uint64_t{4} * kManyClients;
  return {measure_lives(options, *store, fmt::format("lives, {} clients", kManyClients),
                        std::move(of_load))};
}

// A job for each in turn, and so the workers: nothing that a datasource has is at hand.
Rows many_datasources(const Options& options) {
  const auto store = fresh_store(options);
  LoadOptions of_load = load(options, 1);
  of_load.datasources = kManyDatasources;
  of_load.ahead = 4 * kManyDatasources;
  return {measure_lives(options, *store, fmt::format("lives, {} datasources", kManyDatasources),
                        std::move(of_load))};
}

Row latency_row(std::string name, std::vector<double>& ms) {
  return {std::move(name),
          {{"p50 ms", percentile(ms, 0.5)},
           {"p90 ms", percentile(ms, 0.9)},
           {"p99 ms", percentile(ms, 0.99)},
           {"p99.9 ms", percentile(ms, 0.999)},
           {"max ms", percentile(ms, 1)},
           {"times", static_cast<double>(ms.size())}}};
}

// One job at a time through an idle store, by the blocking libraries.
Rows single(const Options& options) {
  const auto store = fresh_store(options);
  std::vector<double> life_ms;
  std::vector<double> submit_ms;
  std::atomic<bool> stop = false;
  std::thread driving([&] {
    jobq::Driver driver(store->connection({"path = /jobs/bench/*"}));
    while (!stop) {
      for (const auto& job :
           driver.accept("bench", {.worker = "w", .max = 1, .lease = 30s, .wait = 200ms})) {
        driver.update("bench", {{job.lease, jobq::Done{"{\"ok\":true}"}}});
      }
    }
  });
  jobq::Client client(store->connection({"path = /bench/*"}));
  const auto begin = SteadyClock::now();
  while (seconds_since(begin) < options.seconds) {
    const auto start = SteadyClock::now();
    const auto job = client.submit("bench", {.request = request_of(options), .client = "c"});
    submit_ms.push_back(1e3 * seconds_since(start));
    client.wait("bench", job.job, "c", 10s);
    life_ms.push_back(1e3 * seconds_since(start));
  }
  stop = true;
  driving.join();
  return {latency_row("submit, idle store", submit_ms),
          latency_row("submit to known end, idle store", life_ms)};
}

// Jobs come at their times, whether or not the store keeps up: waiting counts.
Rows paced(const Options& options) {
  const auto store = fresh_store(options);
  LoadOptions of_load = load(options, 1);
  of_load.rate = options.rate;
  of_load.ahead = UINT64_MAX;
  Load load(*store, std::move(of_load));
  load.run(std::chrono::seconds(options.seconds));
  return {latency_row(fmt::format("submit, {:.0f}/s", options.rate), load.submit_ms()),
          latency_row(fmt::format("submit to end, {:.0f}/s", options.rate), load.life_ms())};
}

// A long queue of 1,000 clients: its memory, a restart after kill -9, and lives while it waits
// against lives of an empty store.
Rows backlog(const Options& options) {
  Rows rows = {};
  LoadOptions usual = load(options, 256);
  {
    const auto empty = fresh_store(options);
    rows.push_back(measure_lives(options, *empty, "lives, empty store", usual));
  }
  const auto store = fresh_store(options);
  LoadOptions filling = usual;
  filling.accepts = 0;
  filling.ahead = UINT64_MAX;
  filling.jobs = options.backlog;
  filling.clients = clients(1000);
  {
    Load load(*store, std::move(filling));
    Costs costs(*store);
    load.run([&] { return load.submitted() >= options.backlog; });
    rows.push_back(costs.row(fmt::format("submits, to {}", options.backlog), load.submitted()));
  }
  store->kill();
  const auto starting = SteadyClock::now();
  store->start();
  const double serves_s = seconds_since(starting);
  rows.push_back(measure_lives(options, *store, fmt::format("lives, {} waiting", options.backlog),
                               std::move(usual)));
  const double empty_rate = rows.front().figures.front().second;
  const double rate = rows.back().figures.front().second;
  rows.push_back({"kill -9",
                  {{"serves after s", serves_s},
                   {"RSS MB then", static_cast<double>(store->usage().rss_bytes) / 1e6},
                   {"rate / empty store's", rate / empty_rate}}});
  return rows;
}

// Lives while as many jobs wait: without keys, with keys, and with rates of starts on top that are
// looked at for each accept and hold nobody up.
Rows keys(const Options& options) {
  constexpr unsigned kJobsOfKey = 10;
  const auto count = static_cast<unsigned>(options.backlog / kJobsOfKey);
  Rows rows;
  for (const auto& [keys, has_rates] :
       {std::pair(0U, false), std::pair(count, false), std::pair(count, true)}) {
    const auto store = fresh_store(options);
    if (has_rates) {
      jobq::Driver(store->connection({}))
          .configure(
              {.datasource = "bench", .start_rate = "1000000/s", .key_start_rate = "1000/s"});
    }
    LoadOptions usual = load(options, 256);
    usual.keys = keys;
    LoadOptions filling = usual;
    filling.accepts = 0;
    filling.ahead = UINT64_MAX;
    filling.jobs = options.backlog;
    {
      Load load(*store, std::move(filling));
      load.run([&] { return load.submitted() >= options.backlog; });
    }
    rows.push_back(measure_lives(options, *store,
                                 fmt::format("lives, {} waiting, {} keys{}", options.backlog, keys,
                                             has_rates ? ", rates" : ""),
                                 std::move(usual)));
  }
  const auto rate_of = [&](std::size_t row) { return rows[row].figures.front().second; };
  rows.push_back({"keys",
                  {{"rate / without keys", rate_of(1) / rate_of(0)},
                   {"with rates / without keys", rate_of(2) / rate_of(0)}}});
  return rows;
}

// Jobs that wait for others.
Rows flows(const Options& options) {
  return {measure_fan(*fresh_store(options), 10'000), measure_chain(*fresh_store(options), 1000)};
}

// A real month of a machine's users: all of its jobs submitted and finished as fast as it goes.
Rows trace(const Options& options) {
  const auto store = fresh_store(options);
  LoadOptions of_load = load(options, 64);
  of_load.clients.clear();
  for (const TraceJob& job : read_trace(TRACE_PATH)) {
    of_load.clients.push_back("user" + std::to_string(job.user));
  }
  const std::uint64_t jobs = of_load.clients.size();
  of_load.jobs = jobs;
  of_load.ahead = UINT64_MAX;
  Load load(*store, std::move(of_load));
  Costs costs(*store);
  load.run([&] { return load.finished() >= jobs; });
  return {costs.row("lives, NASA trace", load.finished())};
}

// Clients that only ask for the status of one job.
Row statuses(const Options& options, const std::string& name) {
  const auto store = fresh_store(options);
  const std::string job = jobq::Client(store->connection({"path = /bench/*"}))
                              .submit("bench", {.request = request_of(options), .client = "c"})
                              .job;
  jobq::AsyncClient client(store->connection({"path = /bench/*", "client = c"}));
  std::uint64_t asked = 0;
  Costs costs(*store);
  const auto start = SteadyClock::now();
  while (seconds_since(start) < options.seconds) {
    client.start(
        jobq::requests::status("bench", job, "c"),
        [&](const jobq::Answer<jobq::JobStatus>& answer) { asked += answer.has_value() ? 1 : 0; });
  }
  return costs.row(name + ": statuses", asked);
}

// The same work for stores that check each token anew, that remember those that passed, and that
// look at none.
Rows authorization(const Options& options) {
  struct Variant {
    const char* name;
    std::string jobqd;
    std::vector<std::string> arguments;
  };
  Rows rows;
  for (const Variant& variant :
       {Variant{"checked anew", options.jobqd, {"--token-cache", "0"}},
        Variant{"remembered", options.jobqd, {}}, Variant{"none looked at", JOBQD_OPEN_PATH, {}}}) {
    Options own = options;
    own.jobqd = variant.jobqd;
    own.store_arguments = variant.arguments;
    rows.push_back(statuses(own, variant.name));
    const auto store = fresh_store(own);
    rows.push_back(
        measure_lives(own, *store, std::string(variant.name) + ": lives, 64", load(own, 64)));
  }
  return rows;
}

// Calls of the allocator by the store's threads.
Rows allocations(const Options& options) {
  Rows rows;
  for (const unsigned batch : {1u, 64u, 256u}) {
    const AllocationCounter counter;
    const auto store = fresh_store(options);
    Load load(*store, bench::load(options, batch));
    load.run(1s);
    const std::uint64_t before = counter.count();
    const std::uint64_t finished = load.finished();
    load.run(std::chrono::seconds(options.seconds));
    rows.push_back({fmt::format("lives, {} a message", batch),
                    {{"allocations/life", static_cast<double>(counter.count() - before) /
                                              static_cast<double>(load.finished() - finished)}}});
  }
  return rows;
}

Rows fanout(const Options& options) {
  return measure_fanout([&] { return fresh_store(options); }, options.seconds);
}

Rows churn(const Options& options) {
  Options of_store = options;
  of_store.store_arguments = churn_arguments();
  return measure_churn(
      [&] { return fresh_store(of_store); },
      {.jobs = options.churn, .jobs_round = options.churn_round, .load = load(options, 64)});
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> kAll = {
      {"submits", "submit alone, in messages of 1, 64 and 256 jobs", true, submits},
      {"lives", "submit, accept, complete, in messages of 1, 64 and 256 jobs", true, lives},
      {"single", "one job at a time through an idle store", true, single},
      {"paced", "jobs that come at --rate, and how long they take from their time on", true, paced},
      {"clients", "lives of 10,000 clients' jobs", true, many_clients},
      {"datasources", "lives in 10,000 datasources, one job a message", true, many_datasources},
      {"trace", "a real trace of 18,239 jobs, as fast as it goes", true, trace},
      {"backlog", "a queue of --backlog jobs: memory, restart, lives meanwhile", false, backlog},
      {"keys", "lives while --backlog jobs wait, ten of each key, with rates too, against none",
       false, keys},
      {"flows", "a fan-out and fan-in of 10,000 jobs, and a chain of 1,000", false, flows},
      {"fanout", "status streams to 1 .. 1,000 watchers, repairs included", false, fanout},
      {"churn", "--churn jobs come and go, 1 % stays: latency, memory, disk, restarts", false,
       churn},
      {"auth", "what looking at tokens costs; needs the target jobqd-open", false, authorization},
      {"allocations", "calls of the allocator for each life", false, allocations},
  };
  return kAll;
}

}  // namespace bench
