#include "silent_socket.h"

#include "connections.h"

namespace store {
namespace {

// What peers may say, subscriptions, is shorter, but the messages of a CURVE handshake count too.
constexpr std::int64_t kMessageBytesMax = 640;
// Of each peer a handshake and some subscriptions, and some more of all together.
constexpr Connections::Terms kTerms = {
    .hears = false, .unheard_bytes_max = 256u << 10, .unheard_bytes_of_each = 1u << 10};
// Who connects and says nothing is let go after so long.
constexpr int kHandshakeMs = 10'000;
// Messages of one peer that wait to be received. As few as can be: libzmq takes in whatever is
// there before it lets go of the thread that asks.
constexpr int kReceiveHighWater = 1;

}  // namespace

SilentSocket::SilentSocket(zmq::socket_type type, Connections* counted, PeerNames names)
    : connections(counted), socket(context, type) {
  if (connections != nullptr) {
    connections->watch(context, socket, kTerms);
  }
  socket.set(zmq::sockopt::handshake_ivl, kHandshakeMs);
  socket.set(zmq::sockopt::rcvhwm, kReceiveHighWater);
  socket.set(zmq::sockopt::maxmsgsize, kMessageBytesMax);
  (void)guard_against_peers(socket, 1, names);
}

SilentSocket::~SilentSocket() {
  if (connections != nullptr) {
    connections->forget(socket);
  }
}

}  // namespace store
