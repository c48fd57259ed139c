#include "sockets.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "../temporary_directory.h"
#include "connections.h"
#include "peer.h"

namespace wire {
namespace {

std::string identity_of_first_peer() {
  std::srand(1);
  TemporaryDirectory directory;
  store::Sockets sockets({.message_bytes_max = 1000});
  Peer peer(sockets.bind(store::SocketKind::kRequest, directory.endpoint("request")));
  peer.send("x");
  std::optional<store::Frame> frame;
  while (!frame) {
    frame = sockets.try_receive();
  }
  return frame->identity;
}

}  // namespace

TEST_CASE("who takes the number of a peer that has gone gets nothing of what was meant for it") {
  TemporaryDirectory directory;
  store::Sockets sockets({.message_bytes_max = 1000});
  const auto endpoint = sockets.bind(store::SocketKind::kRequest, directory.endpoint("request"));
  const auto receive = [&sockets] {
    std::optional<store::Frame> frame;
    while (!frame) {
      frame = sockets.try_receive();
    }
    return *frame;
  };
  const auto answer = [&sockets](const store::Frame& frame) {
    return sockets.send(store::SocketKind::kRequest, frame.identity, true, "secret");
  };
  std::optional<Peer> victim(std::in_place, endpoint);
  victim->send("x");
  const store::Frame frame = receive();
  CHECK(answer(frame));
  CHECK(victim->receive_parts().back() == "secret");
  victim.reset();
  while (sockets.is_connected(frame.identity)) {
  }
  Peer thief(endpoint, {.routing_id = frame.identity.substr(0, 5)});
  thief.send("x");
  const store::Frame of_thief = receive();
  CHECK(of_thief.identity != frame.identity);
  CHECK(of_thief.identity.substr(0, 5) == frame.identity.substr(0, 5));
  CHECK_FALSE(answer(frame));
  CHECK(answer(of_thief));
}

TEST_CASE("beyond the most connections that there may be the oldest silent one is closed") {
  TemporaryDirectory directory;
  store::Sockets sockets({.message_bytes_max = 1000, .connections_max = 2});
  const auto endpoint = sockets.bind(store::SocketKind::kRequest, directory.endpoint("request"));
  Peer speaking(endpoint);
  const auto hear = [&sockets](Peer& peer) {
    peer.send("x");
    while (!sockets.try_receive()) {
    }
  };
  hear(speaking);
  Peer silent(endpoint);
  silent.wait_for_connection();
  while (sockets.connections().counters().open < 2) {
  }
  Peer newcomer(endpoint);
  CHECK(silent.wait_for_end_of_connection());
  hear(newcomer);
  hear(speaking);
  CHECK(sockets.connections().counters().shut > 0);
}

TEST_CASE("nobody can tell how a store numbers its peers") {
  CHECK(identity_of_first_peer() != identity_of_first_peer());
}

}  // namespace wire
