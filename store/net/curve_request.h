// A request to a server of CURVE, over a REQ and with a client key of its own, and the wait for the
// answer: for a start, which has nothing else to do.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "endpoint.h"

namespace store {

class CurveRequest {
 public:
  enum class State : std::uint8_t {
    kUnreachable,  // nobody listens there
    kStrange,      // somebody does, but no handshake succeeds: he has another key
    kSilent,       // the server has the request
    kLost,         // and will not answer: the connection is gone
    kAnswered,
  };

  // `server_key` is Z85. The frame is sent once. Throws SocketError when the endpoint is none.
  CurveRequest(const std::string& endpoint, const std::string& server_key,
               const std::string& frame);
  ~CurveRequest();

  // How it stands when that changes for good, when the time is over or when `fd` is readable. With
  // kUnreachable, kStrange and kSilent it goes on.
  State wait(std::chrono::milliseconds time, int fd);

  // REQUIRES: kAnswered.
  const std::string& answer() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace store
