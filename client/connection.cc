#include "connection.h"

namespace jobq {

StoreConnection::StoreConnection(Connection options) : link_(std::move(options)) {
  link_.add_fd(interrupt_.fd());
}

void StoreConnection::wait_for(PendingCall& call) {
  while (!call.is_over()) {
    link_.run(Link::Clock::time_point::max());
    if (is_interrupted() && call.end()) {
      link_.forget_ended();
      throw Interrupted{};
    }
  }
}

}  // namespace jobq
