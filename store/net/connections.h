// The connections of the store's sockets: counted, bounded, and known again.
//
// libzmq takes in whoever comes, until no descriptor is left for the database, and does not tell
// when a peer has gone. What its sockets tell their monitors is enough for both: when there are too
// many connections, the oldest over which nothing has been said is shut down, and if there is none,
// the new one. That is done by a thread of its own, which nothing else holds up.
//
// Nor does libzmq bound what it takes in from all of its peers together, before anything of it is
// received: unfinished messages, and those that wait. It is counted what has come over each
// connection (accepted.h); when there is too much, those are shut down over which the most has.
//
// What is on its way to a peer counts as his: beyond a bound he is to get no more until he has read
// some, and when there is too much in sum, those are shut down whose peers have left the most.
//
// Thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "held_bytes.h"

namespace zmq {
class context_t;
class socket_t;
}  // namespace zmq

namespace store {

class Connections {
 public:
  // Half of `unread_bytes_max` is for those who have read all they got.
  explicit Connections(std::size_t max, std::size_t unread_bytes_max = 256u << 20);
  ~Connections();

  struct Terms {
    // Else peers say nothing in any case, and are not shut down to make room.
    bool hears = true;
    // What may have come from all peers and not been received yet, beyond what each may send
    // before it says something.
    std::uint64_t unheard_bytes_max = 256u << 20;
    std::uint64_t unheard_bytes_of_each = 0;
  };
  // From before the socket is bound until forget(), which must come before it is closed. Both in
  // the thread that uses the socket.
  void watch(zmq::context_t& context, zmq::socket_t& socket, const Terms& terms);
  void forget(zmq::socket_t& socket);

  // The number, never used again, of the connection with the descriptor `fd` over which the socket
  // has just received so many bytes of `peer`. 0 if it is over.
  std::uint64_t number_of(zmq::socket_t& socket, int fd, std::string_view peer, std::size_t bytes);
  // Where a text counts that is on its way to the peer of the connection; nullptr when that is
  // over, or he has to read first.
  std::shared_ptr<HeldBytes> room_for(std::uint64_t number);

  // As of the last time that the monitors were read.
  bool is_open(std::uint64_t number) const;
  // Where its peer is; empty if it has no address, or is gone.
  std::string address_of(std::uint64_t number) const;
  void read_monitors();

  // Why they were let go.
  enum class Why : std::size_t {
    kMax,       // there was no room, or no descriptor (accepted.h)
    kFlooding,  // too much had come over them
    kUnread,    // their peers did not read
    kSilent,    // they ended by themselves, and nothing had been said over them
  };
  static constexpr std::size_t kWhys = 4;
  struct Ended {
    std::uint64_t count = 0;
    std::string last;  // where from, if that is known
  };
  struct Counters {
    std::size_t open = 0;
    std::uint64_t ended = 0;  // of those that were open
    std::array<Ended, kWhys> let_go;
    std::size_t unread_bytes = 0;  // that are on their way to all

    Ended& of(Why why) { return let_go[static_cast<std::size_t>(why)]; }
    const Ended& of(Why why) const { return let_go[static_cast<std::size_t>(why)]; }
  };
  Counters counters() const;
  // Readable once a connection has ended over which something was said, until take_ended(). Its
  // owner's: not to be read.
  int ended_fd() const;
  bool take_ended();
  std::size_t max() const { return max_; }

 private:
  struct Implementation;
  const std::size_t max_;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace store
