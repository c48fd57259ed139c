// Messages without an end, beyond all measure, or of no meaning.
#include "messages.h"

#include <catch2/catch.hpp>
#include <functional>
#include <random>

#include "attacked_store.h"
#include "zmtp_peer.h"

namespace hostile {
namespace {

constexpr std::size_t kMiB = 1u << 20;

// A peer that may send messages there.
ZmtpPeer join(const AttackedStore& store, const std::string& endpoint) {
  ZmtpPeer peer(endpoint, store.server_key());
  REQUIRE(peer.shake_hands({.type = endpoint == store.endpoint("status") ? "SUB" : "DEALER"}));
  return peer;
}

// Whether a peer can send so often; what is under way when the store ends the connection can be.
bool goes_on(int times, const std::function<bool()>& send) {
  bool is_open = true;
  for (int i = 0; i < times && is_open; ++i) {
    is_open = send();
  }
  return is_open;
}

}  // namespace

TEST_CASE("a message of parts without end costs its own connection and no memory") {
  if (!can_hold()) {
    return;
  }
  AttackedStore store(false);
  std::string parts;
  for (int i = 0; i < 100'000; ++i) {
    parts += ZmtpPeer::frame(kMore, {});
  }
  for (const std::string& endpoint : store.endpoints()) {
    INFO(endpoint);
    ZmtpPeer peer = join(store, endpoint);
    CHECK_FALSE(goes_on(50, [&] { return peer.write(parts); }));
    store.check_is_well();
  }
  store.end();
}

TEST_CASE("parts without end under CURVE cost the connection too") {
  if (!can_hold()) {
    return;
  }
  AttackedStore store(true);
  for (const std::string& endpoint : store.endpoints()) {
    INFO(endpoint);
    ZmtpPeer peer = join(store, endpoint);
    CHECK_FALSE(goes_on(100'000, [&] { return peer.send_part("x", kMore); }));
  }
  store.check_is_well();
  store.end();
}

TEST_CASE("the parts of a message are not more together than a message may be") {
  if (!can_hold()) {
    return;
  }
  AttackedStore store(false);
  ZmtpPeer peer = join(store, store.remote_endpoint());
  const std::string part = ZmtpPeer::frame(kMore, std::string(12 * kMiB, 'x'));
  CHECK_FALSE(goes_on(10, [&] { return peer.write(part); }));
  store.check_is_well();
  store.end();
}

TEST_CASE("what all peers have sent and the store not received is bounded, over ipc too") {
  AttackedStore store(false);
  const std::string frame = ZmtpPeer::frame(0, std::string(12 * kMiB, 'x'));
  for (const std::string& endpoint : {store.remote_endpoint(), store.endpoint("request")}) {
    INFO(endpoint);
    const std::uint64_t before = store.let_go("connectionsFlooding");
    std::vector<ZmtpPeer> peers;
    for (int i = 0; i < 25; ++i) {
      peers.push_back(join(store, endpoint));
      (void)peers.back().write(std::string_view(frame).substr(0, frame.size() - 1));
    }
    while (store.let_go("connectionsFlooding") == before) {
    }
  }
  store.end();
}

TEST_CASE("what has no end yet is forgotten with its connection, and hinders nobody") {
  AttackedStore store(false);
  std::mt19937 random(20'261'128);
  for (const std::string& endpoint : store.endpoints()) {
    std::vector<ZmtpPeer> peers;
    for (int i = 0; i < 25; ++i) {
      peers.push_back(join(store, endpoint));
      const int parts = static_cast<int>(random() % 4);
      for (int k = 0; k < parts; ++k) {
        // A publisher ends a connection over two of them.
        (void)peers.back().send_part(std::string(random() % 5000, '\1'), kMore);
      }
      // A part of which the greater part is missing.
      const std::string frame = ZmtpPeer::frame(0, std::string(300 + random() % 700, '\1'));
      (void)peers.back().write(frame.substr(0, random() % frame.size()));
    }
    store.check_is_well();
    for (ZmtpPeer& peer : peers) {
      peer.finish();
    }
  }
  store.check_is_well();
  store.end();
}

TEST_CASE("a frame that says it is greater than there is memory is not waited for") {
  AttackedStore store(false);
  for (const std::string& endpoint : store.endpoints()) {
    for (const std::string& size : {std::string("\x7f\xff\xff\xff\xff\xff\xff\xff"),
                                    std::string("\xff\xff\xff\xff\xff\xff\xff\xff"),
                                    std::string("\0\0\0\xff\xff\xff\xff\xff", 8)}) {
      ZmtpPeer peer = join(store, endpoint);
      REQUIRE(peer.write("\2" + size + "begin"));
      peer.wait_for_end();
    }
  }
  store.check_is_well();
  store.end();
}

TEST_CASE("commands that a ROUTER has no use for do no harm") {
  for (const bool has_curve : {false, true}) {
    AttackedStore store(has_curve);
    for (int i = 0; i < 20; ++i) {
      ZmtpPeer peer = join(store, store.remote_endpoint());
      for (const char* const name : {"SUBSCRIBE", "CANCEL", "JOIN", "LEAVE", "ERROR", "NONSENSE"}) {
        // A store may take some for messages, which are malformed, or end the connection.
        (void)peer.send_command(name, "topic");
      }
      (void)peer.send_command("PING", std::string("\0\1", 2) + "context");
      (void)peer.send_part("", kMore | kCommand);
      peer.finish();
    }
    store.check_is_well();
    store.end();
  }
}

TEST_CASE("answers that nobody reads are bounded") {
  AttackedStore store(false);
  std::string questions;
  for (int i = 0; i < 1000; ++i) {
    questions += ZmtpPeer::frame(kMore, {}) + ZmtpPeer::frame(0, question());
  }
  std::vector<ZmtpPeer> peers;
  for (int i = 0; i < 10; ++i) {
    peers.push_back(join(store, store.remote_endpoint()));
    REQUIRE(peers.back().write(questions));
  }
  store.check_is_well();
  store.end();
}

}  // namespace hostile
