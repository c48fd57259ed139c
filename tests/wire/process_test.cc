#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <stop_token>
#include <thread>

#include "descriptor.h"
#include "jobqd_fixture.h"

namespace wire {
namespace {

namespace fs = std::filesystem;

std::string first_request_endpoint(const std::string& output) {
  const std::string line = "request endpoint  ";
  const std::size_t begin = output.find(line) + line.size();
  return output.substr(begin, output.find('\n', begin) - begin);
}

// A connection that says nothing, to an ipc or tcp endpoint of 127.0.0.1; closed if it fails.
auth::Descriptor connect_to(const std::string& endpoint) {
  const bool is_tcp = endpoint.starts_with("tcp");
  auth::Descriptor fd(::socket(is_tcp ? AF_INET : AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  endpoint.copy(local.sun_path, sizeof local.sun_path - 1, std::string("ipc://").size());
  sockaddr_in remote{};
  remote.sin_family = AF_INET;
  remote.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  remote.sin_port = htons(
      static_cast<std::uint16_t>(std::atoi(endpoint.substr(endpoint.rfind(':') + 1).c_str())));
  const auto* address = is_tcp ? reinterpret_cast<const sockaddr*>(&remote)
                               : reinterpret_cast<const sockaddr*>(&local);
  if (::connect(fd.get(), address, is_tcp ? sizeof remote : sizeof local) != 0) {
    fd.close();
  }
  return fd;
}

// A store that may have so many files open.
std::unique_ptr<JobqdProcess> start_with_files(const Jobqd& jobqd, int files) {
  std::string command = "ulimit -n " + std::to_string(files) + "; exec " JOBQD_PATH;
  for (const std::string& word : jobqd.arguments()) {
    command += " '" + word + "'";
  }
  auto process = std::make_unique<JobqdProcess>("/bin/sh", std::vector<std::string>{"-c", command});
  REQUIRE(process->wait_until_ready(kPatience));
  return process;
}

// Submits so much that the database needs new files.
void fill(const Jobqd& jobqd, Peer& peer) {
  const std::string token = jobqd.mint({"path = /scan/*", "client = alice"});
  for (int i = 0; i < 40; ++i) {
    const Answer answer = peer.ask(submit_frame(
        {.method = Method::POST, .path = "/scan/job", .token = token},
        {{.job = "j" + std::to_string(i), .request = '"' + std::string(900'000, 'y') + '"'}}));
    CHECK(answer.code() == 200);
  }
}

void end_after_flood(JobqdProcess& process) {
  process.send_signal(SIGTERM);
  const int code = process.wait_for_exit();
  INFO(process.errors());
  CHECK(code == 0);
  CHECK_THAT(process.errors(), Catch::Contains("connections were closed"));
}

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
  const std::string keys = scratch.read("data/root.keys");
  const std::string root_key = keys.substr(keys.find("\nk1 ") + 4, 64);
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

// 1 is the only limit that also holds where a program gets the cores.
TEST_CASE_METHOD(Jobqd, "a crash leaves no core file, unless that is wanted") {
  const auto limit = [this](std::vector<std::string> words) {
    const auto more = arguments();
    words.insert(words.end(), more.begin(), more.end());
    JobqdProcess process("/bin/sh", words);
    REQUIRE(process.wait_until_ready(kPatience));
    std::ifstream limits("/proc/" + std::to_string(process.id()) + "/limits");
    const std::string title = "Max core file size";
    std::string line;
    while (std::getline(limits, line) && !line.starts_with(title)) {
    }
    std::istringstream rest(line.substr(std::min(line.size(), title.size())));
    std::string soft;
    rest >> soft;
    process.send_signal(SIGTERM);
    CHECK(process.wait_for_exit() == 0);
    return soft;
  };
  // Sanitizers would set a limit of their own.
  const std::string run =
      "ulimit -Sc 8; export ASAN_OPTIONS=$ASAN_OPTIONS:disable_coredump=0 "
      R"(TSAN_OPTIONS=$TSAN_OPTIONS:disable_coredump=0; exec "$0" "$@")";
  CHECK(limit({"-c", run, JOBQD_PATH}) == "1");
  CHECK(limit({"-c", run, JOBQD_PATH, "--core-files"}) == "4096");
}

TEST_CASE_METHOD(Jobqd, "a data path that is no directory is refused") {
  scratch.write("data", "a file");
  CHECK_THAT(start_in_vain(), Catch::Contains(data));
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
  const std::string hostile = bare_frame({.id = 2, .path = "/\x1b[2J\u202e", .token = "secret"});
  const std::string denied = bare_frame({.id = 3, .path = "/scan/job/list", .token = "secret"});
  const auto requests = {kStatus, hostile, denied};
  const std::string quiet = run({}, requests);
  CHECK_THAT(quiet, !Catch::Contains("/status"));
  const std::string log = run({"--log-level", "trace"}, requests);
  CHECK_THAT(log, Catch::Matches("(.|\n)*T[0-9:.]+[+-][0-9]{2}:[0-9]{2} \\[info\\] stopping\n"));
  CHECK_THAT(log, Catch::Contains("GET \"/status\" token \"\": answered"));
  CHECK_THAT(log, Catch::Contains("GET \"/\\u001b[2J\\u202e\" token \"\": 404"));
  CHECK_THAT(log, Catch::Contains("GET \"/scan/job/list\" token \"\": 401"));
  CHECK_THAT(log, !Catch::Contains("secret"));
  const std::string json = run({"--log-level", "trace", "--log-json"}, requests);
  CHECK_THAT(json, Catch::Contains("\"level\":\"trace\",\"message\":\"GET \\\"/status\\\""));
}

TEST_CASE_METHOD(Jobqd, "an endpoint that cannot be bound ends it with exit code 1") {
  request = "ipc:///no/such/directory/request";
  CHECK_THAT(start_in_vain(), Catch::Contains(request));
}

TEST_CASE_METHOD(Jobqd, "a store leaves the path of one that runs alone, and takes a dead one's") {
  {
    const auto process = start();
    for (const std::string Jobqd::*taken : {&Jobqd::request, &Jobqd::driver}) {
      Jobqd second;
      second.request = this->*taken;
      CHECK_THAT(second.start_in_vain(),
                 Catch::Contains(this->*taken) && Catch::Contains("listens there already"));
    }
    CHECK(Peer(request).ask(kStatus).code() == 200);
    process->send_signal(SIGKILL);
    CHECK(process->wait_for_exit() == 128 + SIGKILL);
  }
  CHECK(fs::is_socket(scratch_file("request")));
  const auto process = start();
  CHECK(Peer(request).ask(kStatus).code() == 200);
  CHECK((fs::status(scratch_file("request")).permissions() & ~fs::perms::owner_all) ==
        fs::perms::none);
}

TEST_CASE_METHOD(Jobqd, "idle connections of strangers neither end a store nor keep others out") {
  const std::string endpoint = GENERATE("ipc", "tcp://127.0.0.1:0");
  constexpr int kFiles = 160;
  request = endpoint == "ipc" ? request : endpoint;
  const auto process = start_with_files(*this, kFiles);
  const auto bound = first_request_endpoint(process->output());
  std::vector<auth::Descriptor> idle;
  for (int i = 0; i < kFiles + 100; ++i) {
    idle.push_back(connect_to(bound));
  }
  Peer peer(bound);
  fill(*this, peer);
  end_after_flood(*process);
}

TEST_CASE_METHOD(Jobqd, "a burst of connections leaves the database the files that it needs") {
  const std::string endpoint = GENERATE("ipc", "tcp://127.0.0.1:0");
  constexpr int kFiles = 160;
  request = endpoint == "ipc" ? request : endpoint;
  const auto process = start_with_files(*this, kFiles);
  const auto bound = first_request_endpoint(process->output());
  Peer peer(bound);
  REQUIRE(peer.ask(kStatus).code() == 200);
  {
    const std::jthread strangers([&bound](const std::stop_token& is_over) {
      while (!is_over.stop_requested()) {
        std::vector<auth::Descriptor> burst;
        for (int i = 0; i < 2 * kFiles; ++i) {
          burst.push_back(connect_to(bound));
        }
      }
    });
    fill(*this, peer);
  }
  end_after_flood(*process);
}

TEST_CASE_METHOD(Jobqd, "a limit on the size of files ends it as a full disk does, with a line") {
  make_data();
  std::string command = "ulimit -f 2048; exec " JOBQD_PATH;  // of 512 bytes
  for (const std::string& word : arguments()) {
    command += " '" + word + "'";
  }
  JobqdProcess process("/bin/sh", {"-c", command});
  REQUIRE(process.wait_until_ready(kPatience));
  Peer peer(request);
  const std::string token = mint({"path = *"});
  const std::string large = '"' + std::string(100'000, 'x') + '"';
  for (std::uint64_t id = 1; id <= 20; ++id) {
    peer.send(submit_frame({.id = id, .method = Method::POST, .path = "/scan/job", .token = token},
                           {{.job = std::to_string(id), .request = large}}));
  }
  CHECK(process.wait_for_exit() == 1);
  CHECK_THAT(process.errors(), Catch::Contains("File too large"));
  run();
}

TEST_CASE_METHOD(Jobqd, "a file that is no socket is not replaced by one") {
  scratch.write("request", "precious");
  CHECK_THAT(start_in_vain(), Catch::Contains(request) && Catch::Contains("no socket"));
  CHECK(scratch.read("request") == "precious");
}

TEST_CASE_METHOD(Jobqd, "loopback may be named, and be of IPv6") {
  std::vector<std::string> hosts = {"localhost", "127.0.0.1"};
  if (fs::exists("/proc/net/if_inet6")) {
    hosts.push_back("[::1]");
  }
  for (const std::string& host : hosts) {
    INFO(host);
    request = "tcp://" + host + ":0";
    const auto process = start();
    const auto bound = first_request_endpoint(process->output());
    CHECK(Peer(bound).ask(kStatus).code() == 200);
  }
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
