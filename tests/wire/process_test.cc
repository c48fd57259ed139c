#include <sys/stat.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <map>

#include "../temporary_directory.h"
#include "authorizer.h"
#include "jobqd_process.h"
#include "peer.h"

namespace wire {
namespace {

namespace fs = std::filesystem;

struct Jobqd {
  TemporaryDirectory scratch;
  std::string data = (scratch.path() / "data").string();
  std::string request = "ipc://" + (scratch.path() / "request").string();
  std::string driver = "ipc://" + (scratch.path() / "driver").string();

  std::vector<std::string> arguments(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"--data",    data,       "--no-curve",
                                      "--request", request,    "--driver",
                                      driver,      "--status", "ipc://" + scratch_file("status")};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  std::string scratch_file(const std::string& name) const {
    return (scratch.path() / name).string();
  }
  std::unique_ptr<JobqdProcess> start(const std::vector<std::string>& more = {}) const {
    auto process = std::make_unique<JobqdProcess>(JOBQD_PATH, arguments(more));
    const bool is_ready = process->wait_until_ready(kPatience);
    INFO(process->errors());
    REQUIRE(is_ready);
    return process;
  }
  // Starts one that has to give up, with exit code 1; returns what it says.
  std::string start_in_vain(const std::vector<std::string>& more = {}) const {
    JobqdProcess process(JOBQD_PATH, arguments(more));
    CHECK(process.wait_for_exit() == 1);
    CHECK_THAT(process.output(), !Catch::Contains("ready"));
    return process.errors();
  }
  // Starts one and ends it; returns what it says in its log.
  std::string run(const std::vector<std::string>& more = {},
                  const std::vector<std::string>& requests = {}) const {
    auto process = start(more);
    for (const std::string& frame : requests) {
      Peer(request).ask(frame);
    }
    process->send_signal(SIGTERM);
    REQUIRE(process->wait_for_exit() == 0);
    return process->errors();
  }
  // Makes a data directory as a first start leaves it.
  void make_data() const { run(); }
  static std::string content_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string mint(const std::vector<std::string>& caveats) const {
    return auth::mint_token(auth::RootKeys::load(data), "jobqd", caveats).serialize();
  }
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(data)) {
      if (!entry.is_regular_file()) {
        continue;
      }
      files[entry.path().string()] = content_of(entry.path().string());
    }
    return files;
  }
};

const std::string kStatus = bare_frame({.id = 1, .path = "/status"});

}  // namespace

TEST_CASE_METHOD(Jobqd, "a first start makes the directory and its keys") {
  const auto process = start();
  CHECK_THAT(process->output(), Catch::Contains(request));
  CHECK_THAT(process->output(), Catch::Contains("jobq mint --data " + data));
  for (const std::string file : {"root.keys", "curve.secret"}) {
    INFO(file);
    CHECK(fs::status(data + "/" + file).permissions() ==
          (fs::perms::owner_read | fs::perms::owner_write));
  }
  CHECK((fs::status(data).permissions() & fs::perms::others_all) == fs::perms::none);
  Peer peer(request);
  CHECK(peer.ask(kStatus).code() == 200);
  // What is printed must not give away what the keys are for.
  const std::string root_key = scratch.read("data/root.keys").substr(3, 64);
  CHECK_THAT(process->output() + process->errors(), !Catch::Contains(root_key));
}

TEST_CASE_METHOD(Jobqd, "a second jobqd on one directory is refused") {
  const auto process = start();
  Jobqd second;
  second.data = data;
  const std::string errors = second.start_in_vain();
  CHECK_THAT(errors, Catch::Contains(data));
  CHECK_THAT(errors, Catch::Contains("another jobqd"));
  Peer peer(request);
  CHECK(peer.ask(kStatus).code() == 200);
}

TEST_CASE_METHOD(Jobqd, "SIGTERM and SIGINT end it with exit code 0 and keep what was taken") {
  int jobs = 0;
  for (const int signal : {SIGTERM, SIGINT}) {
    const auto process = start();
    const std::string token = mint({"path = /scan/*", "client = alice"});
    Peer peer(request);
    const Answer listed = peer.ask(bare_frame({.path = "/scan/job/list", .token = token}));
    CHECK(listed.body().getJobs().getJobs().size() == static_cast<unsigned>(jobs));
    const auto job = "j" + std::to_string(++jobs);
    const auto submit =
        submit_frame({.method = Method::POST, .path = "/scan/job", .token = token}, {{.job = job}});
    REQUIRE(peer.ask(submit).code() == 200);
    process->send_signal(signal);
    CHECK(process->wait_for_exit() == 0);
  }
}

TEST_CASE_METHOD(Jobqd, "SIGTERM answers those who wait with 503") {
  const auto process = start();
  const std::string token = mint({"path = *"});
  Peer peer(request);
  constexpr std::uint64_t kWaiting = 50;
  for (std::uint64_t id = 1; id <= kWaiting; ++id) {
    peer.send(accept_frame(
        {.id = id, .method = Method::POST, .path = "/jobs/scan/accept", .token = token},
        {.worker = "w" + std::to_string(id), .wait_ms = 60'000}));
  }
  // All before it on the same socket have been taken when it is answered.
  REQUIRE(peer.ask(bare_frame({.id = 999, .path = "/status"})).id() == 999);
  process->send_signal(SIGTERM);
  for (std::uint64_t i = 0; i < kWaiting; ++i) {
    CHECK(peer.receive().code() == 503);
  }
  CHECK(process->wait_for_exit() == 0);
}

TEST_CASE_METHOD(Jobqd, "files that others can read or write are refused by name") {
  make_data();
  struct Case {
    std::string path;
    mode_t mode;
    mode_t good;
  };
  for (const Case& wrong :
       {Case{data + "/root.keys", 0640, 0600}, Case{data + "/root.keys", 0604, 0600},
        Case{data + "/root.keys", 0660, 0600}, Case{data + "/curve.secret", 0644, 0600},
        Case{data, 0770, 0700}, Case{data, 0702, 0700}, Case{data, 0755, 0700},
        Case{data, 0710, 0700}}) {
    REQUIRE(::chmod(wrong.path.c_str(), wrong.mode) == 0);
    INFO(wrong.path << " with mode " << std::oct << wrong.mode);
    const std::string errors = start_in_vain();
    CHECK_THAT(errors, Catch::Contains(wrong.path));
    CHECK_THAT(errors, Catch::Contains("chmod"));
    REQUIRE(::chmod(wrong.path.c_str(), wrong.good) == 0);
  }
  start();
}

TEST_CASE_METHOD(Jobqd, "what the store makes is for its user alone, whatever the umask") {
  const mode_t before = ::umask(0);
  const auto process = start();
  ::umask(before);
  for (const auto& entry : fs::recursive_directory_iterator(scratch.path())) {
    const std::string name = entry.path().filename();
    if (name == "format" || name == "curve.public") {
      continue;  // no secrets, in a directory that is closed
    }
    INFO(entry.path());
    CHECK((entry.status().permissions() & (fs::perms::group_all | fs::perms::others_all)) ==
          fs::perms::none);
  }
}

TEST_CASE_METHOD(Jobqd, "no file or socket becomes a standard stream that was closed") {
  std::vector<std::string> words = {"-c", R"(exec "$0" "$@" <&- >&- 2>&-)", JOBQD_PATH};
  const auto more = arguments();
  words.insert(words.end(), more.begin(), more.end());
  JobqdProcess process("/bin/sh", words);
  Peer peer(request);
  REQUIRE(peer.ask(kStatus).code() == 200);
  for (const std::string stream : {"0", "1", "2"}) {
    CHECK(fs::read_symlink("/proc/" + std::to_string(process.id()) + "/fd/" + stream) ==
          "/dev/null");
  }
}

TEST_CASE_METHOD(Jobqd, "a newer data format is refused and nothing is changed") {
  make_data();
  scratch.write("data/format", "2\n");
  const auto before = files();
  const std::string errors = start_in_vain();
  CHECK_THAT(errors, Catch::Contains("format 2"));
  CHECK_THAT(errors, Catch::Contains("newer jobqd"));
  CHECK(files() == before);
}

TEST_CASE_METHOD(Jobqd, "a format file that is damaged or lost is refused") {
  make_data();
  for (const std::string content : {"", "x\n", "0\n", "-1\n"}) {
    INFO("'" << content << "'");
    scratch.write("data/format", content);
    CHECK_THAT(start_in_vain(), Catch::Contains(data + "/format"));
  }
  fs::remove(data + "/format");
  CHECK_THAT(start_in_vain(), Catch::Contains(data + "/format"));
  scratch.write("data/format", "1\n");
  start();
}

TEST_CASE_METHOD(Jobqd, "a data path that is no directory is refused") {
  scratch.write("data", "a file");
  CHECK_THAT(start_in_vain(), Catch::Contains(data));
}

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
      {"--data", data, "--log-level", "loud"},
      {"--data", data, "--journal-keep", "0"},
      {"--data", data, "--lease", "soon"},
      {"--data", data, "--lease", "2h"},
      {"--data", data, "--priority", "101"},
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

TEST_CASE_METHOD(Jobqd, "keys that are missing beside data are not made anew in silence") {
  make_data();
  for (const auto& [file, option] :
       {std::pair("root.keys", "--new-root-key"), std::pair("curve.secret", "--new-curve-key")}) {
    const std::string path = data + "/" + file;
    INFO(path);
    const std::string before = content_of(path);
    fs::remove(path);
    CHECK_THAT(start_in_vain(), Catch::Contains(path) && Catch::Contains(option));
    CHECK_FALSE(fs::exists(path));
    run({option});
    const std::string after = content_of(path);
    CHECK(after != before);
    run({option});
    CHECK(content_of(path) == after);
  }
}

TEST_CASE_METHOD(Jobqd, "--public-key-copy puts the key where clients can read it") {
  const std::string copy = scratch_file("store.key");
  run({"--public-key-copy", copy});
  CHECK(content_of(copy) == content_of(data + "/curve.public"));
  CHECK((fs::status(copy).permissions() & fs::perms::mask) == fs::perms(0644));
  CHECK_THAT(start_in_vain({"--public-key-copy", scratch_file("none/store.key")}),
             Catch::Contains("--public-key-copy"));
}

TEST_CASE_METHOD(Jobqd, "the log has time zones, and at level trace each request") {
  const std::string hostile = bare_frame({.id = 2, .path = "/\x1b[2J", .token = "secret"});
  const std::string denied = bare_frame({.id = 3, .path = "/scan/job/list", .token = "secret"});
  const auto requests = {kStatus, hostile, denied};
  const std::string quiet = run({}, requests);
  CHECK_THAT(quiet, !Catch::Contains("/status"));
  const std::string log = run({"--log-level", "trace"}, requests);
  CHECK_THAT(log, Catch::Matches("(.|\n)*T[0-9:.]+[+-][0-9]{2}:[0-9]{2} \\[info\\] stopping\n"));
  CHECK_THAT(log, Catch::Contains("GET \"/status\" token \"\": answered"));
  CHECK_THAT(log, Catch::Contains("GET \"/\\u001b[2J\" token \"\": 404"));
  CHECK_THAT(log, Catch::Contains("GET \"/scan/job/list\" token \"\": 401"));
  CHECK_THAT(log, !Catch::Contains("secret"));
  const std::string json = run({"--log-level", "trace", "--log-json"}, requests);
  CHECK_THAT(json, Catch::Contains("\"level\":\"trace\",\"message\":\"GET \\\"/status\\\""));
}

TEST_CASE_METHOD(Jobqd, "an endpoint that cannot be bound ends it with exit code 1") {
  request = "ipc:///no/such/directory/request";
  CHECK_THAT(start_in_vain(), Catch::Contains(request));
}

TEST_CASE_METHOD(Jobqd, "--help and --version end it with exit code 0") {
  for (const std::string flag : {"--help", "--version"}) {
    JobqdProcess process(JOBQD_PATH, {flag});
    CHECK(process.wait_for_exit() == 0);
    CHECK_FALSE(process.output().empty());
  }
  CHECK_FALSE(fs::exists(data));
}

}  // namespace wire
