#include "sockets.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>

#include "../temporary_directory.h"
#include "connections.h"
#include "next_frame.h"
#include "peer.h"
#include "status_socket.h"

namespace wire {
namespace {

// The store's end of the first connection to a tcp endpoint of this process; -1 if there is none.
int accepted_at(const std::string& endpoint) {
  const int port = std::stoi(endpoint.substr(endpoint.rfind(':') + 1));
  const auto port_of = [](int fd, auto* get_name) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    const int got = get_name(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return got == 0 && address.sin_family == AF_INET ? ntohs(address.sin_port) : 0;
  };
  constexpr int kNumbers = 1000;
  for (int fd = 0; fd < kNumbers; ++fd) {
    if (port_of(fd, ::getsockname) == port && port_of(fd, ::getpeername) != 0) {
      return fd;
    }
  }
  return -1;
}

int option_of(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  CHECK(::getsockopt(fd, level, name, &value, &size) == 0);
  return value;
}

std::string identity_of_first_peer() {
  std::srand(1);
  TemporaryDirectory directory;
  store::Sockets sockets({.message_bytes_max = 1000});
  Peer peer(sockets.bind(store::SocketKind::kRequest, directory.endpoint("request")));
  peer.send("x");
  return next_frame(sockets).identity;
}

}  // namespace

TEST_CASE("who takes the number of a peer that has gone gets nothing of what was meant for it") {
  TemporaryDirectory directory;
  store::Sockets sockets({.message_bytes_max = 1000});
  const auto endpoint = sockets.bind(store::SocketKind::kRequest, directory.endpoint("request"));
  const auto answer = [&sockets](const store::Frame& frame) {
    return sockets.send(store::SocketKind::kRequest, frame.identity, true,
                        {"secret", sockets.room_for(frame.identity)});
  };
  std::optional<Peer> victim(std::in_place, endpoint);
  victim->send("x");
  const store::Frame frame = next_frame(sockets);
  CHECK(answer(frame));
  CHECK(victim->receive_parts().back() == "secret");
  victim.reset();
  while (sockets.is_connected(frame.identity)) {
  }
  Peer thief(endpoint, {.routing_id = frame.identity.substr(0, 5)});
  thief.send("x");
  const store::Frame of_thief = next_frame(sockets);
  CHECK(of_thief.identity != frame.identity);
  if (!sockets.is_guarded()) {
    CHECK(of_thief.identity.substr(0, 5) == frame.identity.substr(0, 5));
  }
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
  CHECK(sockets.connections().counters().of(store::Connections::Why::kMax).count > 0);
}

TEST_CASE("what a peer has not read is bounded in bytes") {
  constexpr std::size_t kMax = 16u << 20;
  constexpr std::size_t kOfOne = kMax / 16;
  TemporaryDirectory directory;
  store::Sockets sockets({.message_bytes_max = 1000, .unread_bytes_max = kMax});
  const auto endpoint = sockets.bind(store::SocketKind::kRequest, directory.endpoint("request"));
  const auto hear = [&sockets](Peer& peer) {
    peer.send("x");
    return next_frame(sockets).identity;
  };
  const auto answer = [&sockets](const std::string& identity, std::size_t bytes) {
    auto room = sockets.room_for(identity);
    return room && sockets.send(store::SocketKind::kRequest, identity, true,
                                {std::string(bytes, 'a'), std::move(room)});
  };
  const auto unread = [&sockets] { return sockets.connections().counters().unread_bytes; };

  SECTION("of each, who goes on when it has read") {
    const std::size_t bytes = GENERATE(kOfOne / 8, kOfOne * 2);
    Peer peer(endpoint, {.receive_high_water = 1});
    const std::string identity = hear(peer);
    int sent = 0;
    while (sent < 100 && answer(identity, bytes)) {
      ++sent;
    }
    CHECK(unread() < kOfOne + bytes + store::HeldText::kCost);
    Peer other(endpoint);
    CHECK(answer(hear(other), bytes));
    CHECK(other.receive_parts().back().size() == bytes);
    for (; sent > 0; --sent) {
      CHECK(peer.receive_parts().back().size() == bytes);
    }
    while (unread() > 0) {  // the last is on its way out
    }
    CHECK(answer(identity, bytes));
  }
  SECTION("of all, of whom those are shut out who have left the most") {
    std::vector<std::unique_ptr<Peer>> peers;
    std::size_t most = 0;
    while (sockets.connections().counters().of(store::Connections::Why::kUnread).count == 0) {
      peers.push_back(std::make_unique<Peer>(endpoint, PeerOptions{.receive_high_water = 1}));
      const std::string identity = hear(*peers.back());
      for (int i = 0; i < 100 && answer(identity, kOfOne / 8); ++i) {
        most = std::max(most, unread());
      }
      REQUIRE(most <= kMax + kOfOne / 8);
    }
    // Even in the moment until they are closed others are answered.
    Peer other(endpoint);
    CHECK(answer(hear(other), 1000));
    CHECK(other.receive_parts().back().size() == 1000);
    while (unread() > kMax / 2) {
      (void)sockets.try_receive();
    }
  }
}

TEST_CASE("a peer that vanishes without a word is let go a minute later") {
  store::Sockets sockets({.message_bytes_max = 1000});
  store::StatusSocket publisher({});
  const std::string any = "tcp://127.0.0.1:*";
  for (const auto& [endpoint, type] :
       {std::pair(sockets.bind(store::SocketKind::kDriver, any), zmq::socket_type::dealer),
        std::pair(publisher.bind(any), zmq::socket_type::sub)}) {
    Peer peer(endpoint, {.type = type});
    peer.wait_for_connection();
    const int fd = accepted_at(endpoint);
    REQUIRE(fd >= 0);
    CHECK(option_of(fd, SOL_SOCKET, SO_KEEPALIVE) == 1);
    CHECK(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE) == 30);
    CHECK(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT) == 60'000);
  }
}

TEST_CASE("nobody can tell how a store numbers its peers") {
  CHECK(identity_of_first_peer() != identity_of_first_peer());
}

}  // namespace wire
