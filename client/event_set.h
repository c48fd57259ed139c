// Waits for several things at once: sockets of libzmq, a time, and other threads; as a call that
// blocks, or as one file descriptor in somebody else's event loop. Internal to the client library.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <zmq.hpp>

#include "file_descriptor.h"
#include "interrupt_event.h"

namespace jobq {

// One thread at a time; wake() from any.
class EventSet {
 public:
  using Clock = std::chrono::steady_clock;
  enum class What : std::uint32_t { kWoken, kTime, kSocket, kMonitor, kOther };
  // By What.
  using Ready = std::array<bool, 5>;

  EventSet();

  // libzmq says once that something has come: its socket is to be read until there is nothing.
  void add(zmq::socket_t& socket, What what);
  void remove(zmq::socket_t& socket);  // before it is closed
  void add(int fd, What what);

  void wake() { wake_.set(); }
  // Adds what is ready; when that leaves nothing, waits for something until `end` at most. A wake()
  // is ready once.
  void wait(Clock::time_point end, Ready& ready);
  // Readable when wait() would not wait, and at the time that was set last.
  int fd();
  void set_time(Clock::time_point time);

 private:
  InterruptEvent wake_;
  FileDescriptor epoll_;
  FileDescriptor timer_;  // made when fd() is asked for
  Clock::time_point time_ = Clock::time_point::max();
};

}  // namespace jobq
