// A client with a valid token of its own tries everything that a SUB socket can do to hear what is
// meant for another.
#include <catch2/catch.hpp>
#include <zmq.hpp>

#include "jobq/client.h"
#include "jobq/driver.h"
#include "peer.h"
#include "sealed.h"
#include "watched_store.h"

namespace watch {
namespace {

using namespace std::chrono_literals;

struct Bought {
  std::string topic;
  std::string key;
};
Bought buy(const WatchedStore& store, const std::string& path,
           const std::vector<std::string>& caveats) {
  wire::Peer peer(store.request_endpoint());
  const wire::Answer answer = peer.ask(wire::bare_frame(
      {.method = wire::Method::POST, .path = path, .token = store.token(caveats)}));
  REQUIRE(answer.code() == 200);
  const auto bought = answer.body().getSubscription();
  const auto key = bought.getKey().asChars();
  return {.topic = bought.getTopic(), .key = std::string(key.begin(), key.size())};
}

class Ear {
 public:
  Ear(const WatchedStore& store, zmq::socket_type type) : socket_(context_, type) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.connect(store.status_endpoint());
  }

  void subscribe(const std::string& topic) {
    if (socket_.get(zmq::sockopt::type) == ZMQ_SUB) {
      socket_.set(zmq::sockopt::subscribe, topic);
    } else {
      socket_.send(zmq::buffer('\1' + topic), zmq::send_flags::none);
    }
  }

  // All parts of all frames that come until nothing has come for `silence`.
  std::vector<std::string> hear(std::chrono::milliseconds silence) {
    socket_.set(zmq::sockopt::rcvtimeo, static_cast<int>(silence.count()));
    std::vector<std::string> parts;
    zmq::message_t part;
    while (socket_.recv(part)) {
      parts.push_back(part.to_string());
    }
    return parts;
  }
  // Waits for the first frame, which says that the subscription was honoured.
  void wait_for_frame() {
    socket_.set(zmq::sockopt::rcvtimeo,
                static_cast<int>(std::chrono::milliseconds(wire::kPatience).count()));
    zmq::message_t part;
    do {
      REQUIRE(socket_.recv(part));
    } while (part.more());
  }

 private:
  zmq::context_t context_{1};
  zmq::socket_t socket_;
};

void live(jobq::Client& client, jobq::Driver& driver, const std::string& name, int jobs) {
  for (int i = 0; i < jobs; ++i) {
    client.submit("scan", {.request = "\"secret-of-" + name + "\"", .client = name});
    for (const jobq::AcceptedJob& job : driver.accept("scan", {.worker = "w"})) {
      driver.update("scan", {{.lease = job.lease, .report = jobq::Progress{.message = name}},
                             {.lease = job.lease, .report = jobq::Done{"\"" + name + "\""}}});
    }
  }
}

// What can be read of the frames, topics left out, with the key.
std::vector<std::string> opened(const std::vector<std::string>& parts, const std::string& key) {
  std::vector<std::string> bodies;
  for (std::size_t i = 1; i < parts.size(); i += 2) {
    if (auto body = auth::open_sealed(key, parts[i])) {
      bodies.push_back(*std::move(body));
    }
  }
  return bodies;
}

bool holds(const std::vector<std::string>& parts, const std::string& text) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const std::string& part) { return part.find(text) != std::string::npos; });
}

TEST_CASE("no subscription but to a topic of one's own brings a single byte of others") {
  WatchedStore store({"--heartbeat", "100ms"});
  jobq::Client client(store.connection());
  jobq::Driver driver(store.connection());
  live(client, driver, "alice", 1);
  const std::vector<std::string> as_bob = {"path = /scan/*", "client = bob"};
  const auto [topic_of_alice, key_of_alice] =
      buy(store, "/scan/job/events", {"path = /scan/*", "client = alice"});
  const auto [topic_of_bob, key_of_bob] = buy(store, "/scan/job/events", as_bob);
  REQUIRE(topic_of_alice != topic_of_bob);

  const zmq::socket_type type = GENERATE(zmq::socket_type::sub, zmq::socket_type::xsub);
  Ear bob(store, type);
  bob.subscribe("");
  for (int byte = 0; byte < 256; ++byte) {
    bob.subscribe(std::string(1, static_cast<char>(byte)));
  }
  for (std::size_t length = 1; length < topic_of_alice.size(); ++length) {
    bob.subscribe(topic_of_alice.substr(0, length));
  }
  bob.subscribe(topic_of_alice + "x");
  bob.subscribe("scan");
  bob.subscribe("alice");
  bob.subscribe(topic_of_bob);
  Ear alice(store, zmq::socket_type::sub);
  alice.subscribe(topic_of_alice);
  alice.wait_for_frame();
  bob.wait_for_frame();

  live(client, driver, "alice", 20);
  live(client, driver, "bob", 1);
  const std::vector<std::string> heard_by_alice = alice.hear(50ms);
  CHECK(holds(opened(heard_by_alice, key_of_alice), "alice"));
  CHECK_FALSE(holds(heard_by_alice, "alice"));
  CHECK(opened(heard_by_alice, key_of_bob).empty());
  const std::vector<std::string> heard = bob.hear(50ms);
  CHECK(holds(opened(heard, key_of_bob), "bob"));
  CHECK(opened(heard, key_of_alice).empty());
  for (std::size_t i = 0; i < heard.size(); i += 2) {
    CHECK(heard[i] == topic_of_bob);
  }
}

TEST_CASE("a topic brings nothing once the token that bought it has expired") {
  WatchedStore store({"--heartbeat", "50ms"});
  jobq::Client client(store.connection());
  jobq::Driver driver(store.connection());
  // Whole seconds are what tokens can say.
  const auto end =
      std::chrono::ceil<std::chrono::seconds>(std::chrono::system_clock::now() + 500ms);
  const std::string topic = buy(store, "/scan/job/events",
                                {"path = /scan/*", "client = alice",
                                 "time < " + std::to_string(end.time_since_epoch().count())})
                                .topic;
  Ear ear(store, zmq::socket_type::sub);
  ear.subscribe(topic);
  ear.wait_for_frame();
  ear.hear(200ms);  // until the heartbeats end
  REQUIRE(std::chrono::system_clock::now() >= end);
  live(client, driver, "alice", 5);
  CHECK(ear.hear(200ms).empty());
  // Nor to whoever comes later.
  Ear late(store, zmq::socket_type::sub);
  late.subscribe(topic);
  live(client, driver, "alice", 5);
  CHECK(late.hear(200ms).empty());
}

TEST_CASE("a peer that is no subscriber cannot have another's subscription") {
  // libzmq would take the message for the place of the subscription that comes next.
  WatchedStore store({"--heartbeat", "50ms"});
  jobq::Client client(store.connection());
  jobq::Driver driver(store.connection());
  const std::string topic =
      buy(store, "/scan/job/events", {"path = /scan/*", "client = alice"}).topic;
  zmq::context_t context(1);
  zmq::socket_t mallory(context, zmq::socket_type::xsub);
  mallory.set(zmq::sockopt::linger, 0);
  mallory.connect(store.status_endpoint());
  Ear alice(store, zmq::socket_type::sub);
  for (int i = 0; i < 200; ++i) {
    mallory.send(zmq::str_buffer("not a subscription"), zmq::send_flags::dontwait);
    mallory.send(zmq::str_buffer("\1m"), zmq::send_flags::dontwait);
  }
  alice.subscribe(topic);
  for (int i = 0; i < 200; ++i) {
    mallory.send(zmq::str_buffer("not a subscription"), zmq::send_flags::dontwait);
    mallory.send(zmq::str_buffer("\1m"), zmq::send_flags::dontwait);
  }
  live(client, driver, "alice", 20);
  mallory.set(zmq::sockopt::rcvtimeo, 200);
  zmq::message_t part;
  CHECK_FALSE(mallory.recv(part));
}

}  // namespace
}  // namespace watch
