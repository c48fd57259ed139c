// The observe endpoint of databox's Zest: a ROUTER to which observers connect with DEALERs, under
// the names that they were given, and never say anything. With CURVE it has a key pair of its own,
// new with each start. Single-threaded, of the thread that serves requests; its traffic has an I/O
// thread of its own.
#pragma once

#include <memory>
#include <string>

namespace store {

class Connections;
struct SilentSocket;

struct ObserveSocketOptions {
  bool has_curve = true;
  // Where its connections count; must outlive it.
  Connections* connections = nullptr;
};

class ObserveSocket {
 public:
  explicit ObserveSocket(const ObserveSocketOptions& options);
  ~ObserveSocket();

  // As bind_endpoint().
  std::string bind(const std::string& endpoint);

  // Z85; of this start's pair. Empty without CURVE.
  const std::string& public_key() const { return public_key_; }

  enum class Sent {
    kTaken,
    kAbsent,  // nobody with that name is connected
    kFull,    // he takes too little
  };
  // Never waits.
  Sent send(const std::string& observer, const std::string& message);

  // Drops what observers say.
  void listen();

 private:
  const std::unique_ptr<SilentSocket> socket_;
  std::string public_key_;
};

}  // namespace store
