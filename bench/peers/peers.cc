// jobq-peers: the load of jobq-bench for another queue's server, which peers/run starts. Prints
// rows of the same names as JSON.

#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <latch>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>

#include "../rows.h"
#include "../steady_time.h"
#include "peer.h"

namespace bench {
namespace {

using namespace std::chrono_literals;

constexpr double kStartSecondsMax = 60;
constexpr double kServeSecondsMax = 300;  // with a long queue

struct Settings {
  Peer peer{.name = {}, .script = {}, .address = "127.0.0.1", .port = 0, .request = {}};
  int pid = 0;
  unsigned seconds = 5;
  unsigned request_bytes = 256;
  std::uint64_t fill = 0;
  std::vector<std::string> only{"submits", "lives", "single"};
};

// How a queue is loaded best on two cores.
struct Kind {
  std::unique_ptr<PeerQueue> (*connect)(const Peer&);
  unsigned pairs;        // of a connection that submits and one that works
  unsigned at_once_min;  // jobs submitted, or finished, before the next are
};
const std::map<std::string, Kind> kPeers = {
    {"redis", {connect_redis, 4, 64}},           {"postgres", {connect_postgres, 4, 64}},
    {"beanstalkd", {connect_beanstalkd, 16, 1}}, {"rabbitmq", {connect_rabbitmq, 4, 64}},
    {"bullmq", {connect_node, 1, 256}},          {"graphile-worker", {connect_node, 1, 256}}};

struct Usage {
  double cpu_s = 0;
  double rss_mb = 0;
};

// How much of memory is a process's; what several share counts in parts.
double memory_mb(int process) {
  std::ifstream rollup(fmt::format("/proc/{}/smaps_rollup", process));
  double kb = 0;
  for (std::string word; rollup >> word;) {
    if (word == "Pss:") {
      rollup >> kb;
      break;
    }
  }
  return kb / 1e3;
}

// Of a process and those that it has started, those that have ended included.
Usage usage_of(int pid) {
  std::map<int, std::pair<int, double>> all;  // by process: its parent, seconds
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const int process = std::atoi(entry.path().filename().c_str());
    std::string text;
    if (process != 0) {
      std::ifstream stat(entry.path() / "stat");
      text.assign(std::istreambuf_iterator<char>(stat), {});
    }
    if (text.empty()) {
      continue;  // no process, or it has gone
    }
    std::istringstream fields(text.substr(text.rfind(')') + 4));
    int parent = 0;
    fields >> parent;
    std::string skipped;
    for (int i = 0; i < 9; ++i) {
      fields >> skipped;
    }
    double ticks = 0;
    for (int i = 0; i < 4; ++i) {  // user, system, those of children that have ended
      double part = 0;
      fields >> part;
      ticks += part;
    }
    all[process] = {parent, ticks / static_cast<double>(::sysconf(_SC_CLK_TCK))};
  }
  Usage sum;
  for (const auto& [process, about] : all) {
    for (int ancestor = process; ancestor != 0 && all.contains(ancestor);
         ancestor = all[ancestor].first) {
      if (ancestor == pid) {
        sum.cpu_s += about.second;
        sum.rss_mb += memory_mb(process);
        break;
      }
    }
  }
  return sum;
}

// What a run costs, from its construction on.
class Costs {
 public:
  explicit Costs(int server)
      : server_(server),
        before_(usage_of(server)),
        load_before_(usage_of(::getpid())),
        start_(SteadyClock::now()) {}

  Row row(std::string name, std::uint64_t count) const {
    const double seconds = seconds_since(start_);
    const Usage load = usage_of(::getpid());
    const Usage usage = usage_of(server_);
    const double n = std::max(1.0, static_cast<double>(count));
    return {std::move(name),
            {{"per s", static_cast<double>(count) / seconds},
             {"CPU ms/1000", 1e6 * (usage.cpu_s - before_.cpu_s) / n},
             {"load CPU ms/1000", 1e6 * (load.cpu_s - load_before_.cpu_s) / n},
             {"RSS MB", usage.rss_mb}}};
  }

 private:
  const int server_;
  const Usage before_;
  const Usage load_before_;
  const SteadyClock::time_point start_;
};

// Jobs submitted and not finished are bounded, as in jobq-bench.
class Credit {
 public:
  explicit Credit(std::uint64_t jobs) : jobs_(jobs) {}
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

class Bench {
 public:
  explicit Bench(const Settings& settings)
      : settings_(settings), kind_(kPeers.at(settings.peer.name)) {}

  // A server may listen some time before it serves.
  std::unique_ptr<PeerQueue> connect() const {
    for (const auto start = SteadyClock::now();;) {
      try {
        return kind_.connect(settings_.peer);
      } catch (const std::runtime_error&) {
        if (seconds_since(start) > kStartSecondsMax) {
          throw;
        }
        std::this_thread::sleep_for(50ms);
      }
    }
  }

  Row submits(unsigned batch) {
    const unsigned at_once = batch == 1 ? 256 : std::max(batch, kind_.at_once_min);
    std::uint64_t submitted = 0;
    const auto queue = connect();
    queue->submit(at_once, batch);  // the first time is slow
    const Costs costs(settings_.pid);
    const auto start = SteadyClock::now();
    while (seconds_since(start) < settings_.seconds) {
      queue->submit(at_once, batch);
      submitted += at_once;
    }
    return costs.row(fmt::format("submits, {} a message", batch), submitted);
  }

  Row lives(const std::string& name, unsigned batch) {
    const unsigned at_once = std::max(batch, kind_.at_once_min);
    Credit credit(std::uint64_t{4} * kind_.pairs * at_once);
    std::atomic<std::uint64_t> finished = 0;
    std::atomic<bool> stop = false;
    std::latch begun(2 * static_cast<std::ptrdiff_t>(kind_.pairs) + 1);
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < kind_.pairs; ++i) {
      threads.emplace_back([&] {
        const auto queue = connect();
        for (bool is_first = true; credit.take(at_once, stop); is_first = false) {
          queue->submit(at_once, batch);
          if (is_first) {
            begun.arrive_and_wait();
          }
        }
      });
      threads.emplace_back([&] {
        const auto queue = connect();
        for (bool has_begun = false; !stop;) {
          const unsigned done = queue->work(at_once, batch);
          finished += done;
          credit.give(done);
          if (!has_begun && finished > 0) {  // the first time is slow
            begun.arrive_and_wait();
            has_begun = true;
          }
        }
      });
    }
    begun.arrive_and_wait();
    const std::uint64_t before = finished;
    const Costs costs(settings_.pid);
    std::this_thread::sleep_for(std::chrono::seconds(settings_.seconds));
    const Row result = costs.row(name, finished - before);
    stop = true;
    for (std::thread& thread : threads) {
      thread.join();
    }
    return result;
  }

  Row single() {
    std::atomic<bool> stop = false;
    std::thread working([&] {
      const auto queue = connect();
      while (!stop) {
        queue->work_and_tell();
      }
    });
    std::vector<double> ms;
    const auto queue = connect();
    queue->submit_and_wait();  // the first time is slow
    const auto start = SteadyClock::now();
    while (seconds_since(start) < settings_.seconds) {
      ms.push_back(queue->submit_and_wait());
    }
    stop = true;
    working.join();
    return {"submit to known end, idle store",
            {{"p50 ms", percentile(ms, 0.5)}, {"p99 ms", percentile(ms, 0.99)}}};
  }

  Row fill() {
    const auto queue = connect();
    const Costs costs(settings_.pid);
    for (std::uint64_t done = 0; done < settings_.fill; done += 256) {
      queue->submit(256, 256);
    }
    return costs.row(fmt::format("submits, to {}", settings_.fill), settings_.fill);
  }

  // For a server that is started when this has said that it is ready: returns when a job has come.
  void serve() {
    std::unique_ptr<PeerQueue> queue;
    std::string failure = "no job comes";
    bool is_ready = false;
    const auto start = SteadyClock::now();
    while (seconds_since(start) < kServeSecondsMax) {
      try {
        queue = queue ? std::move(queue) : kind_.connect(settings_.peer);
        if (is_ready && queue->work(1, 1) > 0) {
          return;
        }
      } catch (const std::runtime_error& error) {
        queue.reset();
        failure = error.what();
        std::this_thread::sleep_for(5ms);
      }
      if (!is_ready) {
        fmt::print("ready\n");
        std::fflush(stdout);
        is_ready = true;
      }
    }
    throw std::runtime_error(failure);
  }

 private:
  const Settings& settings_;
  const Kind& kind_;
};

Rows measure(const Settings& settings) {
  Bench bench(settings);
  Rows rows;
  for (const std::string& what : settings.only) {
    if (what != "serve") {
      bench.connect();  // makes the queue: several at once are refused by RabbitMQ
    }
    for (const unsigned batch : {1u, 64u, 256u}) {
      if (what == "submits") {
        rows.push_back(bench.submits(batch));
      } else if (what == "lives") {
        rows.push_back(bench.lives(fmt::format("lives, {} a message", batch), batch));
      }
    }
    if (what == "single") {
      rows.push_back(bench.single());
    } else if (what == "fill") {
      rows.push_back(bench.fill());
    } else if (what == "waiting") {
      rows.push_back(bench.lives(fmt::format("lives, {} waiting", settings.fill), 256));
    } else if (what == "serve") {
      bench.serve();
    }
  }
  return rows;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  bench::Settings settings;
  CLI::App app("Measures another queue's server as jobq-bench does a store.", "jobq-peers");
  std::vector<std::string> names;
  for (const auto& [name, kind] : bench::kPeers) {
    names.push_back(name);
  }
  app.add_option("peer", settings.peer.name)->required()->check(CLI::IsMember(names));
  app.add_option("--port", settings.peer.port, "Of the server, on loopback")->required();
  app.add_option("--script", settings.peer.script, "node/load.mjs, for bullmq and graphile-worker");
  app.add_option("--pid", settings.pid, "Of the server")->required();
  app.add_option("--seconds", settings.seconds)->capture_default_str();
  app.add_option("--request-bytes", settings.request_bytes)->capture_default_str();
  app.add_option("--fill", settings.fill, "Jobs for fill and waiting");
  app.add_option("--only", settings.only)
      ->delimiter(',')
      ->check(CLI::IsMember({"submits", "lives", "single", "fill", "waiting", "serve"}));
  CLI11_PARSE(app, argc, argv);
  try {
    settings.peer.request = '"' + std::string(settings.request_bytes - 2, 'x') + '"';
    fmt::print("{{\"rows\": {}}}\n", bench::to_json(bench::measure(settings)));
    return 0;
  } catch (const std::exception& failure) {
    fmt::print(stderr, "jobq-peers: {}: {}\n", settings.peer.name, failure.what());
    return 1;
  }
}
