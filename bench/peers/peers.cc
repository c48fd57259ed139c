// jobq-peers: the load of jobq-bench for another queue's server, which peers/run starts. Prints
// rows of the same names as JSON.

#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>

#include "../rows.h"
#include "peer.h"

namespace bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Settings {
  std::string name;
  Peer peer{.address = "127.0.0.1", .port = 0, .request = {}};
  int pid = 0;
  unsigned seconds = 5;
  unsigned request_bytes = 256;
  std::uint64_t fill = 0;
  std::vector<std::string> only{"submits", "lives", "single"};
};

using Connect = std::unique_ptr<PeerQueue> (*)(const Peer&);
const std::map<std::string, Connect> kPeers = {{"redis", connect_redis},
                                               {"postgres", connect_postgres},
                                               {"beanstalkd", connect_beanstalkd},
                                               {"rabbitmq", connect_rabbitmq}};

struct Usage {
  double cpu_s = 0;
  double rss_mb = 0;
};

// Of a server and the processes that it has started, those that have ended included.
Usage usage_of(int pid) {
  std::map<int, std::pair<int, Usage>> all;  // by process: its parent
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const int process = std::atoi(entry.path().filename().c_str());
    if (process == 0) {
      continue;
    }
    std::ifstream stat(entry.path() / "stat");
    std::string text((std::istreambuf_iterator<char>(stat)), {});
    if (text.empty()) {
      continue;  // it has gone
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
    std::ifstream rollup(entry.path() / "smaps_rollup");  // what processes share counts in parts
    double kb = 0;
    for (std::string word; rollup >> word;) {
      if (word == "Pss:") {
        rollup >> kb;
        break;
      }
    }
    all[process] = {parent, {ticks / static_cast<double>(::sysconf(_SC_CLK_TCK)), kb / 1e3}};
  }
  Usage sum;
  for (const auto& [process, about] : all) {
    for (int ancestor = process; ancestor != 0 && all.contains(ancestor);
         ancestor = all[ancestor].first) {
      if (ancestor == pid) {
        sum.cpu_s += about.second.cpu_s;
        sum.rss_mb += about.second.rss_mb;
        break;
      }
    }
  }
  return sum;
}

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

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Bench {
 public:
  explicit Bench(const Settings& settings)
      : settings_(settings), connect_(kPeers.at(settings.name)) {}

  std::unique_ptr<PeerQueue> connect() const { return connect_(settings_.peer); }

  Row submits(unsigned batch) {
    const unsigned at_once = batch == 1 ? 256 : batch;
    std::uint64_t submitted = 0;
    const auto queue = connect();
    const Usage before = usage_of(settings_.pid);
    const auto start = Clock::now();
    while (seconds_since(start) < settings_.seconds) {
      queue->submit(at_once, batch);
      submitted += at_once;
    }
    return row(fmt::format("submits, {} a message", batch), submitted, before, start);
  }

  Row lives(const std::string& name, unsigned batch) {
    const bool has_batches = settings_.name != "beanstalkd";
    const unsigned pairs = has_batches ? 4 : 16;
    const unsigned at_once = batch == 1 && !has_batches ? 1 : batch == 1 ? 64 : batch;
    Credit credit(std::uint64_t{4} * pairs * at_once);
    std::atomic<std::uint64_t> finished = 0;
    std::atomic<bool> stop = false;
    std::vector<std::thread> threads;
    const Usage before = usage_of(settings_.pid);
    const auto start = Clock::now();
    for (unsigned i = 0; i < pairs; ++i) {
      threads.emplace_back([&] {
        const auto queue = connect();
        while (credit.take(at_once, stop)) {
          queue->submit(at_once, batch);
        }
      });
      threads.emplace_back([&] {
        const auto queue = connect();
        while (!stop) {
          const unsigned done = queue->work(at_once, batch);
          finished += done;
          credit.give(done);
        }
      });
    }
    std::this_thread::sleep_for(std::chrono::seconds(settings_.seconds));
    const Row result = row(name, finished, before, start);
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
    std::this_thread::sleep_for(200ms);  // the worker listens
    const auto begin = Clock::now();
    while (seconds_since(begin) < settings_.seconds) {
      const auto start = Clock::now();
      queue->submit_and_wait();
      ms.push_back(1e3 * seconds_since(start));
    }
    stop = true;
    working.join();
    return {"submit to known end, idle store",
            {{"p50 ms", percentile(ms, 0.5)}, {"p99 ms", percentile(ms, 0.99)}}};
  }

  Row fill() {
    const auto queue = connect();
    const Usage before = usage_of(settings_.pid);
    const auto start = Clock::now();
    for (std::uint64_t done = 0; done < settings_.fill; done += 256) {
      queue->submit(256, 256);
    }
    return row(fmt::format("submits, to {}", settings_.fill), settings_.fill, before, start);
  }

 private:
  Row row(std::string name, std::uint64_t count, const Usage& before, Clock::time_point start) {
    const double seconds = seconds_since(start);
    const Usage usage = usage_of(settings_.pid);
    const double n = std::max(1.0, static_cast<double>(count));
    return {std::move(name),
            {{"per s", n / seconds},
             {"CPU ms/1000", 1e6 * (usage.cpu_s - before.cpu_s) / n},
             {"RSS MB", usage.rss_mb}}};
  }

  const Settings& settings_;
  const Connect connect_;
};

Rows measure(const Settings& settings) {
  Bench bench(settings);
  Rows rows;
  for (const std::string& what : settings.only) {
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
      if (bench.connect()->work(1, 1) != 1) {
        throw std::runtime_error("no job comes");
      }
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
  for (const auto& [name, connect] : bench::kPeers) {
    names.push_back(name);
  }
  app.add_option("peer", settings.name)->required()->check(CLI::IsMember(names));
  app.add_option("--port", settings.peer.port, "Of the server, on loopback")->required();
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
    fmt::print(stderr, "jobq-peers: {}: {}\n", settings.name, failure.what());
    return 1;
  }
}
