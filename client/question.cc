#include "question.h"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/io.h>

#include <array>

#include "jobq/connection.h"
#include "jobq/limits.h"

namespace jobq {
namespace {

// Short requests are built without allocating.
constexpr std::size_t kScratchWords = 256;

}  // namespace

void require_taken(protocol::Reply::Reader reply) {
  const unsigned code = reply.getCode();
  if (code == 200 || code == 207) {
    return;
  }
  const auto error = reply.getError();
  throw Refused(code, std::string(error.begin(), error.size()), Span(reply.getRetryAfterMs()));
}

zmq::message_t encode(std::uint64_t id, const Question& question, const std::string& token) {
  std::array<capnp::word, kScratchWords> scratch{};
  capnp::MallocMessageBuilder message(kj::arrayPtr(scratch.data(), scratch.size()));
  auto request = message.initRoot<protocol::Request>();
  request.setId(id);
  request.setMethod(question.method);
  request.setPath(capnp::Text::Reader(question.path.c_str(), question.path.size()));
  request.setToken(kj::arrayPtr(reinterpret_cast<const kj::byte*>(token.data()), token.size()));
  question.fill(request.getBody());
  const std::size_t bytes = capnp::computeSerializedSizeInWords(message) * sizeof(capnp::word);
  if (bytes > limits::kFrameBytesMax) {
    throw Refused(413, "frame: " + std::to_string(bytes) + " bytes, at most " +
                           std::to_string(limits::kFrameBytesMax));
  }
  zmq::message_t frame(bytes);
  kj::ArrayOutputStream out(kj::arrayPtr(frame.data<kj::byte>(), bytes));
  capnp::writeMessage(out, message);
  return frame;
}

}  // namespace jobq
