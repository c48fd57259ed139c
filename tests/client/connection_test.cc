#include "connection.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <utility>

#include "fake_store.h"
#include "messages.h"

using namespace std::chrono_literals;

namespace {

// Asks for the store's status; returns its version.
std::string ask_version(jobq::StoreConnection& connection, jobq::Span held = {}) {
  return connection.ask(jobq::request<std::string>(
      {.path = "/status", .held = held}, [](protocol::Reply::Reader reply) {
        jobq::require_taken(reply);
        if (!reply.getBody().isStore()) {
          throw jobq::DamagedReply("body");
        }
        return std::string(reply.getBody().getStore().getVersion().cStr());
      }));
}

FillReply version(const std::string& text) {
  return [text](protocol::Reply::Builder reply) {
    reply.getBody().initStore().setVersion(text.c_str());
  };
}

FakeStore::Handler says(const std::string& text) {
  return [text](FakeStore& self, const Asked& asked) { self.reply(asked, 200, version(text)); };
}

struct ConnectionFixture {
  const TemporaryDirectory directory;
  jobq::Connection options = quick_connection(directory.endpoint());
};

}  // namespace

TEST_CASE_METHOD(ConnectionFixture,
                 "a request without answer is sent again, the same bytes from a fresh socket") {
  int count = 0;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    if (++count == 3) {
      self.reply(asked, 200, version("1"));
    }
  });
  jobq::StoreConnection connection(options);
  REQUIRE(ask_version(connection) == "1");
  const auto asked = store.asked();
  REQUIRE(asked.size() == 3);
  REQUIRE(asked[0].bytes == asked[1].bytes);
  REQUIRE(asked[0].bytes == asked[2].bytes);
  REQUIRE(asked[0].peer != asked[1].peer);
  REQUIRE(asked[1].peer != asked[2].peer);
}

TEST_CASE_METHOD(ConnectionFixture, "answered requests share a socket, and their ids rise") {
  FakeStore store(directory.endpoint(), says("1"));
  options.retry_after = kForEver;
  jobq::StoreConnection connection(options);
  ask_version(connection);
  ask_version(connection);
  const auto asked = store.asked();
  REQUIRE(asked.size() == 2);
  REQUIRE(asked[0].peer == asked[1].peer);
  REQUIRE(asked[0].request().getId() < asked[1].request().getId());
  const auto token = asked[0].request().getToken();
  REQUIRE(std::string(token.begin(), token.end()) == "token");
}

TEST_CASE_METHOD(ConnectionFixture,
                 "a store that stays away ends in Unreachable, which names the endpoint") {
  options.patience = 300ms;
  jobq::StoreConnection connection(options);
  const auto start = std::chrono::steady_clock::now();
  REQUIRE_THROWS_WITH(ask_version(connection), Catch::Contains(directory.endpoint()));
  REQUIRE(std::chrono::steady_clock::now() - start >= 300ms);
  REQUIRE_THROWS_AS(ask_version(connection), jobq::Unreachable);

  SECTION("and the next call reaches it once it is there") {
    FakeStore store(directory.endpoint(), says("1"));
    REQUIRE(ask_version(connection) == "1");
  }
}

TEST_CASE_METHOD(ConnectionFixture, "a store that holds a request for ever ends in Unreachable") {
  FakeStore store(directory.endpoint(), [](FakeStore&, const Asked&) {});
  options.patience = 300ms;
  jobq::StoreConnection connection(options);
  REQUIRE_THROWS_AS(ask_version(connection), jobq::Unreachable);
  REQUIRE(store.asked().size() >= 2);
}

TEST_CASE_METHOD(ConnectionFixture,
                 "a store that is not there is told as trouble, once until it answers") {
  options.patience = kForEver;
  std::vector<std::string> troubles;
  std::unique_ptr<FakeStore> store;
  const auto come = [&] { store = std::make_unique<FakeStore>(directory.endpoint(), says("1")); };
  options.on_trouble = [&](const std::string& line) {
    troubles.push_back(line);
    come();
  };
  jobq::StoreConnection connection(options);
  const std::string line =
      "waiting for " + directory.endpoint() + ": cannot connect (does a store listen there?)";
  REQUIRE(ask_version(connection) == "1");
  REQUIRE(ask_version(connection) == "1");
  REQUIRE(troubles == std::vector{line});
  store.reset();
  REQUIRE(ask_version(connection) == "1");
  REQUIRE(troubles == std::vector{line, line});
}

TEST_CASE_METHOD(ConnectionFixture, "without a connection the time held does not count") {
  options.patience = 300ms;
  jobq::StoreConnection connection(options);
  // Would take an hour.
  REQUIRE_THROWS_AS(ask_version(connection, 1h), jobq::Unreachable);
}

TEST_CASE_METHOD(ConnectionFixture, "replies to other requests are skipped") {
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    const std::uint64_t id = asked.request().getId();
    self.send(asked, make_reply(id + 1, 200, version("later")));
    self.send(asked, make_reply(id - 1, 403));
    self.send(asked, make_reply(0, 400));
    self.reply(asked, 200, version("this"));
  });
  jobq::StoreConnection connection(options);
  REQUIRE(ask_version(connection) == "this");
  REQUIRE(store.asked().size() == 1);
}

TEST_CASE_METHOD(ConnectionFixture, "a reply that cannot be read is no answer") {
  const std::string good = make_reply(1, 200, version("a version that is long enough to cut"));
  std::string wild = good;
  for (std::size_t i = 16; i < wild.size(); ++i) {
    wild[i] = static_cast<char>(wild[i] ^ 0x5a);  // the header stays, the pointers do not
  }
  const std::string garbage =
      GENERATE_COPY(std::string(), std::string("x"), std::string(7, '\0'), std::string(8, '\0'),
                    std::string(64, '\xff'), wild, good.substr(0, good.size() - 8),
                    good.substr(0, good.size() - 3), make_reply(1, 200));  // the last: another body
  CAPTURE(garbage.size());
  int count = 0;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    if (++count == 1) {
      self.send(asked, garbage);
    } else {
      self.send(asked, good);
    }
  });
  jobq::StoreConnection connection(options);
  REQUIRE(ask_version(connection) == "a version that is long enough to cut");
  REQUIRE(store.asked().size() == 2);
}

TEST_CASE_METHOD(ConnectionFixture, "each byte of a reply may be wrong without harm") {
  const std::string good = make_reply(1, 200, version("version"));
  for (std::size_t i = 0; i < good.size(); ++i) {
    bool is_first = true;
    FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
      if (std::exchange(is_first, false)) {
        std::string wrong = good;
        wrong[i] = static_cast<char>(wrong[i] ^ 0xff);
        self.send(asked, wrong);
      }
      self.send(asked, good);
    });
    jobq::StoreConnection connection(options);
    try {
      ask_version(connection);
    } catch (const jobq::Refused&) {
      // The byte was the code's.
    }
  }
}

TEST_CASE_METHOD(ConnectionFixture, "503 is no answer: the store is asked again") {
  int count = 0;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    if (++count < 3) {
      self.reply(asked, 503, {}, "shutting down");
    } else {
      self.reply(asked, 200, version("1"));
    }
  });
  options.retry_after = kForEver;
  jobq::StoreConnection connection(options);
  REQUIRE(ask_version(connection) == "1");
}

TEST_CASE_METHOD(ConnectionFixture, "a refusal is thrown with code and text") {
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    self.reply(asked, 403, {}, "path: not allowed");
  });
  jobq::StoreConnection connection(options);
  try {
    ask_version(connection);
    FAIL("was not refused");
  } catch (const jobq::Refused& refused) {
    REQUIRE(refused.code() == 403);
    REQUIRE(refused.what() == std::string("path: not allowed"));
  }
  REQUIRE(store.asked().size() == 1);
}

TEST_CASE_METHOD(
    ConnectionFixture,
    "a request that the killed store held is asked again as soon as the store is back") {
  auto store = std::make_unique<FakeStore>(directory.endpoint(), [](FakeStore&, const Asked&) {});
  options.patience = kForEver;
  options.retry_after = kForEver;
  jobq::StoreConnection connection(options);
  std::thread restart([&] {
    store->asked(1);
    store = nullptr;
    store = std::make_unique<FakeStore>(directory.endpoint(), says("2"));
  });
  // Held and retried after far longer than a test may take.
  REQUIRE(ask_version(connection, 1h) == "2");
  restart.join();
}

TEST_CASE_METHOD(ConnectionFixture, "a blocked call is interrupted from another thread") {
  options.patience = 1h;
  options.retry_after = 1h;

  SECTION("while the store holds it") {
    std::atomic<bool> holds = true;
    FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
      if (!holds) {
        self.reply(asked, 200, version("1"));
      }
    });
    jobq::StoreConnection connection(options);
    std::thread interrupter([&] {
      store.asked(1);
      connection.interrupt();
    });
    REQUIRE_THROWS_AS(ask_version(connection, 1h), jobq::Interrupted);
    interrupter.join();
    REQUIRE_THROWS_AS(ask_version(connection), jobq::Interrupted);
    REQUIRE(store.asked().size() == 1);
    holds = false;
    connection.resume();
    REQUIRE(ask_version(connection) == "1");
  }

  SECTION("while the store is away") {
    jobq::StoreConnection connection(options);
    std::thread interrupter([&] { connection.interrupt(); });
    REQUIRE_THROWS_AS(ask_version(connection), jobq::Interrupted);
    interrupter.join();
  }
}

TEST_CASE_METHOD(ConnectionFixture,
                 "CURVE: the right server key is answered, another one is pointed at") {
  const KeyPair keys = new_key_pair();
  FakeStore store(directory.endpoint(), says("1"), keys.secret_key);
  options.server_key = keys.public_key;
  jobq::StoreConnection connection(options);
  REQUIRE(ask_version(connection) == "1");

  options.patience = 2s;
  std::string trouble;
  options.on_trouble = [&](const std::string& line) { trouble = line; };
  options.server_key = GENERATE(new_key_pair().public_key, std::string());
  jobq::StoreConnection other(options);
  REQUIRE_THROWS_WITH(ask_version(other), Catch::Contains("keys right"));
  REQUIRE_FALSE(trouble.empty());  // what it says depends on how far the handshake had come by then
}

TEST_CASE("an endpoint or a key that cannot be is refused by the constructor") {
  jobq::Connection options;
  options.endpoint = "nowhere";
  REQUIRE_THROWS_AS(jobq::StoreConnection(options), std::invalid_argument);
  options = {};
  options.server_key = "short";
  REQUIRE_THROWS_AS(jobq::StoreConnection(options), std::invalid_argument);
  options.server_key = std::string(40, '"');
  REQUIRE_THROWS_AS(jobq::StoreConnection(options), std::invalid_argument);
}
