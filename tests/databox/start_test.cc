// How a store starts in databox, as a process, against a double of the arbiter.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "../temporary_directory.h"
#include "arbiter_server.h"
#include "authorizer.h"
#include "jobqd_process.h"
#include "peer.h"

namespace databox {
namespace {

using wire::JobqdProcess;
using wire::kPatience;
using wire::Peer;

const std::string kToken = "bmljZSB0byBtZWV0IHlvdSwgYXJiaXRlciE=";

// What the container manager gives a store, an arbiter that knows it, and where it is to be.
struct Deployment {
  TemporaryDirectory scratch;
  ArbiterServer arbiter{scratch.endpoint("arbiter"), "cm"};
  const std::string data = (scratch.path() / "database").string();
  const std::string secrets = (scratch.path() / "secrets").string();

  Deployment() {
    std::filesystem::create_directory(secrets);
    give("ZMQ_PUBLIC_KEY", arbiter.public_key);
    give("ZMQ_SECRET_KEY", arbiter.secret_key + "\r\n");
    give_token(kToken);
  }
  void give(const std::string& name, const std::string& text) const {
    const std::string file = secrets + '/' + name;
    std::filesystem::remove(file);
    std::ofstream(file) << text;
    std::filesystem::permissions(file, std::filesystem::perms(0444));
  }
  void give_token(const std::string& token) {
    give("ARBITER_TOKEN", token);
    arbiter.with([&](Arbiter& it) { it.add_part("scans", "store", token); });
  }

  std::vector<std::string> arguments(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"--databox-arbiter",
                                      scratch.endpoint("arbiter"),
                                      "--databox-secrets",
                                      secrets,
                                      "--name",
                                      "scans",
                                      "--data",
                                      data,
                                      "--request",
                                      scratch.endpoint(),
                                      "--driver",
                                      scratch.endpoint("driver"),
                                      "--status",
                                      scratch.endpoint("status"),
                                      "--observe",
                                      scratch.endpoint("observe")};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  std::unique_ptr<JobqdProcess> begin() const {
    return std::make_unique<JobqdProcess>(JOBQD_PATH, arguments());
  }
  std::unique_ptr<JobqdProcess> start() const {
    auto process = begin();
    const bool is_ready = process->wait_until_ready(kPatience);
    INFO(process->errors());
    REQUIRE(is_ready);
    return process;
  }
  // Starts one and ends it; returns what it says in its log.
  std::string run() const {
    auto process = start();
    return end(*process);
  }
  static std::string end(JobqdProcess& process) {
    process.send_signal(SIGTERM);
    CHECK(process.wait_for_exit() == 0);
    return process.errors();
  }
  std::string start_in_vain(const std::vector<std::string>& more = {}) const {
    JobqdProcess process(JOBQD_PATH, arguments(more));
    CHECK(process.wait_for_exit() != 0);
    return process.errors();
  }
  // Until it says so.
  static void wait_for(JobqdProcess& process, const std::string& words) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (process.errors().find(words) == std::string::npos) {
      REQUIRE(std::chrono::steady_clock::now() < end);
      REQUIRE_FALSE(process.wait_until_ready(std::chrono::milliseconds(20)));
    }
  }

  std::string kept() const { return scratch.read("database/arbiter.secret"); }
  unsigned code_of_submit(const std::string& secret, const std::string& job = "j1") const {
    const std::string token = auth::Macaroon::mint(secret, {}, {})
                                  .with_caveats(std::vector<std::string>{
                                      "path = /scan/job/", "method = POST", "target = scans"})
                                  ->serialize();
    Peer peer(scratch.endpoint(), {.server_key = arbiter.public_key});
    return peer
        .ask(
            wire::submit_frame({.method = wire::Method::POST, .path = "/scan/job/", .token = token},
                               {{.job = job, .client = "c"}}))
        .code();
  }
};

}  // namespace

TEST_CASE_METHOD(Deployment, "a store in databox takes the arbiter's tokens", "[start]") {
  arbiter.start();
  auto process = start();
  const std::string secret = arbiter.secret_of("scans");
  REQUIRE_FALSE(secret.empty());
  CHECK(code_of_submit(secret) == 200);
  CHECK(code_of_submit("another") == 401);
  CHECK_THAT(process->output(), Catch::Contains("public key        " + arbiter.public_key));
  const std::string log = end(*process);
  CHECK_THAT(log, Catch::Contains("the arbiter gave a new secret"));
  CHECK_THAT(log, !Catch::Contains(secret) && !Catch::Contains(kToken));
}

TEST_CASE_METHOD(Deployment, "a store asks for its secret once, and keeps it", "[start]") {
  arbiter.start();
  run();
  const std::string secret = arbiter.secret_of("scans");
  CHECK_THAT(kept(), Catch::Contains("secret " + secret) && !Catch::Contains(kToken));
  const auto mode = std::filesystem::status(data + "/arbiter.secret").permissions();
  CHECK(mode == std::filesystem::perms(0600));

  arbiter.stop();  // it need not be there any more
  auto process = start();
  CHECK(code_of_submit(secret) == 200);
  end(*process);
  arbiter.start();
  run();
  CHECK(arbiter.answered() == 1);
  CHECK(arbiter.secret_of("scans") == secret);
}

TEST_CASE_METHOD(Deployment, "a store with another token asks again, and old tokens are void",
                 "[start]") {
  arbiter.start();
  auto process = start();
  const std::string before = arbiter.secret_of("scans");
  REQUIRE(code_of_submit(before) == 200);
  end(*process);

  give_token("another token");
  process = start();
  const std::string secret = arbiter.secret_of("scans");
  CHECK(arbiter.answered() == 2);
  CHECK(code_of_submit(before, "j2") == 401);
  CHECK(code_of_submit(secret, "j2") == 200);
  CHECK_THAT(end(*process), Catch::Contains("ARBITER_TOKEN or the store's name is another one"));
}

TEST_CASE_METHOD(Deployment, "a store waits for an arbiter that comes up late", "[start]") {
  auto process = begin();
  wait_for(*process, "cannot be reached yet");
  arbiter.start();
  REQUIRE(process->wait_until_ready(kPatience));
  CHECK(code_of_submit(arbiter.secret_of("scans")) == 200);
  const std::string log = end(*process);
  CHECK(log.find("cannot be reached yet") == log.rfind("cannot be reached yet"));
}

TEST_CASE_METHOD(Deployment, "a store waits until the arbiter knows it", "[start]") {
  arbiter.with([](Arbiter& it) { it.add_part("scans", "store", "another token"); });
  arbiter.start();
  auto process = begin();
  wait_for(*process, "refuses ARBITER_TOKEN: it knows no store scans yet, or by another token");
  give_token(kToken);
  REQUIRE(process->wait_until_ready(kPatience));
  CHECK(code_of_submit(arbiter.secret_of("scans")) == 200);
  end(*process);
}

TEST_CASE_METHOD(Deployment, "a store says that the arbiter has another key", "[start]") {
  const std::string right = std::exchange(arbiter.secret_key, wire::make_curve_pair().secret_key);
  arbiter.start();
  auto process = begin();
  wait_for(*process, "has another key than ZMQ_PUBLIC_KEY");
  arbiter.stop();
  arbiter.secret_key = right;
  arbiter.start();
  REQUIRE(process->wait_until_ready(kPatience));
  end(*process);
}

TEST_CASE_METHOD(Deployment, "a store asks again when the arbiter went away before it answered",
                 "[start]") {
  auto context = std::make_unique<zmq::context_t>(1);
  auto busy = bind_rep(*context, arbiter.secret_key, {scratch.endpoint("arbiter")});
  auto process = begin();
  wait_for(*process, "has been asked, and does not answer");
  busy.close();
  wait_for(*process, "went away when it was asked");
  arbiter.start();
  REQUIRE(process->wait_until_ready(kPatience));
  CHECK(arbiter.answered() == 1);
  end(*process);
}

TEST_CASE_METHOD(Deployment, "a store that waits for the arbiter ends when it is told to",
                 "[start]") {
  auto process = begin();
  wait_for(*process, "cannot be reached yet");
  CHECK_THAT(end(*process), Catch::Contains("stopping"));
  CHECK_THAT(process->output(), !Catch::Contains("ready"));
  CHECK_FALSE(std::filesystem::exists(data + "/arbiter.secret"));

  arbiter.with([](Arbiter& it) { it.add_part("scans", "store", "another token"); });
  arbiter.start();
  process = begin();
  wait_for(*process, "refuses ARBITER_TOKEN");
  CHECK_THAT(end(*process), Catch::Contains("stopping"));
}

TEST_CASE_METHOD(Deployment, "a damaged secret is asked for again", "[start]") {
  arbiter.start();
  run();
  const std::string whole = kept();
  const std::string secret = arbiter.secret_of("scans");
  std::size_t asked = arbiter.answered();
  const auto damage = [&](const std::string& content) {
    scratch.write("database/arbiter.secret", content);
    CHECK_THAT(run(), Catch::Contains("arbiter.secret: is damaged"));
    CHECK(arbiter.answered() == ++asked);
    CHECK_THAT(kept(), Catch::Contains("secret " + arbiter.secret_of("scans") + "\n"));
  };
  for (const std::size_t at : {std::size_t{0}, whole.find("token ") + 8, whole.size() - 2}) {
    std::string content = whole;
    content[at] = static_cast<char>(content[at] ^ 1);
    damage(content);
  }
  damage(whole.substr(0, whole.size() / 2));
  damage("");
  CHECK(arbiter.secret_of("scans") != secret);
}

TEST_CASE_METHOD(Deployment, "a store in databox has the keys of the deployment", "[start]") {
  arbiter.start();
  run();
  CHECK(scratch.read("database/curve.public") == arbiter.public_key + "\n");
  const wire::CurvePair next = wire::make_curve_pair();  // as after a new installation
  arbiter.stop();
  arbiter.public_key = next.public_key;
  arbiter.secret_key = next.secret_key;
  give("ZMQ_PUBLIC_KEY", next.public_key);
  give("ZMQ_SECRET_KEY", next.secret_key);
  arbiter.start();
  auto process = start();
  CHECK(code_of_submit(arbiter.secret_of("scans")) == 200);
  end(*process);
  JobqdProcess verify(JOBQD_PATH, {"--verify", data});
  CHECK(verify.wait_for_exit() == 0);
}

TEST_CASE_METHOD(Deployment, "secrets that are missing or wrong are named", "[start]") {
  give("ZMQ_PUBLIC_KEY", wire::make_curve_pair().public_key);
  CHECK_THAT(start_in_vain(), Catch::Contains("ZMQ_PUBLIC_KEY: is not the public key of"));
  give("ZMQ_SECRET_KEY", "too short");
  CHECK_THAT(start_in_vain(), Catch::Contains("ZMQ_SECRET_KEY: not 40 characters of Z85"));
  give("ZMQ_SECRET_KEY", arbiter.secret_key);
  give("ZMQ_PUBLIC_KEY", arbiter.public_key);
  give("ARBITER_TOKEN", "\n");
  CHECK_THAT(start_in_vain(), Catch::Contains("ARBITER_TOKEN: is empty"));
  std::filesystem::remove(secrets + "/ARBITER_TOKEN");
  CHECK_THAT(start_in_vain(), Catch::Contains("ARBITER_TOKEN: cannot be opened"));
  CHECK_FALSE(std::filesystem::exists(data));
  give_token(kToken);
  CHECK_THAT(start_in_vain({"--no-curve"}), Catch::Contains("--no-curve: goes without"));
}

TEST_CASE_METHOD(Deployment, "the environment says where the arbiter is and who the store is",
                 "[start]") {
  const std::vector<std::string> words = arguments();
  const std::vector<std::string> rest(words.begin() + 6, words.end());
  std::vector<std::string> told = {"--databox-secrets", secrets};
  told.insert(told.end(), rest.begin(), rest.end());
  const auto in_vain = [&] {
    JobqdProcess process(JOBQD_PATH, told);
    CHECK(process.wait_for_exit() != 0);
    return process.errors();
  };
  ::setenv("DATABOX_ARBITER_ENDPOINT", "nowhere", 1);
  CHECK_THAT(in_vain(), Catch::Contains("DATABOX_LOCAL_NAME or --name is required"));
  ::setenv("DATABOX_LOCAL_NAME", "scans", 1);
  CHECK_THAT(in_vain(), Catch::Contains("nowhere: "));
  ::setenv("DATABOX_ARBITER_ENDPOINT", scratch.endpoint("arbiter").c_str(), 1);
  arbiter.start();
  JobqdProcess process(JOBQD_PATH, told);
  ::unsetenv("DATABOX_ARBITER_ENDPOINT");
  ::unsetenv("DATABOX_LOCAL_NAME");
  REQUIRE(process.wait_until_ready(kPatience));
  CHECK(code_of_submit(arbiter.secret_of("scans")) == 200);
  end(process);
}

}  // namespace databox
