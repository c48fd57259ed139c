// Endpoints as an operator writes them, tcp://HOST:PORT and ipc://PATH: which may be bound, and
// how.
#pragma once

#include <stdexcept>
#include <string>

namespace zmq {
class socket_t;
}

namespace store {

class SocketError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// For people; empty if nothing is wrong. Without CURVE nothing but loopback addresses and files is
// good, for those alone are out of the reach of strangers. Asks nobody.
std::string wrong_with_endpoint(const std::string& endpoint, bool has_curve);

// Equal for endpoints that are one and the same however they are written; empty for those of which
// there may be several alike (a port that is chosen when it is bound).
std::string identity_of_endpoint(const std::string& endpoint);

// Returns the endpoint as bound, e.g. with the port that a wildcard port became. A host may be a
// name; at an ipc path only a socket that nobody listens on is replaced. Over tcp, peers that
// vanish without a word are let go a minute later. Throws SocketError.
std::string bind_endpoint(zmq::socket_t& socket, const std::string& endpoint, bool has_curve);

}  // namespace store
