// Who may connect to the driver endpoints, and whose key a message was sent with.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

#include "key_list.h"
#include "local_store.h"
#include "peer.h"

namespace wire {
namespace {

// A file of keys that is replaced as operators should: by renaming.
class KeyFile {
 public:
  explicit KeyFile(const std::string& content) { write(content); }

  void write(const std::string& content) const {
    const std::string fresh = path() + ".new";
    std::ofstream(fresh) << content;
    REQUIRE(::chmod(fresh.c_str(), 0644) == 0);
    REQUIRE(std::rename(fresh.c_str(), path().c_str()) == 0);
  }
  void remove() const { REQUIRE(std::remove(path().c_str()) == 0); }
  std::string path() const { return (directory_.path() / "driver.keys").string(); }

 private:
  TemporaryDirectory directory_;
};

std::string why_not(const std::string& content) {
  const KeyFile file(content);
  try {
    const store::KeyList list(file.path());
  } catch (const store::KeyListError& error) {
    const std::string what = error.what();
    REQUIRE_THAT(what, Catch::StartsWith(file.path()));
    return what.substr(file.path().size());
  }
  return {};
}

std::function<void(store::Config&)> with_keys(const std::string& path) {
  return [path](store::Config& config) {
    config.curve = true;
    config.driver_keys = path;
  };
}

// With CURVE and a list of two drivers.
struct Listed {
  CurvePair first = make_curve_pair();
  CurvePair second = make_curve_pair();
  CurvePair stranger = make_curve_pair();
  KeyFile file{first.public_key + '\n' + second.public_key + '\n'};
  LocalStore store{with_keys(file.path())};
  std::string accept = accept_frame(accept_head(1, store.driver_token()), {});

  PeerOptions with(const CurvePair& pair) const {
    return {.server_key = store.public_key(), .curve = pair};
  }
  // The first answer to a driver's request that is `wanted`, however often it takes.
  void ask_until(Peer& peer, unsigned wanted) const {
    while (peer.ask(accept).code() != wanted) {
    }
  }
  // A connection that is refused; only the first try of the peer counts.
  void check_no_way_in(const CurvePair& pair) const {
    Peer peer(store.driver_endpoint(), with(pair));
    peer.send(accept);
    CHECK_FALSE(peer.wait_for_end_of_connection());
    CHECK_FALSE(peer.try_receive());
  }
};

}  // namespace

TEST_CASE("a list of keys has a key a line, blanks and comments") {
  const std::string key = make_curve_pair().public_key;
  const std::string other = make_curve_pair().public_key;
  const KeyFile file("# drivers\n\n  " + key + "  # of the scanner\r\n\t\n" + other);
  const store::KeyList list(file.path());
  CHECK(list.size() == 2);
  CHECK(list.contains(key));
  CHECK(list.contains(other));
  CHECK_FALSE(list.contains(make_curve_pair().public_key));
  CHECK_FALSE(list.contains(""));
  CHECK_FALSE(list.contains(key.substr(0, 39)));
  CHECK(why_not("").empty());
}

TEST_CASE("what is wrong with a list of keys is said with its line") {
  const std::string key = make_curve_pair().public_key;
  CHECK_THAT(why_not(key + "\n\nnone\n"), Catch::StartsWith(", line 3: is no public key"));
  CHECK_THAT(why_not(key + key), Catch::StartsWith(", line 1: "));
  CHECK_THAT(why_not(key + "# a comment needs a blank"), Catch::StartsWith(", line 1: "));
  CHECK_THAT(why_not("# x\n" + key.substr(0, 39) + "~"), Catch::StartsWith(", line 2: "));
  CHECK_THAT(why_not(std::string(40, '%') + "\n"), Catch::StartsWith(", line 1: "));
  CHECK_THAT(why_not(std::string(3u << 20, '#')), Catch::Contains("more than 2097152 bytes"));
  std::string many;
  for (int i = 0; i < 10'000; ++i) {
    many += key + '\n';
  }
  CHECK(why_not(many).empty());
  CHECK_THAT(why_not(many + key), Catch::StartsWith(", line 10001: is one key more"));

  const TemporaryDirectory directory;
  CHECK_THROWS_WITH(store::KeyList(directory.path() / "none"), Catch::Contains("No such file"));
  CHECK_THROWS_WITH(store::KeyList(directory.path()), Catch::Contains("not a regular file"));
  CHECK_THROWS_AS(LocalStore(with_keys(directory.path() / "none")), store::KeyListError);
}

TEST_CASE("a list of keys that others can write to is refused with the cure") {
  const KeyFile file(make_curve_pair().public_key);
  for (const mode_t mode : {0666U, 0664U, 0602U}) {
    REQUIRE(::chmod(file.path().c_str(), mode) == 0);
    CHECK_THROWS_WITH(store::KeyList(file.path()),
                      Catch::StartsWith(file.path()) && Catch::Contains("chmod go-w"));
  }
  REQUIRE(::chmod(file.path().c_str(), 0644) == 0);
  CHECK_NOTHROW(store::KeyList(file.path()));
}

TEST_CASE("a list that is damaged or gone leaves the old one, and says so once") {
  const std::string key = make_curve_pair().public_key;
  const std::string other = make_curve_pair().public_key;
  const KeyFile file(key);
  store::KeyList list(file.path());
  CHECK_FALSE(list.refresh());

  file.write(other + "\ndamaged");
  const auto wrong = list.refresh();
  REQUIRE(wrong);
  CHECK_THAT(*wrong, Catch::Contains("line 2") && Catch::Contains("old list"));
  CHECK_FALSE(list.refresh());
  CHECK(list.contains(key));
  CHECK_FALSE(list.contains(other));

  file.remove();
  CHECK(list.refresh());
  CHECK_FALSE(list.refresh());
  CHECK(list.contains(key));

  file.write(other);
  CHECK_FALSE(list.refresh());
  CHECK(list.contains(other));
  CHECK_FALSE(list.contains(key));
}

TEST_CASE_METHOD(Listed, "only listed keys connect to the driver endpoint") {
  Peer listed(store.driver_endpoint(), with(first));
  CHECK(listed.ask(accept).code() == 200);
  check_no_way_in(stranger);
  check_no_way_in({});
  Peer client(store.request_endpoint(), with(stranger));
  CHECK(client.ask(submit_frame(submit_head(1, store.client_token()), {{.job = "j"}})).code() ==
        200);
  CHECK(listed.ask(accept).code() == 200);
}

TEST_CASE_METHOD(Listed, "a key that is added gets in, one that is removed is not served") {
  Peer staying(store.driver_endpoint(), with(first));
  Peer leaving(store.driver_endpoint(), with(second));
  CHECK(staying.ask(accept).code() == 200);
  CHECK(leaving.ask(accept).code() == 200);

  file.write(first.public_key + '\n' + stranger.public_key + '\n');
  // Whoever connects makes the store look.
  Peer coming(store.driver_endpoint(), with(stranger));
  CHECK(coming.ask(accept).code() == 200);
  const Answer refused = leaving.ask(accept);
  CHECK(refused.code() == 403);
  CHECK_THAT(refused.error(), Catch::StartsWith("curve:"));
  CHECK(refused.body().isNone());
  CHECK(leaving.ask(bare_frame({.id = 3, .path = "/status"})).code() == 403);
  CHECK(staying.ask(accept).code() == 200);
  check_no_way_in(second);
}

TEST_CASE_METHOD(Listed, "a changed list is noticed although nobody connects") {
  Peer leaving(store.driver_endpoint(), with(second));
  ask_until(leaving, 200);
  file.write(first.public_key);
  ask_until(leaving, 403);
  file.write("damaged");
  CHECK(leaving.ask(accept).code() == 403);
  file.write(first.public_key + '\n' + second.public_key);
  ask_until(leaving, 200);
}

TEST_CASE_METHOD(Listed, "a job does not go to who waited for it and lost the list's favour") {
  Peer client(store.request_endpoint(), with(stranger));
  Peer leaving(store.driver_endpoint(), with(second));
  leaving.send(accept_frame(accept_head(7, store.driver_token()),
                            {.worker = "leaving", .request_number = 2, .wait_ms = 60'000}));
  const auto query = [&](const char* job) {
    return client.ask(job_query_frame(
        client_call(9, Method::GET, "/scan/job", store.client_token()), {.job = job}));
  };
  // Answered after the accept, since a peer's requests are applied in their order.
  CHECK(leaving.ask(bare_frame({.id = 8, .path = "/status"})).id() == 8);
  file.write(first.public_key);
  Peer staying(store.driver_endpoint(), with(first));
  CHECK(staying.ask(accept).code() == 200);

  CHECK(client.ask(submit_frame(submit_head(1, store.client_token()), {{.job = "j"}})).code() ==
        200);
  // It is taken back from who cannot be told, and goes to another.
  const Answer taken =
      staying.ask(accept_frame(accept_head(2, store.driver_token()),
                               {.worker = "staying", .request_number = 3, .wait_ms = 60'000}));
  REQUIRE(taken.body().getAccepted().size() == 1);
  CHECK(query("j").body().getJob().getWorker() == "staying");
  CHECK_FALSE(leaving.try_receive());
}

TEST_CASE("a curve caveat is good with its key and no other") {
  LocalStore store([](store::Config& config) { config.curve = true; });
  const CurvePair own = make_curve_pair();
  const std::string token =
      store.mint({"path = /scan/*", "client = alice", "curve = " + own.public_key});
  const auto submit = submit_frame(submit_head(1, token), {{.job = "j"}});
  for (const std::string& endpoint : {store.request_endpoint(), store.driver_endpoint()}) {
    Peer owner(endpoint, {.server_key = store.public_key(), .curve = own});
    Peer thief(endpoint, {.server_key = store.public_key()});
    CHECK(thief.ask(submit).code() == 403);
    CHECK(owner.ask(submit).code() == 200);
    CHECK(thief.ask(submit).code() == 403);
  }
  LocalStore plain;
  Peer peer(plain.request_endpoint());
  const std::string other = plain.mint({"path = /scan/*", "curve = " + own.public_key});
  CHECK(peer.ask(submit_frame(submit_head(1, other), {{.job = "j"}})).code() == 403);
}

TEST_CASE("many handshakes under way do not keep a store from stopping") {
  for (int round = 0; round < 3; ++round) {
    LocalStore store([](store::Config& config) { config.curve = true; });
    std::vector<std::unique_ptr<Peer>> peers;
    for (int i = 0; i < 20; ++i) {
      peers.push_back(std::make_unique<Peer>(store.request_endpoint(),
                                             PeerOptions{.server_key = store.public_key()}));
    }
    if (round == 1) {
      store.stop();  // so that questions of libzmq stay without answer
    }
  }
}

}  // namespace wire
