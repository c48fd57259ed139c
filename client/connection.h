// One side of a conversation with a store: a request goes out, the reply to it comes back, however
// often the store restarts in between. Internal to the client and driver libraries.
//
// A request without answer is repeated with the same bytes on a fresh socket ("lazy pirate"); the
// store recognises repetitions, so repeating is always safe. A connection that breaks is noticed at
// once through a socket monitor: without it, a request that a killed store had parked would be
// missed only after all the time the store was asked to hold it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <zmq.hpp>

#include "interrupt_event.h"
#include "jobq/connection.h"
#include "protocol.capnp.h"
#include "sockets.h"

namespace jobq {

struct Question {
  protocol::Method method = protocol::Method::GET;
  std::string path;
  Span held{};  // how long the store is asked to hold the answer back, as the body says
};

// interrupt() ended a call. `sent`: the store may have got the request.
struct Interrupted {
  bool sent = false;
};

// A reply that is not what the question asked for; it counts as no answer.
class DamagedReply : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws Refused unless the reply's code is 200 or 207.
void require_taken(protocol::Reply::Reader reply);

// One thread at a time; interrupt() from any.
class StoreConnection {
 public:
  using FillBody = std::function<void(protocol::Request::Body::Builder)>;
  // Takes the reply apart, which must not be kept. May throw Refused, which ends the call;
  // kj::Exception and DamagedReply make the reply count as none. Called again for a later reply
  // then, so it must not rely on what it did before.
  using ReadReply = std::function<void(protocol::Reply::Reader)>;

  // Throws std::invalid_argument when the endpoint or a key is none.
  explicit StoreConnection(Connection options);
  StoreConnection(const StoreConnection&) = delete;
  StoreConnection& operator=(const StoreConnection&) = delete;

  // Returns once `read` has accepted a reply. Throws Unreachable when there was no connection for
  // the whole of `patience`, or no answer in `patience` and the time held. A reply 503 without
  // body (the store is shutting down) counts as none.
  void ask(const Question& question, const FillBody& fill, const ReadReply& read, Span patience);
  void ask(const Question& question, const FillBody& fill, const ReadReply& read) {
    ask(question, fill, read, options_.patience);
  }

  // Makes the call under way, and all later ones until resume(), throw Interrupted.
  void interrupt() { interrupt_.set(); }
  void resume() { interrupt_.reset(); }
  bool is_interrupted() const { return interrupt_.is_set(); }
  // Readable while it is interrupted, to poll with.
  int interrupt_fd() { return interrupt_.fd(); }

  // A socket for the same store with its monitor: encrypted as the connection's own, not connected.
  // REQUIRES: it is closed before this object ends.
  MonitoredSocket make_socket(zmq::socket_type type);

  const Connection& options() const { return options_; }

 private:
  using Clock = std::chrono::steady_clock;
  enum class Heard { kAnswer, kSilence, kNotNow };
  struct Call;  // one ask()

  void make_key_pair();
  void open_socket();
  void close_socket();
  bool send(const Call& call);
  Heard listen(Call& call);
  bool take_replies(Call& call, bool& not_now);
  bool take_reply(Call& call, std::span<const std::byte> frame, bool& not_now);
  bool lost_connection(Call& call);
  void throw_if_interrupted(const Call& call) const;
  // Waits for something to happen, at most until `end`.
  void poll_until(Clock::time_point end, bool with_socket);
  void tell_trouble();
  std::string what_is_wrong() const;

  const Connection options_;
  std::string public_key_;
  std::string secret_key_;
  InterruptEvent interrupt_;
  zmq::context_t context_;
  MonitoredSocket socket_;  // closed between attempts
  std::uint64_t sockets_opened_ = 0;
  std::uint64_t last_id_ = 0;
  bool is_connected_ = false;
  std::optional<LinkEvent> link_trouble_;  // of the attempt under way
  bool is_trouble_told_ = false;           // since the last answer
  bool got_damaged_reply_ = false;
  MessageCopy copy_;  // of the reply being read
};

}  // namespace jobq
