// How a client or a driver reaches its store, and how calls fail.
#pragma once

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>

#include "jobq/types.h"

namespace jobq {

// Where the store is and what the caller may do there.
struct Connection {
  std::string endpoint = "tcp://127.0.0.1:5555";  // tcp:// or ipc://
  std::string
      server_key{};     // Z85 text, 40 characters; empty: without CURVE (loopback and ipc only)
  std::string token{};  // the capability, as `jobq mint` prints it; may be empty for /status
  // The caller's own CURVE key, Z85 text, 40 characters, as `jobq keygen` writes it; empty: another
  // one for each connection. A token with a `curve` caveat is good with the key that it names only,
  // and a store may have a list of those who may connect to its driver endpoint.
  std::string curve_secret_key{};
  // How long one call may take in all, waiting for the store to come back included.
  Span patience = std::chrono::seconds(30);
  // After this long without an answer the request is sent again on a fresh socket. Time that the
  // store was asked to hold the answer back is added to it.
  Span retry_after = std::chrono::seconds(2);
  // Called when no store has been there for a second, once until one answers, on the thread that
  // asks; it goes on to wait. "waiting for tcp://...: cannot connect (does a store listen there?)".
  // May be empty, and must not throw.
  std::function<void(const std::string&)> on_trouble{};
};

// The store said no, or would have, of what was not even sent: nothing was changed. `code` is
// HTTP's (docs/protocol.md lists them).
class Refused : public std::runtime_error {
 public:
  Refused(unsigned code, const std::string& what, Span retry_after = {})
      : std::runtime_error(what), code_(code), retry_after_(retry_after) {}
  unsigned code() const { return code_; }
  // With code 429: when asking again makes sense. Zero: the store has no estimate.
  Span retry_after() const { return retry_after_; }

 private:
  unsigned code_;
  Span retry_after_;
};

// The store could not be reached within the patience. Whether the last request took effect is
// unknown; all calls may be repeated.
class Unreachable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A random (version 4) GUID from the system's generator, to name jobs with.
std::string new_guid();

}  // namespace jobq
