// The status endpoint: an XPUB in manual mode, which sends only to those whose subscription was
// honoured. Used by one thread (publisher.h). Its traffic has an I/O thread of its own.
//
// libzmq keeps every subscription that a stranger sends until he goes, and it confuses peers when
// one of them sends anything else (the message takes the place of another peer's subscription). So
// when there are too many of the former, or one of the latter, the socket is replaced by a fresh
// one: all subscribers are disconnected, come back by themselves, and find in the journal what they
// have missed. libzmq also takes in all that comes while it comes, before it returns from any call:
// it is `connections` that ends a flood.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "held_bytes.h"

namespace store {

class Connections;
struct SilentSocket;

struct StatusSocketOptions {
  // CURVE secret key, Z85; empty: no CURVE.
  std::string curve_secret{};
  // Frames held for one subscriber that does not take them; beyond, it gets none.
  int frames_max = 512;
  // Frames held for all of them; beyond, the socket is replaced.
  std::size_t held_bytes_max = 128u << 20;
  // Subscriptions to nothing that peers may have at the same time, all together; libzmq needs some
  // 50 times as much memory.
  std::size_t ignored_bytes_max = 2u << 20;
  // Between two replacements.
  std::chrono::milliseconds reopen_after = std::chrono::seconds(1);
  // Where its connections count; nullptr: nowhere. Must outlive it.
  Connections* connections = nullptr;
};

class StatusSocket {
 public:
  explicit StatusSocket(StatusSocketOptions options);
  ~StatusSocket();

  // Returns the endpoint as bound. Throws SocketError.
  std::string bind(const std::string& endpoint);

  // Returns when there is something to receive, `fd` is readable, or it is time to call receive()
  // again.
  void wait(int fd);

  // Asks for each subscription that has come whether it is honoured, and tells of each that has
  // ended (also of peers that are gone). Not more than some at a time. Returns false when the
  // socket was replaced: all have ended.
  using Decide = std::function<bool(bool begins, std::string_view topic)>;
  bool receive(const Decide& decide);

  // To all whose subscription to exactly this topic was honoured. Never waits; returns false when
  // the buffer of one of them was found full, which then gets nothing until it has room.
  bool send(const std::string& topic, std::string body);

  // Nothing is sent to the topic any more; so many subscribe to it still, which libzmq keeps.
  void abandon(std::string_view topic, std::size_t subscribers);

  // The socket is being replaced: receive() has to be called again soon.
  bool is_broken() const { return is_broken_; }

  // Subscriptions to what is no topic.
  std::uint64_t ignored() const { return ignored_; }

 private:
  using Clock = std::chrono::steady_clock;
  void open();
  bool replace();

  const StatusSocketOptions options_;
  const std::shared_ptr<HeldBytes> held_ = std::make_shared<HeldBytes>();
  std::vector<std::string> endpoints_;
  std::unique_ptr<SilentSocket> socket_;  // empty while it is being replaced
  std::size_t ignored_bytes_ = 0;
  std::uint64_t ignored_ = 0;
  Clock::time_point opened_at_;
  bool is_broken_ = false;
};

}  // namespace store
