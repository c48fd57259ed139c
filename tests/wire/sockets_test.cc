#include "sockets.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "../temporary_directory.h"
#include "peer.h"
#include "publisher.h"

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

TEST_CASE("nobody can tell how a store numbers its peers") {
  CHECK(identity_of_first_peer() != identity_of_first_peer());
}

}  // namespace wire
