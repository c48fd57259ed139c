// A driver whose jobs wait for something that is not here, and have no thread of their own while
// they do: alarms, each of which is done when its time has come.
//
//   example-async-driver
//
// It reads from the environment what driver.cc reads; its token is one of `--driver-of alarms`. A
// request is a number of milliseconds; so many thousand alarms need the two threads that are here.
#include <jobq/worker.h>

#include <charconv>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

using Clock = std::chrono::steady_clock;

struct Alarm {
  std::chrono::milliseconds after{};
};
struct Rung {
  std::string text;
};

// How they stand in JSON, which may be read and written by whatever library: the driver's own needs
// none. What is thrown here fails the job for good.
template <>
struct jobq::JsonOf<Alarm> {
  static Alarm read(std::string_view json) {
    unsigned milliseconds = 0;
    const auto [end, error] = std::from_chars(json.data(), json.data() + json.size(), milliseconds);
    if (error != std::errc() || end != json.data() + json.size()) {
      throw std::invalid_argument("a whole number of milliseconds is expected");
    }
    return {std::chrono::milliseconds(milliseconds)};
  }
};
template <>
struct jobq::JsonOf<Rung> {
  static std::string write(const Rung& rung) { return "\"" + rung.text + "\""; }
};

// The alarms under way, and the thread that ends them. While a task is here the library renews its
// lease; one that goes without an outcome is tried again.
class Alarms {
 public:
  ~Alarms() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
      changed_.notify_one();
    }
    thread_.join();
  }

  void add(Alarm alarm, jobq::PendingTask task) {
    const std::lock_guard lock(mutex_);
    tasks_.emplace(Clock::now() + alarm.after, std::move(task));
    changed_.notify_one();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!is_over_) {
      // A cancel is looked for ten times a second; Task::interrupt_fd() is for those who poll(2).
      changed_.wait_for(lock, std::chrono::milliseconds(100));
      for (auto one = tasks_.begin(); one != tasks_.end();) {
        const jobq::Task& task = one->second.task();
        if (task.cancel_requested()) {
          one->second.finish(jobq::Cancelled{});
        } else if (task.interrupted()) {
          one->second.finish(jobq::Release{.delay = {}, .message = "the driver ends"});
        } else if (one->first <= Clock::now()) {
          one->second.finish(jobq::done_with(Rung{"rung for " + task.client()}));
        } else {
          ++one;
          continue;
        }
        one = tasks_.erase(one);
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Clock::time_point, jobq::PendingTask> tasks_;
  bool is_over_ = false;
  std::thread thread_{[this] { run(); }};
};

std::string setting(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Of the file that the setting names.
std::string first_line(const char* name) {
  std::ifstream file(setting(name));
  std::string line;
  std::getline(file, line);
  return line;
}

int main() {
  // SIGTERM and SIGINT are waited for by a thread, so no other thread may get them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  Alarms alarms;  // beyond the worker's end, which waits for all of them
  jobq::WorkerOptions options{.datasource = "alarms", .under_way_max = 1000};
  options.on_trouble = [](const std::string& line) { std::cerr << line << std::endl; };
  options.on_outcome = [](const jobq::Lease& lease, const auto&, const auto&) {
    std::cout << lease.job << " is done" << std::endl;
  };
  jobq::Worker worker({.endpoint = setting("JOBQ_ENDPOINT"),
                       .server_key = first_line("JOBQ_SERVER_KEY_FILE"),
                       .token = first_line("JOBQ_TOKEN_FILE")},
                      options);
  worker.on_async<Alarm>("alarm", [&](Alarm alarm, jobq::PendingTask task) {
    alarms.add(alarm, std::move(task));  // and this callback's thread begins the next
  });
  std::thread stopping([&] {
    int signal = 0;
    sigwait(&signals, &signal);
    worker.stop_now();
  });
  int exit_code = 0;
  try {
    worker.run();
  } catch (const jobq::Refused& refused) {
    std::cerr << "refused (" << refused.code() << "): " << refused.what() << std::endl;
    exit_code = 2;
  }
  pthread_kill(stopping.native_handle(), SIGTERM);  // if nobody did
  stopping.join();
  return exit_code;
}
