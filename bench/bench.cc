// jobq-bench: measures a store of its own over the public libraries.
//
//   submits   submit alone, in messages of 1, 64 and 256 jobs
//   lives     submit, accept, complete, each acknowledged on disk, in messages of 1, 64 and 256
//   backlog   (only when asked for) a long queue: memory, restart, and serving it
//   fanout    (only when asked for) status streams to 1 .. 1,000 subscribers
//   auth      (only when asked for) what looking at tokens costs; needs the target jobqd-open
//   single    one job at a time through an idle store: from submit to the client's knowing the end
//
// Load and store share the machine: figures are for comparison on the same one.

#include <fmt/core.h>
#include <sys/utsname.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <thread>

#include "fanout.h"
#include "jobq/client.h"
#include "jobq/driver.h"
#include "measure.h"
#include "store_process.h"

namespace bench {
namespace {

using namespace std::chrono_literals;

struct Options {
  std::string jobqd = JOBQD_PATH;
  std::string directory = "/var/tmp";
  bool tcp = false;
  bool curve = true;
  unsigned seconds = 5;
  unsigned request_bytes = 256;
  // Client and driver connections each, for messages of 1 job and of several.
  unsigned connections_single = 16;
  unsigned connections_batch = 4;
  std::uint64_t backlog = 1'000'000;
  std::string only;
  std::vector<std::string> store_arguments{};
};

std::string json_of_bytes(unsigned bytes) {
  return '"' + std::string(std::max(bytes, 2u) - 2, 'x') + '"';
}

std::vector<jobq::NewJob> make_jobs(unsigned count, const std::string& request,
                                    const std::string& client) {
  std::vector<jobq::NewJob> jobs(count);
  for (jobq::NewJob& job : jobs) {
    job.job = jobq::new_guid();
    job.request = request;
    job.client = client;
  }
  return jobs;
}

void require_taken(const std::vector<jobq::SubmitResult>& results) {
  for (const jobq::SubmitResult& result : results) {
    if (result.code != 200) {
      throw std::runtime_error("submit: " + result.error);
    }
  }
}

std::unique_ptr<StoreProcess> fresh_store(const Options& options) {
  return std::make_unique<StoreProcess>(options.jobqd, make_temporary_directory(options.directory),
                                        options.tcp, options.curve, options.store_arguments);
}

void measure_submits(const Options& options, unsigned batch) {
  const auto store = fresh_store(options);
  const std::string request = json_of_bytes(options.request_bytes);
  const unsigned threads = batch == 1 ? options.connections_single : options.connections_batch;
  std::atomic<std::uint64_t> submitted = 0;
  Costs costs(*store);
  run_threads(threads, options.seconds, [&](unsigned index, const std::atomic<bool>& stop) {
    jobq::Client client(store->connection({"path = /bench/*"}));
    while (!stop) {
      require_taken(
          client.submit_many("bench", make_jobs(batch, request, "c" + std::to_string(index))));
      submitted += batch;
    }
  });
  costs.print("submits", "jobs ", batch, submitted);
}

// Lets submitters be only so many jobs ahead of the drivers: the queue stays short, and every job
// lives its whole life within the run.
class Credit {
 public:
  explicit Credit(std::uint64_t jobs) : jobs_(jobs) {}

  // False when the run is over.
  bool take(unsigned jobs, const std::atomic<bool>& stop) {
    std::unique_lock lock(mutex_);
    while (jobs_ < jobs && !stop) {
      returned_.wait_for(lock, 20ms);
    }
    jobs_ -= stop ? 0 : jobs;
    return !stop;
  }
  void give(std::uint64_t jobs) {
    const std::lock_guard lock(mutex_);
    jobs_ += jobs;
    returned_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable returned_;
  std::uint64_t jobs_;
};

// Accepts and completes until the run is over; returns how many.
std::uint64_t drive(jobq::Driver driver, const std::string& worker, unsigned batch, Credit& credit,
                    const std::atomic<bool>& stop) {
  std::uint64_t finished = 0;
  while (!stop) {
    std::vector<jobq::Outcome> outcomes;
    for (const jobq::AcceptedJob& job :
         driver.accept("bench", {.worker = worker, .max = batch, .lease = 30s, .wait = 200ms})) {
      outcomes.push_back({job.lease, jobq::Done{"{\"ok\":true}"}});
    }
    if (outcomes.empty()) {
      continue;
    }
    for (const jobq::UpdateResult& result : driver.update("bench", outcomes)) {
      if (result.code != 200) {
        throw std::runtime_error("complete: " + result.error);
      }
    }
    finished += outcomes.size();
    credit.give(outcomes.size());
  }
  return finished;
}

void measure_lives(const Options& options, unsigned batch) {
  const auto store = fresh_store(options);
  const std::string request = json_of_bytes(options.request_bytes);
  const unsigned pairs = batch == 1 ? options.connections_single : options.connections_batch;
  Credit credit(std::uint64_t{2} * pairs * batch);
  std::atomic<std::uint64_t> finished = 0;
  Costs costs(*store);
  run_threads(2 * pairs, options.seconds, [&](unsigned index, const std::atomic<bool>& stop) {
    if (index >= pairs) {
      finished += drive(jobq::Driver(store->connection({"path = /jobs/bench/*"})),
                        "w" + std::to_string(index), batch, credit, stop);
      return;
    }
    jobq::Client client(store->connection({"path = /bench/*"}));
    while (credit.take(batch, stop)) {
      require_taken(
          client.submit_many("bench", make_jobs(batch, request, "c" + std::to_string(index))));
    }
  });
  costs.print("lives", "lives", batch, finished);
}

void measure_single(const Options& options) {
  const auto store = fresh_store(options);
  const std::string request = json_of_bytes(options.request_bytes);
  std::vector<double> life_ms;
  std::vector<double> submit_ms;
  run_threads(2, options.seconds, [&](unsigned index, const std::atomic<bool>& stop) {
    if (index == 0) {
      jobq::Driver driver(store->connection({"path = /jobs/bench/*"}));
      while (!stop) {
        for (const auto& job :
             driver.accept("bench", {.worker = "w", .max = 1, .lease = 30s, .wait = 200ms})) {
          driver.update("bench", {{job.lease, jobq::Done{"{\"ok\":true}"}}});
        }
      }
      return;
    }
    jobq::Client client(store->connection({"path = /bench/*"}));
    while (!stop) {
      const auto start = SteadyClock::now();
      const auto job = client.submit("bench", make_jobs(1, request, "c").front());
      submit_ms.push_back(1e3 * seconds_since(start));
      if (!client.wait("bench", job.job, "c", 10s)) {
        throw std::runtime_error("a job did not end within 10 s");
      }
      life_ms.push_back(1e3 * seconds_since(start));
    }
  });
  const auto print = [](const char* name, std::vector<double>& values) {
    std::sort(values.begin(), values.end());
    const auto at = [&](double p) {
      return values[static_cast<std::size_t>(p * static_cast<double>(values.size() - 1))];
    };
    fmt::print("single  {:<24} p50 {:.3f} ms  p99 {:.3f} ms  ({} times)\n", name, at(0.5), at(0.99),
               values.size());
  };
  print("submit", submit_ms);
  print("submit to known end", life_ms);
}

// Fills the queue with jobs of 1,000 clients, kills the store, and lets it serve what it finds.
void measure_backlog(const Options& options) {
  const auto store = fresh_store(options);
  const std::string request = json_of_bytes(options.request_bytes);
  std::atomic<std::uint64_t> submitted = 0;
  const auto filling = SteadyClock::now();
  run_threads(options.connections_batch, 3600, [&](unsigned, std::atomic<bool>& stop) {
    jobq::Client client(store->connection({"path = /bench/*"}));
    while (!stop && submitted < options.backlog) {
      auto jobs = make_jobs(256, request, {});
      for (std::size_t i = 0; i < jobs.size(); ++i) {
        jobs[i].client = "c" + std::to_string((submitted + i) % 1000);
      }
      require_taken(client.submit_many("bench", std::move(jobs)));
      submitted += 256;
    }
    stop = true;
  });
  const double fill_s = seconds_since(filling);
  const double filled_mb = static_cast<double>(store->usage().rss_bytes) / 1e6;
  store->kill();
  const auto starting = SteadyClock::now();
  store->start();
  const double start_s = seconds_since(starting);
  const double started_mb = static_cast<double>(store->usage().rss_bytes) / 1e6;
  fmt::print(
      "backlog {} jobs of 1000 clients waiting: {:.0f} submits/s, RSS {:.0f} MB; "
      "serves {:.2f} s after kill -9, RSS {:.0f} MB\n",
      submitted.load(), static_cast<double>(submitted) / fill_s, filled_mb, start_s, started_mb);
  std::atomic<std::uint64_t> finished = 0;
  Credit credit(0);
  Costs costs(*store);
  run_threads(options.connections_batch, options.seconds,
              [&](unsigned index, const std::atomic<bool>& stop) {
                finished += drive(jobq::Driver(store->connection({"path = /jobs/bench/*"})),
                                  "w" + std::to_string(index), 256, credit, stop);
              });
  costs.print("drain", "jobs ", 256, finished);
}

// Clients that only ask for the status of one job.
void measure_statuses(const Options& options) {
  const auto store = fresh_store(options);
  const std::string job = jobq::Client(store->connection({"path = /bench/*"}))
                              .submit("bench", make_jobs(1, "1", "c").front())
                              .job;
  std::atomic<std::uint64_t> asked = 0;
  Costs costs(*store);
  run_threads(options.connections_single, options.seconds,
              [&](unsigned, const std::atomic<bool>& stop) {
                jobq::Client client(store->connection({"path = /bench/*", "client = c"}));
                while (!stop) {
                  (void)client.status("bench", job, "c");
                  ++asked;
                }
              });
  costs.print("status", "calls", 1, asked);
}

// The same work for stores that check each token anew, that remember those that passed, and that
// look at none.
void measure_authorization(const Options& options) {
  struct Variant {
    const char* name;
    std::string jobqd;
    std::vector<std::string> arguments;
  };
  for (const Variant& variant :
       {Variant{"each token checked anew", options.jobqd, {"--token-cache", "0"}},
        Variant{"tokens that passed remembered", options.jobqd, {}},
        Variant{"no token looked at", JOBQD_OPEN_PATH, {}}}) {
    Options own = options;
    own.jobqd = variant.jobqd;
    own.store_arguments = variant.arguments;
    fmt::print("{}\n", variant.name);
    measure_statuses(own);
    measure_lives(own, 1);
    measure_lives(own, 64);
  }
}

void print_machine(const Options& options) {
  utsname system{};
  uname(&system);
  std::ifstream info("/proc/cpuinfo");
  std::string model;
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) {
      model = line.substr(line.find(':') + 2);
      break;
    }
  }
  fmt::print("{} cores, {}, Linux {}; {} build; {} {}CURVE; {} B requests; {} s each; data in {}\n",
             std::thread::hardware_concurrency(), model, system.release, JOBQ_BUILD_TYPE,
             options.tcp ? "tcp" : "ipc", options.curve ? "with " : "without ",
             options.request_bytes, options.seconds, options.directory);
}

void bench(const Options& options) {
  const auto wanted = [&](const char* name) {
    return options.only.empty() || options.only == name;
  };
  print_machine(options);
  print_header();
  for (const unsigned batch : {1u, 64u, 256u}) {
    if (wanted("submits")) {
      measure_submits(options, batch);
    }
  }
  for (const unsigned batch : {1u, 64u, 256u}) {
    if (wanted("lives")) {
      measure_lives(options, batch);
    }
  }
  if (wanted("single")) {
    measure_single(options);
  }
  if (options.only == "backlog") {
    measure_backlog(options);
  }
  if (options.only == "auth") {
    measure_authorization(options);
  }
  if (options.only == "fanout") {
    measure_fanout([&] { return fresh_store(options); }, options.seconds);
  }
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  bench::Options options;
  CLI::App app("Measures a store of its own over the public libraries.", "jobq-bench");
  app.add_option("--jobqd", options.jobqd, "The store to run")->capture_default_str();
  app.add_option("--directory", options.directory, "Where its data goes: a real disk, not tmpfs")
      ->capture_default_str();
  app.add_flag("--tcp", options.tcp, "Loopback tcp instead of ipc");
  app.add_flag("!--no-curve", options.curve, "Without encryption");
  app.add_option("--seconds", options.seconds, "Length of each measurement")->capture_default_str();
  app.add_option("--request-bytes", options.request_bytes, "Size of a request")
      ->capture_default_str();
  app.add_option("--connections-single", options.connections_single,
                 "Client and driver connections each, for messages of one job")
      ->capture_default_str();
  app.add_option("--connections-batch", options.connections_batch, "The same for longer messages")
      ->capture_default_str();
  app.add_option("--only", options.only, "Just this measurement")
      ->check(CLI::IsMember({"submits", "lives", "single", "backlog", "fanout", "auth"}));
  app.add_option("--backlog", options.backlog, "Waiting jobs for --only backlog")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    bench::bench(options);
    return 0;
  } catch (const std::exception& failure) {
    fmt::print(stderr, "jobq-bench: {}\n", failure.what());
    return 1;
  }
}
