// Peers that choose the number (routing id) by which a ROUTER knows them.
#include <algorithm>
#include <catch2/catch.hpp>

#include "attacked_store.h"
#include "connections.h"
#include "messages.h"
#include "next_frame.h"
#include "sockets.h"
#include "zmtp_peer.h"

namespace hostile {
namespace {

// Of the form that a ROUTER gives itself.
std::string number(std::uint32_t value) {
  std::string text(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) {
    text.push_back(static_cast<char>(value >> shift));
  }
  return text;
}
std::uint32_t value_of(const std::string& number) {
  std::uint32_t value = 0;
  for (const char byte : number.substr(1, 4)) {
    value = value << 8 | static_cast<unsigned char>(byte);
  }
  return value;
}

std::uint64_t waiting(wire::Peer& client, const AttackedStore& store) {
  const wire::Answer stats =
      client.ask(wire::bare_frame({.id = 1, .path = "/admin/stats", .token = store.token()}));
  REQUIRE(stats.code() == 200);
  return stats.body().getStats().getWaitersParked();
}

std::string accept_of(const std::string& worker, const AttackedStore& store) {
  return wire::accept_frame(
      {.id = 2, .method = wire::Method::POST, .path = "/jobs/scan/accept", .token = store.token()},
      {.worker = worker, .wait_ms = 60'000});
}

void check_thief_gets_nothing(AttackedStore& store) {
  const auto client = store.client();
  const auto worker = store.client();
  const Identity wanted{.routing_id = number(4711)};
  {
    ZmtpPeer victim(store.endpoint("request"), store.server_key());
    REQUIRE(victim.shake_hands(wanted));
    REQUIRE(victim.send({"", accept_of("victim", store)}));
    while (waiting(*client, store) == 0) {
    }
  }
  // Most of these come before anybody has noticed that the victim is gone, or after it.
  std::vector<ZmtpPeer> thieves;
  for (int i = 0; i < 20; ++i) {
    thieves.emplace_back(store.endpoint("request"), store.server_key());
    REQUIRE(thieves.back().shake_hands(wanted));
  }
  REQUIRE(
      client
          ->ask(wire::submit_frame(
              {.id = 3, .method = wire::Method::POST, .path = "/scan/job/", .token = store.token()},
              {{.job = "job"}}))
          .code() == 200);
  const wire::Answer accepted = worker->ask(accept_of("worker", store));
  REQUIRE(accepted.code() == 200);
  REQUIRE(accepted.body().getAccepted().size() == 1);
  for (ZmtpPeer& thief : thieves) {
    (void)thief.send({"", question(9)});
  }
  // Whoever was given a number is answered that, and nothing else came before it. The others are
  // not served at all: their connections are ended by them.
  if (can_hold()) {
    for (ZmtpPeer& thief : thieves) {
      const auto parts = thief.receive();
      REQUIRE(parts);
      CHECK(answered(*parts) == 9);
    }
  }
  store.check_is_well();
}

}  // namespace

TEST_CASE("who claims the number of a worker that has left does not get its job") {
  for (const bool has_curve : {false, true}) {
    AttackedStore store(has_curve);
    check_thief_gets_nothing(store);
    store.end();
  }
}

TEST_CASE("numbers that are claimed again and again, and in a row, are nobody's") {
  AttackedStore store(false);
  std::vector<ZmtpPeer> peers;
  for (std::uint32_t i = 0; i < 200; ++i) {
    peers.emplace_back(store.endpoint(i % 2 == 0 ? "request" : "driver"));
    REQUIRE(peers.back().shake_hands({.routing_id = number(0x8000'0000u + i / 8)}));
    REQUIRE(peers.back().send({"", question(i)}));
  }
  store.check_is_well();
  if (can_hold()) {
    for (std::uint32_t i = 0; i < 200; ++i) {
      const auto parts = peers[i].receive();
      REQUIRE(parts);
      CHECK(answered(*parts) == i);
    }
  }
  store.end();
}

TEST_CASE("a ROUTER that meets numbers which peers claimed goes on") {
  if (!can_hold()) {
    return;
  }
  TemporaryDirectory directory;
  store::Sockets sockets({.curve_secret = {}, .message_bytes_max = 1000});
  const auto endpoint = sockets.bind(store::SocketKind::kRequest, directory.endpoint("request"));
  const auto receive = [&sockets] { return wire::next_frame(sockets); };
  const auto join = [&](const Identity& identity) {
    ZmtpPeer peer(endpoint);
    REQUIRE(peer.shake_hands(identity));
    REQUIRE(peer.send({"", "x"}));
    return peer;
  };
  const ZmtpPeer first = join({});
  const std::uint32_t known = value_of(receive().identity);
  std::vector<ZmtpPeer> peers;
  for (std::uint32_t i = 20; i < 40; ++i) {
    peers.push_back(join({.routing_id = number(known + i)}));
    receive();
  }
  std::vector<std::string> identities;
  for (int i = 0; i < 60; ++i) {
    peers.push_back(join({}));
    identities.push_back(receive().identity);
  }
  std::sort(identities.begin(), identities.end());
  CHECK(std::adjacent_find(identities.begin(), identities.end()) == identities.end());
}

}  // namespace hostile
