#include "patched_libzmq.h"

#include <zmq.hpp>

namespace store {
namespace {

// Of the patches: the headers are those of a libzmq without them.
constexpr int kRouterIgnoreRoutingId = 6101;
constexpr int kMaxMessageParts = 6102;

bool set(zmq::socket_t& socket, int option, int value) {
  return zmq_setsockopt(socket.handle(), option, &value, sizeof value) == 0;
}

}  // namespace

bool guard_against_peers(zmq::socket_t& socket, int parts_max, PeerNames names) {
  const bool is_router =
      names == PeerNames::kOurs &&
      socket.get(zmq::sockopt::type) == static_cast<int>(zmq::socket_type::router);
  return set(socket, kMaxMessageParts, parts_max) &&
         (!is_router || set(socket, kRouterIgnoreRoutingId, 1));
}

}  // namespace store
