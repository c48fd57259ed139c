#include "connection.h"

namespace jobq {

StoreConnection::StoreConnection(Connection options) : link_(std::move(options)) {
  link_.add_fd(interrupt_.fd());
}

void StoreConnection::wait_for(const std::shared_ptr<PendingCall>& call, const Question& question,
                               Span patience) {
  if (is_interrupted()) {
    throw Interrupted{.sent = false};
  }
  Link::Call started = link_.make_call(question, patience, call);
  const std::uint64_t id = started.id;
  link_.add(std::move(started));
  while (!call->is_over()) {
    link_.run(Link::Clock::time_point::max());
    if (is_interrupted() && call->end()) {
      link_.forget_ended();
      throw Interrupted{.sent = link_.has_sent(id)};
    }
  }
}

}  // namespace jobq
