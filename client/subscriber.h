// The receiving end of a status stream: one topic at one endpoint, until something is wrong with
// it. Frames are handed out as they come; whether one is missing is for their reader to see.
// Internal to the client library.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connection.h"
#include "event_requests.h"
#include "sockets.h"

namespace jobq {

// Of the endpoints that a store has bound for its streams, the one to connect to for whoever
// reaches its requests at `request_endpoint`: of the same transport, a wildcard replaced by the
// host there. Empty when there is none.
std::optional<std::string> status_endpoint(const std::vector<std::string>& bound,
                                           std::string_view request_endpoint);

class Subscriber {
 public:
  using Clock = std::chrono::steady_clock;

  // `store` must outlive it. Its interrupt() ends waits.
  explicit Subscriber(StoreConnection& store) : store_(&store) {}

  // Connects in the background. false: there can be no such endpoint.
  [[nodiscard]] bool open(const std::string& endpoint, const std::string& topic,
                          const std::string& key);
  void close() { socket_.close(); }
  [[nodiscard]] bool is_open() { return static_cast<bool>(socket_); }

  // The next event or sign that has come; those that are damaged, not sealed with the key
  // or of other topics are passed over. REQUIRES: is_open()
  [[nodiscard]] std::optional<Frame> receive();
  // The connection broke: what comes from now on may be of another store's life.
  // REQUIRES: is_open()
  [[nodiscard]] bool is_broken();
  // Returns when there may be a frame, something is wrong, an interrupt came, or at `end`; or not
  // for frames. May be called while it is closed.
  enum class For { kFrames, kInterrupt };
  void wait_until(Clock::time_point end, For what = For::kFrames);

 private:
  [[nodiscard]] bool take_message();

  StoreConnection* store_;
  MonitoredSocket socket_;
  std::string topic_;
  std::string key_;
  MessageCopy copy_;
  // Of the message that was received last: what has not been handed out, and the number of what
  // was.
  kj::ArrayPtr<const capnp::word> rest_ = nullptr;
  std::optional<std::uint64_t> last_;
};

}  // namespace jobq
