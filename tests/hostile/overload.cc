// overload: what a client that behaves feels of floods. For each flood it runs a store of its own,
// with CURVE over loopback, and asks it one thing after the other, first in quiet, then while
// others flood it from processes of their own, which have a low priority, as if they were
// elsewhere. With --apart the store and the client get the processors whenever they want them
// (SCHED_RR), so that what is left of the floods is what the store and the disk do. The rows
// "nobody floods" are a control: processes that take as much of the machine, and leave the store
// alone. Prints a row of a table for each.

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <fstream>
#include <string>
#include <vector>

#include "floods.h"
#include "jobq/client.h"
#include "jobq/driver.h"
#include "rows.h"
#include "store_process.h"
#include "z85.h"

namespace hostile {
namespace {

using Clock = std::chrono::steady_clock;

struct Settings {
  std::string jobqd = JOBQD_PATH;
  std::string directory = "/var/tmp";
  unsigned seconds = 5;
  std::string only;
  bool is_apart = false;
};

constexpr int kReadyMs = 120'000;

constexpr int kNiceness = 10;

void schedule(int policy, int priority) {
  const sched_param wanted{priority};
  if (::sched_setscheduler(0, policy, &wanted) != 0) {
    throw std::runtime_error("--apart takes the right to real-time priorities");
  }
}

// Processes that flood, until the end of this.
class Flooding {
 public:
  Flooding(const Flood& flood, const Target& target, bool is_apart) : is_apart_(is_apart) {
    if (::pipe2(ready_, O_CLOEXEC) != 0) {
      throw std::runtime_error("no pipe");
    }
    for (int i = 0; i < flood.processes; ++i) {
      const pid_t process = ::fork();
      if (process == 0) {
        run(flood, target);
      }
      processes_.push_back(process);
    }
  }
  ~Flooding() {
    for (const pid_t process : processes_) {
      ::kill(process, SIGKILL);
      ::waitpid(process, nullptr, 0);
    }
    ::close(ready_[0]);
    ::close(ready_[1]);
  }
  Flooding(const Flooding&) = delete;
  Flooding& operator=(const Flooding&) = delete;

  void wait_until_ready() const {
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      pollfd item{ready_[0], POLLIN, 0};
      char byte = 0;
      if (::poll(&item, 1, kReadyMs) != 1 || ::read(ready_[0], &byte, 1) != 1) {
        throw std::runtime_error("the flood does not begin");
      }
    }
  }

 private:
  [[noreturn]] void run(const Flood& flood, const Target& target) const {
    try {
      if (is_apart_) {
        schedule(SCHED_OTHER, 0);  // no lower, or they starve where others compute
      } else {
        (void)::setpriority(PRIO_PROCESS, 0, kNiceness);
      }
      flood.run(target, [this] { (void)!::write(ready_[1], "", 1); });
    } catch (const std::exception& failure) {
      fmt::print(stderr, "{}: {}\n", flood.name, failure.what());
    }
    ::_exit(0);
  }

  const bool is_apart_;
  int ready_[2] = {-1, -1};
  std::vector<pid_t> processes_;
};

struct Latencies {
  std::vector<double> submit_ms;
  std::vector<double> query_ms;
  int lost = 0;
};

// A client that behaves.
class Witness {
 public:
  explicit Witness(const jobq::Connection& connection) : client_(connection) {}

  Latencies ask(std::chrono::seconds time) {
    Latencies latencies;
    const auto timed = [&latencies](std::vector<double>& ms, const auto& call) {
      const auto start = Clock::now();
      try {
        call();
      } catch (const std::runtime_error& failure) {
        ++latencies.lost;
        fmt::print(stderr, "the client that behaves: {}\n", failure.what());
      }
      ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    };
    for (const auto end = Clock::now() + time; Clock::now() < end;) {
      const std::string job = "w" + std::to_string(++last_);
      timed(latencies.submit_ms, [&] {
        client_.submit(kDatasource, {.job = job, .request = "{\"page\": 1}", .client = "witness"});
      });
      timed(latencies.query_ms, [&] { client_.status(kDatasource, job, "witness"); });
    }
    return latencies;
  }

 private:
  jobq::Client client_;
  std::uint64_t last_ = 0;
};

// Makes the job that has ended with a large response.
void make_large_job(const jobq::Connection& connection) {
  jobq::Client client(connection);
  client.submit(kDatasource, {.job = kLargeJob, .request = "1", .client = "alice"});
  jobq::Driver driver(connection);
  const auto jobs = driver.accept(kDatasource, {.worker = "w"});
  driver.update(kDatasource,
                {{jobs.at(0).lease, jobq::Done{'"' + std::string((1u << 20) - 2, 'x') + '"'}}});
}

std::uint64_t memory_at_its_highest(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string word; status >> word;) {
    if (word == "VmHWM:") {
      std::uint64_t kib = 0;
      status >> kib;
      return kib << 10;
    }
  }
  return 0;
}

std::string refused(const jobq::Connection& connection) {
  const jobq::StoreStats stats = jobq::Client(connection).store_stats();
  std::string text;
  for (const jobq::RefusalCount& count : stats.refused) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count.count, count.what);
  }
  return text;
}

std::string cell(std::vector<double>& quiet, std::vector<double>& flooded) {
  return fmt::format("{:.2f} / {:.2f} | {:.2f} / {:.2f}", bench::percentile(quiet, 0.5),
                     bench::percentile(quiet, 0.99), bench::percentile(flooded, 0.5),
                     bench::percentile(flooded, 0.99));
}

void measure(const Settings& settings, const Flood& flood) {
  const bench::StoreProcess store(settings.jobqd,
                                  bench::make_temporary_directory(settings.directory), true, true);
  const jobq::Connection operators = store.connection({"path = *"});
  make_large_job(operators);
  Witness witness(store.connection({"path = /scan/*", "client = witness"}));
  witness.ask(std::chrono::seconds(1));  // the store warms up
  Latencies quiet = witness.ask(std::chrono::seconds(settings.seconds));
  const auto key = auth::z85_decode(operators.server_key);
  Target target{.request = operators.endpoint,
                .status = store.status_endpoint(),
                .server_key = key.value(),
                .client_token = store.connection({"path = *", "client = alice"}).token,
                .driver_token = store.connection({"path = /jobs/*"}).token};
  Latencies flooded;
  {
    const Flooding flooding(flood, target, settings.is_apart);
    flooding.wait_until_ready();
    flooded = witness.ask(std::chrono::seconds(settings.seconds));
  }
  fmt::print("| {} | {} | {} | {} | {}{} |\n", flood.name, cell(quiet.submit_ms, flooded.submit_ms),
             cell(quiet.query_ms, flooded.query_ms), memory_at_its_highest(store.process()) >> 20,
             refused(operators),
             flooded.lost > 0 ? fmt::format("; {} calls failed", flooded.lost) : "");
  std::fflush(stdout);
}

void run(const Settings& settings) {
  fmt::print(
      "| flood | submit, quiet p50 / p99 ms | flooded | query, quiet | flooded | MiB at most | "
      "counted |\n|---|---|---|---|---|---|---|\n");
  for (const Flood& flood : floods()) {
    if (std::string_view(flood.name).find(settings.only) != std::string_view::npos) {
      measure(settings, flood);
    }
  }
}

}  // namespace
}  // namespace hostile

int main(int argc, char** argv) {
  hostile::Settings settings;
  CLI::App app("Floods stores of its own, and tells what a client that behaves feels of it.",
               "overload");
  app.add_option("--jobqd", settings.jobqd, "The store to run")->capture_default_str();
  app.add_option("--directory", settings.directory, "Where its data goes: a real disk, not tmpfs")
      ->capture_default_str();
  app.add_option("--seconds", settings.seconds, "Length of each measurement, in quiet and flooded")
      ->capture_default_str();
  app.add_option("--only", settings.only, "Floods whose names have this in them");
  app.add_flag("--apart", settings.is_apart,
               "The store and its client run before the flooders (as root)");
  CLI11_PARSE(app, argc, argv);
  try {
    if (settings.is_apart) {
      hostile::schedule(SCHED_RR, 1);
    }
    hostile::run(settings);
    return 0;
  } catch (const std::exception& failure) {
    fmt::print(stderr, "overload: {}\n", failure.what());
    return 1;
  }
}
