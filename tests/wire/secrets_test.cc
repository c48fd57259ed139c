// Where the secrets of a run of the store end up: payloads in its database and nowhere else, tokens
// and topics nowhere, root keys in their file only. The database is searched as it is read, since
// its files are compressed, and its files as they are.
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "../temporary_directory.h"
#include "authorizer.h"
#include "jobqd_process.h"
#include "peer.h"
#include "rocks_storage.h"

namespace wire {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4U];
    text += kDigits[static_cast<unsigned char>(byte) & 15U];
  }
  return text;
}

// Whole groups of three bytes only, so that it is found whatever follows.
std::string base64(std::string_view bytes, bool is_for_urls) {
  const std::string_view last = is_for_urls ? "-_" : "+/";
  const std::string digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + std::string(last);
  std::string text;
  for (std::size_t i = 0; i + 3 <= bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) {
      return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i + at]));
    };
    const std::uint32_t group = byte(0) << 16U | byte(1) << 8U | byte(2);
    for (const unsigned shift : {18U, 12U, 6U, 0U}) {
      text += digits[group >> shift & 63U];
    }
  }
  return text;
}

using Needles = std::set<std::string>;

void add_forms(Needles& needles, std::string_view bytes) {
  needles.insert({std::string(bytes), hex(bytes), base64(bytes, true), base64(bytes, false)});
}

// All that somebody could use a token by.
void add_token(Needles& needles, const auth::Macaroon& token) {
  for (const auto format : {auth::Format::kV1, auth::Format::kV2}) {
    add_forms(needles, token.binary(format));
    needles.insert(token.serialize(format));
  }
  const std::string packets = token.binary(auth::Format::kV1);
  add_forms(needles, packets.substr(packets.size() - 33, 32));  // the signature and a newline
}

// Those of the needles that are in the text.
Needles found_in(const std::string& text, const Needles& needles) {
  Needles found;
  for (const std::string& needle : needles) {
    if (text.find(needle) != std::string::npos) {
      found.insert(needle);
    }
  }
  return found;
}

const Needles kPayloads = {
    "payload-of-the-request",  "payload-of-the-response",     "payload-of-the-edit",
    "payload-of-the-progress", "payload-of-the-log-line",     "payload-of-the-error-message",
    "payload-of-the-detail",   "payload-of-the-retry-detail",
};
// Sent, and not stored: the store refused it, or it was only asked for.
const Needles kRefusedPayloads = {"payload-that-is-no-json", "payload-of-a-stranger",
                                  "payload-to-search-for", "payload-of-a-broken-frame"};

std::string json(const std::string& text) { return '"' + text + '"'; }

class Run {
 public:
  Run();
  // Everything that a store does with tokens and payloads, and its end.
  void live();

  fs::path data() const { return scratch_.path() / "data"; }
  fs::path audit() const { return scratch_.path() / "audit.log"; }
  std::string said() const { return process_.output() + process_.errors(); }
  const Needles& secrets() const { return secrets_; }
  Needles root_keys() const;
  const std::string& token_id() const { return token_id_; }
  // All keys and values of the database, read.
  std::string database() const;

 private:
  auth::Macaroon mint(const std::vector<std::string>& caveats);
  // A token that the store handed out.
  void add_text(const std::string& token);
  Answer ask(Head head, const std::function<std::string(const Head&)>& frame);
  void submit_all();
  void work();
  void be_refused();
  void watch();

  std::vector<std::string> arguments() const;
  std::string endpoint(const char* name) const { return scratch_.endpoint(name); }

  TemporaryDirectory scratch_;
  JobqdProcess process_;
  Needles secrets_;
  std::string token_id_;  // of alice's
  std::string client_;
  std::string driver_;
  std::string operator_;
  std::unique_ptr<Peer> peer_;
};

std::vector<std::string> Run::arguments() const {
  return {"--data",           data().string(), "--request",        endpoint("request"), "--driver",
          endpoint("driver"), "--status",      endpoint("status"), "--log-level",       "trace",
          "--audit",          audit().string()};
}

Run::Run() : process_(JOBQD_PATH, arguments()) {
  REQUIRE(process_.wait_until_ready(kPatience));
  const auth::Macaroon alice = mint({"path = /scan/*", "client = alice"});
  token_id_ = alice.identifier();
  client_ = alice.serialize(auth::Format::kV1);
  // Once as its plain bytes, once in the other format.
  driver_ = mint({"path = /jobs/scan/*"}).binary(auth::Format::kV1);
  operator_ = mint({"path = /admin/*"}).serialize(auth::Format::kV2);
  std::string server_key = content_of(data() / "curve.public").substr(0, 40);
  peer_ = std::make_unique<Peer>(endpoint("request"), PeerOptions{.server_key = server_key});
}

auth::Macaroon Run::mint(const std::vector<std::string>& caveats) {
  auth::Macaroon token = auth::mint_token(auth::RootKeys::load(data()), "jobqd", caveats);
  add_token(secrets_, token);
  return token;
}

void Run::add_text(const std::string& token) {
  const auto parsed = auth::Macaroon::parse(token);
  REQUIRE(std::holds_alternative<auth::Macaroon>(parsed));
  add_token(secrets_, std::get<auth::Macaroon>(parsed));
}

Answer Run::ask(Head head, const std::function<std::string(const Head&)>& frame) {
  Answer answer = peer_->ask(frame(head));
  INFO(head.path << ": " << answer.error());
  REQUIRE(answer.code() == 200);
  return answer;
}

void Run::submit_all() {
  const std::vector<NewJob> jobs = {{.job = "j1", .request = json("payload-of-the-request")},
                                    {.job = "j2"},
                                    {.job = "j3"},
                                    {.job = "j4"}};
  const Answer submitted = ask({.method = Method::POST, .path = "/scan/job/", .token = client_},
                               [&](const Head& head) { return submit_frame(head, jobs); });
  for (const auto& item : submitted.body().getSubmitted()) {
    add_text(item.getTicket());
  }
  ask({.method = Method::POST, .path = "/admin/scan/job/j4/edit", .token = operator_},
      [](const Head& head) { return edit_frame(head, {.request = json("payload-of-the-edit")}); });
  ask({.path = "/scan/job/list", .token = client_},
      [](const Head& head) { return list_query_frame(head, {.text = "payload-to-search-for"}); });
}

void Run::work() {
  const Answer accepted =
      ask({.method = Method::POST, .path = "/jobs/scan/accept", .token = driver_},
          [](const Head& head) { return accept_frame(head, {.max = 3}); });
  REQUIRE(accepted.body().getAccepted().size() == 3);
  std::vector<Lease> leases;
  for (const auto& job : accepted.body().getAccepted()) {
    const std::string token = job.getLease().getToken();
    add_text(token);
    leases.push_back({job.getLease().getJob(), 1, token});
  }
  const std::vector<Outcome> outcomes = {
      progress(leases[0], 0.5, "payload-of-the-progress"),
      log(leases[0], {{.text = "payload-of-the-log-line"}}),
      {leases[0], Done{json("payload-of-the-response")}},
      {leases[1], Error{"exit-1", "payload-of-the-error-message", "payload-of-the-detail"}},
      retry(leases[2], {"exit-1", {}, "payload-of-the-retry-detail"}, Span(60'000)),
  };
  ask({.method = Method::POST, .path = "/jobs/scan/update", .token = driver_},
      [&](const Head& head) { return update_frame(head, outcomes); });
  ask({.path = "/scan/job/j1", .token = client_},
      [](const Head& head) { return job_query_frame(head, {.with_request = true}); });
}

void Run::be_refused() {
  const auto code = [this](const Head& head, const std::string& payload) {
    return peer_->ask(submit_frame(head, {{.job = "j9", .request = payload}})).code();
  };
  const Head submit{.method = Method::POST, .path = "/scan/job/", .token = client_};
  CHECK(code(submit, "payload-that-is-no-json") == 400);
  Head strange = submit;
  strange.token = mint({"time < 1"}).serialize();
  CHECK(code(strange, json("payload-of-a-stranger")) == 403);
  strange.token = client_.substr(0, client_.size() - 8);
  secrets_.insert(strange.token);
  CHECK(code(strange, json("payload-of-a-stranger")) == 401);
  strange.token = "words-that-are-no-token";
  secrets_.insert(strange.token);
  CHECK(code(strange, json("payload-of-a-stranger")) == 401);
  strange.token = client_;
  strange.path = "/jobs/scan/accept";
  CHECK(code(strange, json("payload-of-a-stranger")) == 403);
  CHECK(peer_->ask("payload-of-a-broken-frame" + client_).code() == 400);
  peer_->send_parts({"", "payload-of-a-broken-frame", client_});
}

// The topic is as good as a token.
void Run::watch() {
  const Answer subscribed =
      ask({.method = Method::POST, .path = "/scan/job/events", .token = client_},
          [](const Head& head) { return subscribe_frame(head, {}); });
  const std::string topic = subscribed.body().getSubscription().getTopic();
  REQUIRE(topic.size() > 20);
  secrets_.insert(topic);
  const CurvePair own = make_curve_pair();
  zmq::context_t context;
  zmq::socket_t socket(context, zmq::socket_type::sub);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::rcvtimeo, static_cast<int>(kPatience.count()) * 1000);
  socket.set(zmq::sockopt::curve_serverkey, content_of(data() / "curve.public").substr(0, 40));
  socket.set(zmq::sockopt::curve_publickey, own.public_key);
  socket.set(zmq::sockopt::curve_secretkey, own.secret_key);
  socket.set(zmq::sockopt::subscribe, topic);
  socket.connect(endpoint("status"));
  zmq::message_t heartbeat;
  REQUIRE(socket.recv(heartbeat));
}

void Run::live() {
  submit_all();
  watch();
  work();
  be_refused();
  process_.send_signal(SIGTERM);
  REQUIRE(process_.wait_for_exit() == 0);
}

Needles Run::root_keys() const {
  Needles keys;
  const auth::RootKeys root_keys = auth::RootKeys::load(data());
  add_forms(keys, root_keys.find(root_keys.mint_identifier()).value());
  return keys;
}

std::string Run::database() const {
  std::string all;
  const store::RocksStorage storage((data() / "db").string(), {});
  storage.read_journal(0, [&](store::TurnNumber, std::string_view record) { all += record; });
  storage.scan_checkpoint("", [&](std::string_view key, std::string_view value) {
    all += key;
    all += value;
  });
  return all;
}

}  // namespace

TEST_CASE("tokens and payloads are only where they belong") {
  Run run;
  run.live();
  const Needles keys = run.root_keys();
  const std::string database = run.database();
  // So that the search is one that finds.
  CHECK(found_in(database, kPayloads) == kPayloads);
  CHECK(found_in(content_of(run.data() / "root.keys"), keys).size() == 1);
  CHECK_FALSE(run.said().empty());

  const Needles nowhere = [&] {
    Needles all = run.secrets();
    all.insert(kRefusedPayloads.begin(), kRefusedPayloads.end());
    return all;
  }();
  CHECK(found_in(database, nowhere) == Needles{});
  CHECK(found_in(database, keys) == Needles{});
  Needles not_said = nowhere;
  not_said.insert(kPayloads.begin(), kPayloads.end());
  not_said.insert(keys.begin(), keys.end());
  not_said.insert(content_of(run.data() / "curve.secret").substr(0, 40));
  CHECK(found_in(run.said(), not_said) == Needles{});
  CHECK(found_in(content_of(run.audit()), not_said) == Needles{});
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(run.data())) {
    if (!entry.is_regular_file()) {
      continue;
    }
    ++files;
    INFO(entry.path().string());
    const std::string content = content_of(entry.path());
    CHECK(found_in(content, nowhere) == Needles{});
    if (entry.path().filename() != "root.keys") {
      CHECK(found_in(content, keys) == Needles{});
    }
  }
  CHECK(files > 5);
}

TEST_CASE("the audit tells of changes and refusals by the token's identifier") {
  Run run;
  run.live();
  const std::string audit = content_of(run.audit());
  CHECK_THAT(audit, Catch::Contains(run.token_id()));
  CHECK_THAT(audit, Catch::Contains("\"code\":403"));
  CHECK_THAT(audit, Catch::Contains("\"code\":401"));
  CHECK_THAT(audit, Catch::Contains("/admin/scan/job/j4/edit"));
  CHECK_THAT(audit, Catch::Contains(R"("jobs":["j1","j2","j3"])"));
  CHECK_THAT(audit, !Catch::Contains("/scan/job/list"));
}

}  // namespace wire
