// The connections of the store's sockets: counted, bounded, and known again.
//
// libzmq takes in whoever comes, until no descriptor is left for the database, and does not tell
// when a peer has gone. What its sockets tell their monitors is enough for both: when there are too
// many connections, the oldest over which nothing has been said is shut down, and if there is none,
// the new one. That is done by a thread of its own, which nothing else holds up.
//
// Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace zmq {
class context_t;
class socket_t;
}  // namespace zmq

namespace store {

class Connections {
 public:
  explicit Connections(std::size_t max);
  ~Connections();

  // From before the socket is bound until forget(), which must come before it is closed. Both in
  // the thread that uses the socket. Peers of a socket that does not `hear` say nothing in any case
  // and are not shut down to make room.
  void watch(zmq::context_t& context, zmq::socket_t& socket, bool hears);
  void forget(zmq::socket_t& socket);

  // The number, never used again, of the connection with the descriptor `fd` over which the socket
  // has just received something of `peer`. 0 if it is over.
  std::uint64_t number_of(zmq::socket_t& socket, int fd, std::string_view peer);
  // As of the last time that the monitors were read.
  bool is_open(std::uint64_t number) const;
  void read_monitors();

  struct Counters {
    std::size_t open = 0;
    std::uint64_t ended = 0;  // of those that were open
    std::uint64_t shut = 0;   // for want of room
    std::string shut_last;    // where from, if that is known
  };
  Counters counters() const;
  std::size_t max() const { return max_; }

 private:
  struct Implementation;
  const std::size_t max_;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace store
