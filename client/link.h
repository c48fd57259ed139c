// A conversation with a store over one socket: any number of requests are under way, and each is
// answered in its turn, however often the store restarts in between. Internal to the client and
// driver libraries.
//
// A request without answer is repeated with the same bytes on a fresh socket ("lazy pirate"), and
// with it all others; the store recognises repetitions, so repeating is always safe. A connection
// that breaks is noticed at once through a socket monitor: without it, a request that a killed
// store had parked would be missed only after all the time the store was asked to hold it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>
#include <zmq.hpp>

#include "event_set.h"
#include "jobq/connection.h"
#include "question.h"
#include "sockets.h"
#include "store_sockets.h"

namespace jobq {

// One thread at a time, except where another is named.
class Link {
 public:
  using Clock = std::chrono::steady_clock;

  // A request under way.
  struct Call {
    std::uint64_t id = 0;
    zmq::message_t frame{};  // kept to be sent again
    Span held{};
    Span patience{};
    std::shared_ptr<PendingCall> pending{};
    Clock::time_point start{};
    Clock::time_point attempt_start{};

    // A store that is connected may take all the time it was given; without a connection there is
    // no use in waiting for an answer that it was asked to hold back.
    Clock::time_point end(bool is_connected, Clock::time_point unconnected_since) const;
  };

  // `on_ended` is called after each call that has ended, however it did.
  // Throws std::invalid_argument when the endpoint or a key is none.
  explicit Link(Connection options, std::function<void(const Call&)> on_ended = {});
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link();

  // Any thread. Throws Refused (413) when the store would not take a frame of that length.
  Call make_call(const Question& question, const std::string& token, Span patience,
                 std::shared_ptr<PendingCall> pending);
  // It is sent by the next run(); one that run() itself calls may add calls.
  void add(Call call);
  // Both. `done` is called within run().
  template <typename T>
  std::shared_ptr<PendingCall> start(const Request<T>& request,
                                     std::type_identity_t<Callback<T>> done, Span patience) {
    auto pending = std::make_shared<PendingRequest<T>>(request.read, std::move(done));
    add(make_call(*request.question, options_.token, patience, pending));
    return pending;
  }
  // Sends, reads answers and tells of them, connects and repeats. Waits for something of it to be
  // done until `until` at most, and not after a wake(). Returns how many calls have ended.
  std::size_t run(Clock::time_point until);
  // Any thread: ends a run() that waits, or the next.
  void wake() { events_.wake(); }
  // Calls that have ended otherwise (PendingCall::end()) are forgotten by the next run().
  void forget_ended() { has_ended_calls_ = true; }
  std::size_t size() const { return calls_.size(); }

  // Readable when run() has something to do. The link's: not to be read, written or closed.
  int fd() { return events_.fd(); }
  // Has run() return while `fd` is readable, too.
  void add_fd(int fd) { events_.add(fd, What::kOther); }

  const StoreSockets& sockets() const { return sockets_; }
  const Connection& options() const { return options_; }

 private:
  using Calls = std::map<std::uint64_t, Call>;
  using What = EventSet::What;

  bool is_ready(What what) const { return ready_[static_cast<std::size_t>(what)]; }
  void open_socket();
  void close_socket();
  void send_all();
  bool send_unsent();
  std::size_t work();
  std::size_t take_replies();
  bool take_reply(std::span<const std::byte> frame);
  void end_call(Calls::iterator call, std::exception_ptr error);
  void follow_monitor();
  void lose_connection();
  std::size_t tend(Clock::time_point now);
  void be_silent(Clock::time_point now);
  std::size_t drop_ended();
  Clock::time_point attempt_end(const Call& call) const;
  void tell_trouble();
  std::string what_is_wrong() const;

  const Connection options_;
  const std::function<void(const Call&)> on_ended_;
  const StoreSockets sockets_;
  std::atomic<std::uint64_t> last_id_ = 0;
  std::atomic<bool> has_ended_calls_ = false;
  EventSet events_;
  EventSet::Ready ready_{};
  Calls calls_;
  std::vector<std::uint64_t> unsent_;
  // Not after the first time at which something is to be done though nothing comes.
  Clock::time_point due_ = Clock::time_point::max();

  MonitoredSocket socket_;  // closed while there is a pause before the next attempt
  Clock::time_point reopen_at_{};
  Span pause_{};
  bool is_connected_ = false;
  Clock::time_point unconnected_since_{};
  Clock::time_point heard_at_{};           // the last answer
  std::optional<LinkEvent> link_trouble_;  // of the attempt under way
  bool is_trouble_told_ = false;           // since the last answer
  bool got_damaged_reply_ = false;         // likewise
  bool is_shutting_down_ = false;          // the store says so
  MessageCopy copy_;                       // of the reply being read
};

}  // namespace jobq
