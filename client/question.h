// A question to a store and the reply to it, as they are on the wire. Internal to the client and
// driver libraries.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <zmq.hpp>

#include "jobq/request.h"
#include "jobq/types.h"
#include "protocol.capnp.h"

namespace jobq {

using Method = protocol::Method;
using RequestBody = protocol::Request::Body::Builder;

struct Question {
  Method method = Method::GET;
  std::string path{};
  Span held{};  // how long the store is asked to hold the answer back, as the body says
  std::function<void(RequestBody)> fill = [](RequestBody) {};
};

// As one frame. Throws Refused (413) when it is longer than the store takes. Checked here too,
// because the store hangs up on peers that send a multiple of it, which would look like a store
// that is away.
zmq::message_t encode(std::uint64_t id, const Question& question, const std::string& token);

// Must not be kept.
struct ReplyReader {
  protocol::Reply::Reader reply;
};

// A reply that is not what the question asked for; it counts as no answer.
class DamagedReply : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws Refused unless the reply's code is 200 or 207.
void require_taken(protocol::Reply::Reader reply);

}  // namespace jobq
