// Asks a store one question at a time and waits for the answer. Internal to the client and driver
// libraries.
#pragma once

#include <functional>
#include <utility>
#include <zmq.hpp>

#include "interrupt_event.h"
#include "jobq/connection.h"
#include "link.h"
#include "question.h"

namespace jobq {

// interrupt() ended a call. The store may have got the request.
struct Interrupted {};

// One thread at a time; interrupt() from any.
class StoreConnection {
 public:
  // Throws std::invalid_argument when the endpoint or a key is none.
  explicit StoreConnection(Connection options);

  // Throws Refused, Interrupted, and Unreachable when there was no connection for the whole of
  // `patience`, or no answer in `patience` and the time held. A reply 503 without body (the store
  // is shutting down) counts as none.
  template <typename T>
  T ask(const Request<T>& request, Span patience) {
    std::optional<Answer<T>> answer;
    if (is_interrupted()) {
      throw Interrupted{};
    }
    wait_for(*link_.start(
        request, [&](Answer<T> came) { answer.emplace(std::move(came)); }, patience));
    return std::move(*answer).value();
  }
  template <typename T>
  T ask(const Request<T>& request) {
    return ask(request, options().patience);
  }

  // Makes the call under way, and all later ones until resume(), throw Interrupted.
  void interrupt() { interrupt_.set(); }
  void resume() { interrupt_.reset(); }
  bool is_interrupted() const { return interrupt_.is_set(); }
  // Readable while it is interrupted, to poll with.
  int interrupt_fd() { return interrupt_.fd(); }

  // For the same store.
  const StoreSockets& sockets() const { return link_.sockets(); }

  const Connection& options() const { return link_.options(); }

 private:
  // Until it is over.
  void wait_for(PendingCall& call);

  InterruptEvent interrupt_;
  Link link_;
};

}  // namespace jobq
