// What a libzmq with our patches (docs/libzmq.md) does against peers that mean harm.
#pragma once

namespace zmq {
class socket_t;
}

namespace store {

enum class PeerNames { kOurs, kTheirs };

// From the next bind on the peers of this socket do not choose its numbers for them unless they
// are to, and who sends more parts in a message, or more bytes than a message may have, is
// disconnected. Returns false, and does nothing, with a libzmq that has not the patches.
bool guard_against_peers(zmq::socket_t& socket, int parts_max, PeerNames names = PeerNames::kOurs);

}  // namespace store
