// A driver: counts the words of texts that apps have submitted (app.cc), until it is told to end.
//
//   example-driver
//
// Where the store is and who the driver is, it reads from the environment, as `jobq` does:
//   JOBQ_ENDPOINT         tcp://HOST:5558, where drivers alone are served, or :5555
//   JOBQ_SERVER_KEY_FILE  a file with the store's public key, which is in its curve.public
//   JOBQ_TOKEN_FILE       a token: jobq mint --driver-of words --expires 1d
#include <jobq/worker.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

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

// Does one job; what it returns is the job's end. Each job runs on a thread, and while it does the
// library tells the store again and again that it is alive: if this process dies, the lease of the
// job runs out and another driver gets it.
jobq::Result count_words(const jobq::Task& task) {
  std::istringstream text(task.request());  // JSON, as the app submitted it: a string
  const std::vector<std::string> words{std::istream_iterator<std::string>(text), {}};
  task.log(jobq::LogLevel::kInfo, "for " + task.client());

  for (std::size_t done = 0; done < words.size(); ++done) {
    // Real work takes a while. It ends early if the app has cancelled the job, or the driver is to
    // end; then the job goes back, at no cost, and runs again elsewhere.
    if (task.wait_for_interrupt(std::chrono::milliseconds(100))) {
      if (task.cancel_requested()) return jobq::Cancelled{};
      return jobq::Release{.delay = {}, .message = "the driver ends"};
    }
    task.progress(static_cast<double>(done + 1) / static_cast<double>(words.size()), words[done]);
  }
  // Or jobq::JobError: failed for good; jobq::Retry: to be tried again later, as is an exception;
  // jobq::Forbid: the app may not have this done.
  return jobq::Done{std::to_string(words.size())};
}

int main() {
  // SIGTERM and SIGINT are waited for by a thread, so no other thread may get them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  jobq::WorkerOptions options{.datasource = "words", .threads = 4};
  options.on_trouble = [](const std::string& line) { std::cerr << line << std::endl; };
  options.on_outcome = [](const jobq::Lease& lease, const auto&, const auto&) {
    std::cout << lease.job << " is done" << std::endl;
  };
  jobq::Worker worker({.endpoint = setting("JOBQ_ENDPOINT"),
                       .server_key = first_line("JOBQ_SERVER_KEY_FILE"),
                       .token = first_line("JOBQ_TOKEN_FILE")},
                      options, count_words);
  std::thread stopping([&] {
    int signal = 0;
    sigwait(&signals, &signal);
    worker.stop_now();  // stop() would let the jobs end that run
  });
  int exit_code = 0;
  try {
    worker.run();  // waits for the store, and for jobs; survives restarts of the store
  } catch (const jobq::Refused& refused) {
    std::cerr << "refused (" << refused.code() << "): " << refused.what() << std::endl;
    exit_code = 2;
  }
  pthread_kill(stopping.native_handle(), SIGTERM);  // if nobody did
  stopping.join();
  return exit_code;
}
