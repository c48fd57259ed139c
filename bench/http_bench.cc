// jobq-http-bench: what a gateway costs before a store of its own. Load, gateway and store share
// the machine: figures are for comparison on the same one.

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "http_load.h"
#include "jobq/client.h"
#include "load.h"
#include "rows.h"
#include "store_process.h"

namespace bench {
namespace {

using namespace std::chrono_literals;

const std::string kDatasource = "bench0";  // where Load submits

struct Options {
  std::string jobqd = JOBQD_PATH;
  std::string jobq_http = JOBQ_HTTP_PATH;
  std::string directory = "/var/tmp";
  unsigned seconds = 5;
  unsigned request_bytes = 256;
  unsigned streams = 1000;
  bool tcp = false;
  bool curve = true;
};

// A store with a gateway before it.
struct Pair {
  explicit Pair(const Options& options)
      : store(options.jobqd, make_temporary_directory(options.directory), options.tcp,
              options.curve),
        connection(store.connection({})) {
    const std::string streams = std::to_string(options.streams + 100);
    std::vector<std::string> arguments = {options.jobq_http,
                                          "--listen",
                                          "127.0.0.1:0",
                                          "--store",
                                          connection.endpoint,
                                          "--connections-max",
                                          streams,
                                          "--streams-max",
                                          streams,
                                          "--streams-per-token-max",
                                          streams};
    if (options.curve) {
      arguments.insert(arguments.end(), {"--server-key", connection.server_key});
    }
    gateway.emplace(std::move(arguments), "listening");
    port = std::stoi(gateway->said().substr(gateway->said().rfind(':') + 1));
  }

  StoreProcess store;
  jobq::Connection connection;
  std::optional<ChildProcess> gateway;
  int port = 0;
};

std::string request_of(const Options& options) {
  return '"' + std::string(std::max(options.request_bytes, 2u) - 2, 'x') + '"';
}

std::string new_job(const Options& options) {
  return R"({"client": "c", "request": )" + request_of(options) + "}";
}

// A list is answered without its tickets, as by the library.
std::string submit_of(const Options& options, const std::string& token, unsigned jobs) {
  std::string body = new_job(options);
  if (jobs > 1) {
    std::string list;
    for (unsigned i = 0; i < jobs; ++i) {
      list += (i == 0 ? "" : ", ") + body;
    }
    body = R"({"noTickets": true, "jobs": [)" + list + "]}";
  }
  return http_request("/v1/" + kDatasource + "/job/", token, body);
}

std::string accept_of(const std::string& token, unsigned connection, unsigned jobs) {
  return http_request(
      "/v1/jobs/" + kDatasource + "/accept", token,
      fmt::format(R"({{"worker": "w{}", "max": {}, "leaseMs": 600000}})", connection, jobs));
}

// Of the jobs that an accept was answered with; adds their number.
std::string update_of(const std::string& token, std::string_view accepted, std::size_t& jobs) {
  const nlohmann::json reply = nlohmann::json::parse(accepted);
  nlohmann::json outcomes = nlohmann::json::array();
  for (const auto& job : reply.at("accepted")) {
    outcomes.push_back({{"job", job.at("job")},
                        {"attempt", job.at("attempt")},
                        {"leaseToken", job.at("leaseToken")},
                        {"complete", {{"ok", true}}}});
  }
  jobs += outcomes.size();
  return http_request("/v1/jobs/" + kDatasource + "/update", token,
                      nlohmann::json{{"outcomes", std::move(outcomes)}}.dump());
}

Row measured(Pair& pair, std::string name, unsigned connections, unsigned seconds,
             const HttpLoad::Next& next, const std::function<std::size_t(std::size_t)>& jobs_of) {
  HttpLoad load(pair.port, connections);
  const Usage gateway = pair.gateway->usage();
  const Usage store = pair.store.usage();
  const auto start = SteadyClock::now();
  const std::size_t requests = load.run(std::chrono::seconds(seconds), next);
  const double took_s = seconds_since(start);
  const double jobs = static_cast<double>(std::max<std::size_t>(jobs_of(requests), 1));
  const double gateway_ms = 1e3 * (pair.gateway->usage().cpu_s - gateway.cpu_s);
  return {std::move(name),
          {{"jobs/s", jobs / took_s},
           {"requests/s", static_cast<double>(requests) / took_s},
           {"gateway CPU ms/1000 requests", 1e3 * gateway_ms / static_cast<double>(requests)},
           {"of 1000 jobs", 1e3 * gateway_ms / jobs},
           {"store CPU of 1000 jobs", 1e6 * (pair.store.usage().cpu_s - store.cpu_s) / jobs}}};
}

Rows submits(const Options& options) {
  Rows rows;
  for (const unsigned jobs : {1u, 64u}) {
    Pair pair(options);
    const std::string request = submit_of(options, pair.connection.token, jobs);
    rows.push_back(measured(
        pair, fmt::format("submits, {} a request", jobs), jobs == 1 ? 100 : 16, options.seconds,
        [&](unsigned, std::string_view) { return request; },
        [jobs](std::size_t requests) { return requests * jobs; }));
  }
  return rows;
}

Rows statuses(const Options& options) {
  Pair pair(options);
  jobq::Client client(pair.connection);
  client.submit(kDatasource, {.job = "j", .request = request_of(options), .client = "c"});
  const std::string request =
      http_request("/v1/" + kDatasource + "/job/j?client=c", pair.connection.token);
  return {measured(
      pair, "status", 100, options.seconds, [&](unsigned, std::string_view) { return request; },
      [](std::size_t requests) { return requests; })};
}

// Each connection accepts and finishes by turns.
Rows works(const Options& options) {
  Rows rows;
  for (const unsigned jobs : {1u, 64u}) {
    Pair pair(options);
    Load load(pair.store, {.batch = 256, .submits = 4, .request = request_of(options)});
    const std::uint64_t wanted = options.seconds * (jobs == 1 ? 20'000u : 60'000u);
    load.run([&] { return load.submitted() >= wanted; });
    std::size_t finished = 0;
    const auto& token = pair.connection.token;
    rows.push_back(measured(
        pair, fmt::format("accepts and updates, {} jobs each", jobs), jobs == 1 ? 100 : 16,
        options.seconds,
        [&](unsigned connection, std::string_view body) {
          const bool has_jobs = body.starts_with(R"({"accepted":[{)");
          return has_jobs ? update_of(token, body, finished) : accept_of(token, connection, jobs);
        },
        [&](std::size_t) { return finished; }));
  }
  return rows;
}

Row times_row(std::string name, std::vector<double>& http_ms, std::vector<double>& zmq_ms) {
  const auto of = [](std::vector<double>& ms, double part) { return percentile(ms, part); };
  return {std::move(name),
          {{"HTTP p50 ms", of(http_ms, 0.5)},
           {"p99 ms", of(http_ms, 0.99)},
           {"ZeroMQ p50 ms", of(zmq_ms, 0.5)},
           {"its p99 ms", of(zmq_ms, 0.99)},
           {"added p50 ms", of(http_ms, 0.5) - of(zmq_ms, 0.5)},
           {"added p99 ms", of(http_ms, 0.99) - of(zmq_ms, 0.99)},
           {"times", static_cast<double>(http_ms.size())}}};
}

// One at a time, by turns over HTTP and by the library, through the same store.
Rows latencies(const Options& options) {
  Pair pair(options);
  jobq::Client client(pair.connection);
  HttpLoad http(pair.port, 1);
  const std::string job =
      client.submit(kDatasource, {.request = request_of(options), .client = "c"}).job;
  const std::string submit = submit_of(options, pair.connection.token, 1);
  const std::string status =
      http_request("/v1/" + kDatasource + "/job/" + job + "?client=c", pair.connection.token);
  const auto by_turns = [&](std::string name, const std::string& request, const auto& by_library) {
    std::vector<double> http_ms;
    std::vector<double> zmq_ms;
    const auto start = SteadyClock::now();
    while (seconds_since(start) < options.seconds) {
      const auto first = SteadyClock::now();
      http.run(0s, [&](unsigned, std::string_view) { return request; });
      http_ms.push_back(1e3 * seconds_since(first));
      const auto second = SteadyClock::now();
      by_library();
      zmq_ms.push_back(1e3 * seconds_since(second));
    }
    return times_row(std::move(name), http_ms, zmq_ms);
  };
  return {by_turns(
              "one submit at a time", submit,
              [&] { client.submit(kDatasource, {.request = request_of(options), .client = "c"}); }),
          by_turns("one status at a time", status,
                   [&] { client.status(kDatasource, job, {.client = "c"}); })};
}

Rows streams(const Options& options) {
  Pair pair(options);
  const double before = static_cast<double>(pair.gateway->usage().rss_bytes);
  HttpLoad load(pair.port, options.streams);
  for (unsigned i = 0; i < options.streams; ++i) {
    load.send(i, http_request("/v1/" + kDatasource + "/job/events?client=c", pair.connection.token,
                              {}, "Accept: text/event-stream\r\n"));
  }
  // Each is told of each job.
  jobq::Client client(pair.connection);
  for (int i = 0; i < 100; ++i) {
    client.submit(kDatasource, {.request = request_of(options), .client = "c"});
    std::this_thread::sleep_for(10ms);
  }
  std::this_thread::sleep_for(1s);
  HttpLoad(pair.port, 1).run(1ms, [&](unsigned, std::string_view body) {
    if (!body.empty() && body.find(fmt::format("\njobq_http_streams {}\n", options.streams)) ==
                             std::string_view::npos) {
      throw std::runtime_error("not all streams are there");
    }
    return http_request("/metrics", pair.connection.token);
  });
  const double rss = static_cast<double>(pair.gateway->usage().rss_bytes);
  return {{fmt::format("{} streams of 100 jobs", options.streams),
           {{"RSS before MB", before / 1e6},
            {"RSS MB", rss / 1e6},
            {"KB a stream", (rss - before) / 1e3 / options.streams}}}};
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  bench::Options options;
  CLI::App app("Measures a gateway before a store of its own.", "jobq-http-bench");
  app.add_option("--jobqd", options.jobqd, "The store")->capture_default_str();
  app.add_option("--jobq-http", options.jobq_http, "The gateway")->capture_default_str();
  app.add_option("--directory", options.directory, "Where its data goes: a real disk, not tmpfs")
      ->capture_default_str();
  app.add_flag("--tcp", options.tcp, "Loopback tcp between gateway and store, instead of ipc");
  app.add_flag("!--no-curve", options.curve, "Without encryption between them");
  app.add_option("--seconds", options.seconds, "Length of each measurement")->capture_default_str();
  app.add_option("--request-bytes", options.request_bytes, "Size of a request")
      ->capture_default_str();
  app.add_option("--streams", options.streams, "Event streams at the same time")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    for (const auto measure :
         {bench::submits, bench::statuses, bench::works, bench::latencies, bench::streams}) {
      bench::print_table(measure(options));
    }
    return 0;
  } catch (const std::exception& failure) {
    fmt::print(stderr, "jobq-http-bench: {}\n", failure.what());
    return 1;
  }
}
