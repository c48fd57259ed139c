// How jobqd takes its command line and its environment.
#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>

#include "jobqd_fixture.h"

namespace wire {

namespace fs = std::filesystem;

TEST_CASE_METHOD(Jobqd, "mistakes on the command line end it with exit code 2") {
  const std::vector<std::vector<std::string>> mistakes = {
      {},
      {"--data", data, "--no-such-option"},
      {"--data", data, "--no-curve", "--request", "tcp://*:1"},
      {"--data", data, "--no-curve", "--request", "tcp://0.0.0.0:1"},
      {"--data", data, "--no-curve", "--driver", "tcp://192.0.2.1:1"},
      {"--data", data, "--no-curve", "--status", "tcp://[::]:1"},
      {"--data", data, "--request", "inproc://x"},
      {"--data", data, "--request", "5555"},
      {"--data", data, "--request", "tcp://*"},
      {"--data", data, "--request", "tcp://*:65536"},
      {"--data", data, "--request", "tcp://:5555"},
      {"--data", data, "--request", "tcp://127.1:5555"},
      {"--data", data, "--request", "tcp://[::g]:5555"},
      {"--data", data, "--request", "ipc://" + std::string(108, 'x')},
      {"--data", data, "--no-curve", "--request", "tcp://127.0.0.1.example.org:1"},
      {"--data", data, "--no-curve", "--request", "tcp://2130706433:1"},
      {"--data", data, "--request", "ipc://@name"},
      {"--data", data, "--request", "tcp://127.0.0.1:1,ipc://y"},
      {"--data", data, "--request", "tcp://*:1", "--driver", "tcp://*:01"},
      {"--data", data, "--driver", "ipc://x", "--status", "ipc://./x"},
      {"--data", data, "--request", "ipc://x", "--request", "ipc://x"},
      {"--data", data, "--log-level", "loud"},
      {"--data", data, "--journal-keep", "0"},
      {"--data", data, "--lease", "soon"},
      {"--data", data, "--lease", "2h"},
      {"--data", data, "--priority", "101"},
      {"--data", data, "--priority", "0120"},  // no octal 80
      {"--data", data, "--jobs-max", "0x10"},
      {"--data", data, "--jobs-max", "+10"},
      {"--data", data, "--failures-max", "0"},
      {"--data", data, "--backoff-initial", "1m", "--backoff-max", "59s"},
  };
  for (const auto& words : mistakes) {
    JobqdProcess process(JOBQD_PATH, words);
    INFO(process.errors());
    CHECK(process.wait_for_exit() == 2);
    CHECK_FALSE(process.errors().empty());
  }
  CHECK_FALSE(fs::exists(data));
  JobqdProcess process(JOBQD_PATH, mistakes[2]);
  CHECK(process.wait_for_exit() == 2);
  CHECK_THAT(process.errors(), Catch::Contains("without CURVE") && Catch::Contains("tcp://*:1"));
}

TEST_CASE_METHOD(Jobqd, "each option can be given by the environment too") {
  for (const auto& [name, value, error] : std::vector<std::array<std::string, 3>>{
           {"JOBQ_LEASE", "30s", ""},
           {"JOBQ_LEASE", "99ms", "--lease: 99ms is not within"},
           {"JOBQ_NO_CURVE", "true", "without CURVE"},
           {"JOBQ_LOG_LEVEL", "loud", "--log-level"},
           {"JOBQ_JOBS_MAX", "many", "--jobs-max"}}) {
    INFO(name << "=" << value);
    ::setenv(name.c_str(), value.c_str(), 1);
    const bool is_fine = error.empty();
    JobqdProcess process(JOBQD_PATH,
                         is_fine ? arguments() : std::vector<std::string>{"--data", data});
    ::unsetenv(name.c_str());
    if (is_fine) {
      REQUIRE(process.wait_until_ready(kPatience));
      process.send_signal(SIGTERM);
    }
    CHECK(process.wait_for_exit() == (is_fine ? 0 : 2));
    CHECK_THAT(process.errors(), Catch::Contains(error));
  }
}

TEST_CASE_METHOD(Jobqd, "the environment can name several endpoints") {
  const std::string one = "ipc://" + scratch_file("one of two");
  const std::string other = "ipc://" + scratch_file("other");
  ::setenv("JOBQ_REQUEST", (one + "  " + other).c_str(), 1);
  JobqdProcess process(JOBQD_PATH, {"--data", data, "--driver", "ipc://" + scratch_file("driver"),
                                    "--status", "ipc://" + scratch_file("status")});
  ::unsetenv("JOBQ_REQUEST");
  REQUIRE(process.wait_until_ready(kPatience));
  CHECK(fs::is_socket(scratch_file("one of two")));
  CHECK(fs::is_socket(scratch_file("other")));
  process.send_signal(SIGTERM);
  CHECK(process.wait_for_exit() == 0);
}

}  // namespace wire
