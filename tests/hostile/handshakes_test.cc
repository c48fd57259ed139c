// Handshakes that are left half done, or are none.
#include <atomic>
#include <catch2/catch.hpp>
#include <random>
#include <thread>
#include <zmq.hpp>

#include "attacked_store.h"
#include "zmtp_peer.h"

namespace hostile {
namespace {

constexpr int kStages = 8;

// Goes along until there, and then says nothing more.
ZmtpPeer stop_at(int stage, const std::string& endpoint, const std::string& server_key) {
  ZmtpPeer peer(endpoint, server_key);
  const std::string greeting = peer.greeting();
  if (stage < 4) {
    const std::size_t sizes[] = {0, 1, 10, 63};
    (void)peer.write(greeting.substr(0, sizes[stage]));
    return peer;
  }
  if (!peer.write(greeting) || stage == 4) {
    return peer;
  }
  const std::string next = server_key.empty() ? ZmtpPeer::ready({}) : peer.hello();
  (void)peer.write(stage == 5   ? next.substr(0, 1)
                   : stage == 6 ? next.substr(0, next.size() - 1)
                                : next);
  return peer;
}

std::string random_bytes(std::mt19937& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(random());
  }
  return bytes;
}

// What a peer says first that has no intention to go along.
std::string garbage(std::mt19937& random, const ZmtpPeer& peer) {
  std::string text = peer.greeting();
  switch (random() % 6) {
    case 0:  // of nothing at all
      return random_bytes(random, 1 + random() % 200);
    case 1:  // a greeting with wrong bytes
      for (int i = 0; i < 3; ++i) {
        text[random() % text.size()] = static_cast<char>(random());
      }
      break;
    case 2:  // older and newer versions
      text[10] = static_cast<char>(random() % 5);
      text[11] = static_cast<char>(random() % 3);
      break;
    case 3:  // one that names no mechanism, or an unknown one
      text.replace(12, 5, random_bytes(random, 5));
      break;
    case 4:  // ZMTP 1.0: a routing id without a greeting
      return ZmtpPeer::frame(0, random_bytes(random, random() % 100)) + random_bytes(random, 50);
    default:  // a true greeting
      break;
  }
  switch (random() % 4) {
    case 0: return text + random_bytes(random, random() % 300);
    case 1: return text + ZmtpPeer::ready({.type = "NONE"});
    case 2:
      return text + ZmtpPeer::frame(kCommand, "\5READY" + random_bytes(random, random() % 40));
    default:
      return text + ZmtpPeer::ready({.routing_id = random_bytes(random, random() % 300)}) +
             random_bytes(random, random() % 300);
  }
}

}  // namespace

TEST_CASE("handshakes that are held half open keep nobody out") {
  for (const bool has_curve : {false, true}) {
    AttackedStore store(has_curve, {"--connections-max", "40"});
    std::vector<ZmtpPeer> peers;
    for (int i = 0; i < 20 * kStages; ++i) {
      const std::string endpoint =
          i % 3 == 0 ? store.remote_endpoint() : store.endpoint(i % 3 == 1 ? "request" : "driver");
      peers.push_back(stop_at(i % kStages, endpoint, store.server_key()));
      if (i % 50 == 49) {
        store.check_is_well();
      }
    }
    store.check_is_well();
    // Those that came first had to make room.
    peers.front().wait_for_end();
    store.end();
  }
}

TEST_CASE("garbage instead of a handshake is the end of its connection alone") {
  for (const bool has_curve : {false, true}) {
    AttackedStore store(has_curve);
    const auto endpoints = store.endpoints();
    for (unsigned seed = 1; seed <= 240; ++seed) {
      INFO("seed " << seed << (has_curve ? ", CURVE" : ""));
      std::mt19937 random(seed);
      ZmtpPeer peer(endpoints[seed % endpoints.size()], store.server_key());
      (void)peer.write(garbage(random, peer));
      peer.finish();
    }
    store.check_is_well();
    store.end();
  }
}

TEST_CASE("a socket may close while peers of older versions shake hands") {
  if (!can_hold()) {
    return;
  }
  constexpr int kRounds = 30;
  constexpr std::size_t kPeers = 150;
  const std::string signature = "\xff" + std::string(8, '\0') + "\x7f";
  // Of ZMTP 1.0 and 2.0, up to the routing id, which is empty.
  const std::string handshakes[] = {std::string("\1\0", 2), signature + std::string("\1\2\0\0", 4)};
  zmq::context_t context;
  TemporaryDirectory directory;
  for (int round = 0; round < kRounds; ++round) {
    zmq::socket_t socket(context,
                         round % 2 == 0 ? zmq::socket_type::xpub : zmq::socket_type::router);
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::backlog, static_cast<int>(kPeers));
    const std::string endpoint = directory.endpoint(std::to_string(round));
    socket.bind(endpoint);
    std::vector<ZmtpPeer> peers;
    for (std::size_t i = 0; i < kPeers; ++i) {
      peers.emplace_back(endpoint);
      const std::string& handshake = handshakes[i % 2];
      (void)peers[i].write(handshake.substr(0, handshake.size() - 1));
    }
    std::atomic<std::size_t> written{0};
    std::thread talker([&] {
      for (ZmtpPeer& peer : peers) {
        (void)peer.write(std::string(1, '\0'));
        ++written;
      }
    });
    while (written < kPeers / 4) {
    }
    socket.close();
    talker.join();
  }
}

TEST_CASE("a CURVE handshake that is damaged, mixed up or told twice is refused") {
  AttackedStore store(true);
  const auto join = [&] {
    ZmtpPeer peer(store.remote_endpoint(), store.server_key());
    REQUIRE(peer.exchange_greetings());
    return peer;
  };
  const auto damaged = [](std::string text, std::size_t at) {
    text[at] = static_cast<char>(text[at] ^ 1);
    return text;
  };
  {
    ZmtpPeer honest = join();
    REQUIRE(honest.exchange_hello());
    REQUIRE(honest.exchange_initiate({}));
    REQUIRE(honest.send({"", question(3)}));
    const auto parts = honest.receive();
    REQUIRE(parts);
    CHECK(answered(*parts) == 3);
  }
  std::mt19937 random(4711);
  for (int i = 0; i < 40; ++i) {
    ZmtpPeer peer = join();
    const std::string hello = peer.hello();
    (void)peer.write(damaged(hello, hello.size() - 1 - random() % 120));
    peer.finish();
  }
  for (int i = 0; i < 40; ++i) {
    ZmtpPeer peer = join();
    REQUIRE(peer.exchange_hello());
    const std::string initiate = peer.initiate({});
    (void)peer.write(damaged(initiate, 11 + random() % (initiate.size() - 11)));
    peer.finish();
  }
  ZmtpPeer twice = join();
  const std::string hello = twice.hello();
  (void)twice.write(hello + hello);
  twice.finish();
  for (const std::size_t cut : {0u, 8u, 15u, 16u, 17u}) {
    ZmtpPeer peer = join();
    REQUIRE(peer.exchange_hello());
    REQUIRE(peer.exchange_initiate({}));
    (void)peer.write(ZmtpPeer::frame(0, "\7MESSAGE" + std::string(cut, '\1')));
    peer.finish();
  }
  store.check_is_well();
  store.end();
}

}  // namespace hostile
