// jobq-demo: replays a real trace through a store that is killed in the middle.
//
// 69 users submit the 18,239 jobs of the trace to two datasources, at the trace's moments divided
// by the speed; workers run each for its run time, divided likewise. Half-way the store is killed
// with SIGKILL and started again. In the end what was acknowledged is compared with what it holds.

#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "jobq/client.h"
#include "jobq/driver.h"
#include "store_process.h"
#include "trace.h"

namespace bench {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr const char* kDatasources[] = {"serial", "parallel"};
constexpr int kSubmitters = 4;
constexpr std::size_t kSubmitBatch = 64;

std::string datasource_of(const TraceJob& job) { return kDatasources[job.processors > 1]; }
std::string job_id(const TraceJob& job) { return "nasa-" + std::to_string(job.number); }

// What the store has acknowledged, as the clients and drivers know it.
class Acknowledged {
 public:
  void submitted(const std::string& datasource, const std::string& job) {
    const std::lock_guard lock(mutex_);
    submitted_[datasource].insert(job);
    ++submitted_count_;
  }
  void finished(const std::string& datasource, const jobq::Lease& lease) {
    const std::lock_guard lock(mutex_);
    finished_[datasource][lease.job].insert(lease.attempt);
  }

  std::size_t submitted_count() const { return submitted_count_; }
  std::size_t finished_count() const {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const auto& [datasource, jobs] : finished_) {
      count += jobs.size();
    }
    return count;
  }
  // To be read when everybody has stopped.
  const std::set<std::string>& submitted(const std::string& datasource) {
    return submitted_[datasource];
  }
  const std::map<std::string, std::set<unsigned>>& finished(const std::string& datasource) {
    return finished_[datasource];
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::set<std::string>> submitted_;
  std::map<std::string, std::map<std::string, std::set<unsigned>>> finished_;
  std::atomic<std::size_t> submitted_count_ = 0;
};

// Submits its share of the users' jobs when their time has come, those that are due together.
void submit_share(const StoreProcess& store, const std::vector<TraceJob>& trace, int share,
                  double speed, SteadyClock::time_point start, Acknowledged& acknowledged) {
  std::map<std::string, std::unique_ptr<jobq::Client>> clients;
  std::map<std::string, std::vector<jobq::NewJob>> due;
  for (const char* datasource : kDatasources) {
    clients[datasource] = std::make_unique<jobq::Client>(
        store.connection({"path = /" + std::string(datasource) + "/*"}));
  }
  const auto flush = [&](const std::string& datasource) {
    auto& jobs = due[datasource];
    if (jobs.empty()) {
      return;
    }
    const auto results = clients[datasource]->submit_many(datasource, jobs);
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (results[i].code != 200) {
        throw std::runtime_error("submit of " + jobs[i].job + ": " + results[i].error);
      }
      acknowledged.submitted(datasource, jobs[i].job);
    }
    jobs.clear();
  };
  for (const TraceJob& job : trace) {
    if (job.user % kSubmitters != share) {
      continue;
    }
    const auto at = start + std::chrono::duration_cast<SteadyClock::duration>(
                                std::chrono::duration<double>(job.submitted_s / speed));
    if (at > SteadyClock::now()) {
      flush(kDatasources[0]);
      flush(kDatasources[1]);
      std::this_thread::sleep_until(at);
    }
    const std::string datasource = datasource_of(job);
    due[datasource].push_back(
        {.job = job_id(job),
         .request = fmt::format(R"({{"run_s":{},"processors":{}}})", job.run_s, job.processors),
         .client = "user" + std::to_string(job.user)});
    if (due[datasource].size() == kSubmitBatch) {
      flush(datasource);
    }
  }
  flush(kDatasources[0]);
  flush(kDatasources[1]);
}

std::unique_ptr<jobq::Worker> make_worker(const StoreProcess& store, const std::string& datasource,
                                          unsigned threads, double speed,
                                          Acknowledged& acknowledged) {
  jobq::WorkerOptions options;
  options.datasource = datasource;
  options.name = "demo-" + datasource;
  options.threads = threads;
  options.lease = 5s;
  options.on_outcome = [&acknowledged, datasource](const jobq::Lease& lease,
                                                   const jobq::UpdateResult& result,
                                                   std::optional<jobq::Ending>) {
    if (result.code == 200) {
      acknowledged.finished(datasource, lease);
    }
  };
  return std::make_unique<jobq::Worker>(
      store.connection({"path = /jobs/" + datasource + "/*"}), options,
      [speed](const jobq::Task& task) -> jobq::Result {
        const std::string& request = task.request();
        const double run_s = std::stod(request.substr(request.find(':') + 1));
        std::this_thread::sleep_for(std::chrono::duration<double>(run_s / speed));
        return jobq::Done{fmt::format(R"({{"ran_s":{}}})", run_s)};
      });
}

void show_progress(const Acknowledged& acknowledged, std::size_t total, bool last) {
  static const bool kTerminal = ::isatty(STDOUT_FILENO) != 0;
  static auto next = SteadyClock::now();
  if (!last && SteadyClock::now() < next) {
    return;
  }
  next = SteadyClock::now() + (kTerminal ? 100ms : 2000ms);
  const std::size_t done = acknowledged.finished_count();
  const std::size_t width = 40 * done / total;
  fmt::print("{}[{:<40}] {:>6} submitted {:>6} finished of {}{}", kTerminal ? "\r" : "",
             std::string(width, '#'), acknowledged.submitted_count(), done, total,
             kTerminal && !last ? "" : "\n");
  std::fflush(stdout);
}

double percentile(std::vector<double>& values, double p) {
  if (values.empty()) {
    return 0;
  }
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(p * static_cast<double>(values.size() - 1))];
}

struct Counts {
  std::size_t lost = 0;
  std::size_t finished_twice = 0;
  std::size_t complete = 0;
};

// Compares what was acknowledged with what the store holds, and prints a row of the table.
Counts compare(const StoreProcess& store, const std::string& datasource, double seconds,
               Acknowledged& acknowledged) {
  jobq::Driver driver(store.connection({"path = /jobs/" + datasource + "/*"}));
  std::map<std::string, jobq::JobStatus> held;
  jobq::ListQuery query{.client = {}, .cursor = 0, .limit = 1000, .statuses = {}};
  do {
    const jobq::JobPage page = driver.list(datasource, query);
    for (const jobq::JobStatus& job : page.jobs) {
      held[job.job] = job;
    }
    query.cursor = page.cursor;
  } while (query.cursor != 0);

  Counts counts;
  for (const std::string& job : acknowledged.submitted(datasource)) {
    counts.lost += held.contains(job) ? 0 : 1;
  }
  for (const auto& [job, attempts] : acknowledged.finished(datasource)) {
    counts.finished_twice += attempts.size() > 1 ? 1 : 0;
    const auto found = held.find(job);
    const bool kept = found != held.end() && found->second.status == jobq::Status::kComplete &&
                      attempts.contains(found->second.attempt);
    counts.lost += kept || found == held.end() ? 0 : 1;
  }
  std::size_t again = 0;
  std::vector<double> waiting;
  std::vector<double> turnaround;
  for (const auto& [id, job] : held) {
    counts.complete += job.status == jobq::Status::kComplete ? 1 : 0;
    again += job.attempt > 1 ? 1 : 0;
    waiting.push_back(static_cast<double>((job.accepted_at - job.submitted_at).count()));
    turnaround.push_back(static_cast<double>((job.finished_at - job.submitted_at).count()));
  }
  fmt::print(
      "{:<10}{:>8}{:>10}{:>8}{:>8}{:>10.0f}{:>8.0f}{:>7.0f}{:>7.0f}{:>9.0f}{:>7.0f}{:>7.0f}\n",
      datasource, held.size(), counts.complete, held.size() - counts.complete, again,
      static_cast<double>(counts.complete) / seconds, percentile(waiting, 0.5),
      percentile(waiting, 0.95), percentile(waiting, 0.99), percentile(turnaround, 0.5),
      percentile(turnaround, 0.95), percentile(turnaround, 0.99));
  return counts;
}

// Everybody who takes part, on threads of their own.
class Crowd {
 public:
  Crowd(const StoreProcess& store, const std::vector<TraceJob>& trace, double speed,
        unsigned threads, Acknowledged& acknowledged) {
    const auto start = SteadyClock::now();
    for (const char* datasource : kDatasources) {
      workers_.push_back(make_worker(store, datasource, threads, speed, acknowledged));
      run([worker = workers_.back().get()] { worker->run(); });
    }
    for (int share = 0; share < kSubmitters; ++share) {
      run([&store, &trace, share, speed, start, &acknowledged] {
        submit_share(store, trace, share, speed, start, acknowledged);
      });
    }
  }
  ~Crowd() {
    for (const auto& worker : workers_) {
      worker->stop();
    }
    for (std::thread& thread : running_) {
      thread.join();
    }
  }
  bool failed() const { return failed_; }

 private:
  template <typename Work>
  void run(Work work) {
    running_.emplace_back([this, work] {
      try {
        work();
      } catch (const std::exception& failure) {
        failed_ = true;
        fmt::print(stderr, "\njobq-demo: {}\n", failure.what());
      }
    });
  }

  std::vector<std::unique_ptr<jobq::Worker>> workers_;
  std::vector<std::thread> running_;
  std::atomic<bool> failed_ = false;
};

void kill_and_restart(StoreProcess& store) {
  store.kill();
  fmt::print("*** the store was killed (SIGKILL) ***\n");
  const auto down = SteadyClock::now();
  store.start();
  fmt::print("*** and serves again after {:.0f} ms ***\n",
             std::chrono::duration<double, std::milli>(SteadyClock::now() - down).count());
}

// Replays the trace; false when somebody failed or it took too long.
bool replay(StoreProcess& store, const std::vector<TraceJob>& trace, double speed, unsigned threads,
            Acknowledged& acknowledged) {
  const Crowd crowd(store, trace, speed, threads, acknowledged);
  const auto deadline = SteadyClock::now() + 5min;
  bool killed = false;
  while (!crowd.failed() && acknowledged.finished_count() < trace.size() &&
         SteadyClock::now() < deadline) {
    if (!killed && acknowledged.finished_count() >= trace.size() / 2) {
      show_progress(acknowledged, trace.size(), true);
      kill_and_restart(store);
      killed = true;
    }
    show_progress(acknowledged, trace.size(), false);
    std::this_thread::sleep_for(10ms);
  }
  show_progress(acknowledged, trace.size(), true);
  return killed && !crowd.failed();
}

int demo(const std::string& jobqd, const std::string& trace_file, double speed, unsigned threads) {
  const std::vector<TraceJob> trace = read_trace(trace_file);
  std::map<std::string, std::size_t> expected;
  std::set<int> users;
  for (const TraceJob& job : trace) {
    ++expected[datasource_of(job)];
    users.insert(job.user);
  }
  fmt::print("{} jobs of {} users: {} serial, {} parallel; time runs {:.0f} times as fast\n",
             trace.size(), users.size(), expected["serial"], expected["parallel"], speed);

  StoreProcess store(jobqd, make_temporary_directory("/tmp"), false, true);
  Acknowledged acknowledged;
  const auto start = SteadyClock::now();
  bool right = replay(store, trace, speed, threads, acknowledged);
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();

  fmt::print("\n{:<10}{:>8}{:>10}{:>8}{:>8}{:>10}{:>22}{:>23}\n", "", "", "", "not", "taken", "",
             "waiting, ms", "turnaround, ms");
  fmt::print("{:<10}{:>8}{:>10}{:>8}{:>8}{:>10}{:>8}{:>7}{:>7}{:>9}{:>7}{:>7}\n", "datasource",
             "jobs", "complete", "done", "twice", "jobs/s", "p50", "p95", "p99", "p50", "p95",
             "p99");
  Counts all;
  for (const char* datasource : kDatasources) {
    const Counts counts = compare(store, datasource, seconds, acknowledged);
    all.lost += counts.lost;
    all.finished_twice += counts.finished_twice;
    right = right && counts.complete == expected[datasource];
  }
  fmt::print(
      "\nin {:.1f} s; acknowledged: {} submits, {} completions; lost: {}, finished twice: {}\n",
      seconds, acknowledged.submitted_count(), acknowledged.finished_count(), all.lost,
      all.finished_twice);
  right = right && all.lost == 0 && all.finished_twice == 0 &&
          acknowledged.submitted_count() == trace.size();
  if (!right) {
    fmt::print("A count is wrong.\n");
  }
  return right ? 0 : 1;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  std::string jobqd = JOBQD_PATH;
  std::string trace = TRACE_PATH;
  double speed = 400'000;
  unsigned threads = 8;
  CLI::App app("Replays a trace of real jobs through a store that is killed in the middle.",
               "jobq-demo");
  app.add_option("--jobqd", jobqd, "The store to run")->capture_default_str();
  app.add_option("--trace", trace, "Trace in the Standard Workload Format, gzipped")
      ->capture_default_str();
  app.add_option("--speed", speed, "How many times as fast time runs")->capture_default_str();
  app.add_option("--threads", threads, "Jobs that each datasource's worker runs at the same time")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    return bench::demo(jobqd, trace, speed, threads);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "jobq-demo: {}\n", failure.what());
    return 1;
  }
}
