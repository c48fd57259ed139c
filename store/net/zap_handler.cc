#include "zap_handler.h"

#include <array>
#include <utility>

namespace store {
namespace {

// A flood of connections must not hold up the loop.
constexpr int kAnswersAtOnceMax = 256;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kKeyCharacters = 40;

enum Part : std::size_t { kVersion, kRequestId, kDomain, kAddress, kRoutingId, kMechanism, kKey };
constexpr std::size_t kParts = kKey + 1;

}  // namespace

ZapHandler::ZapHandler(zmq::context_t& context, MayConnect may_connect)
    : socket_(context, zmq::socket_type::rep), may_connect_(std::move(may_connect)) {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.bind("inproc://zeromq.zap.01");
}

void ZapHandler::serve() {
  for (int i = 0; i < kAnswersAtOnceMax && serve_one(); ++i) {
  }
}

bool ZapHandler::serve_one() {
  std::array<zmq::message_t, kParts> parts;
  std::size_t count = 0;
  bool more = true;
  while (more) {
    zmq::message_t excess;
    zmq::message_t& part = count < kParts ? parts[count] : excess;
    if (!socket_.recv(part, zmq::recv_flags::dontwait)) {
      return false;
    }
    more = part.more();
    ++count;
  }
  std::string key;
  if (count == kParts && parts[kMechanism].to_string_view() == "CURVE" &&
      parts[kKey].size() == kKeyBytes) {
    std::array<char, kKeyCharacters + 1> text;
    key = zmq_z85_encode(text.data(), parts[kKey].data<std::uint8_t>(), kKeyBytes);
  }
  const bool accepts = !key.empty() && may_connect_(parts[kDomain].to_string_view(), key);
  const std::array<std::string_view, 4> answer = {accepts ? "200" : "400",
                                                  accepts ? "OK" : "this key is not listed",
                                                  accepts ? std::string_view(key) : "", ""};
  const auto flags = zmq::send_flags::dontwait | zmq::send_flags::sndmore;
  (void)socket_.send(zmq::str_buffer("1.0"), flags);
  (void)socket_.send(parts[kRequestId], flags);
  for (std::size_t i = 0; i < answer.size(); ++i) {
    (void)socket_.send(zmq::buffer(answer[i]),
                       i + 1 < answer.size() ? flags : zmq::send_flags::dontwait);
  }
  return true;
}

}  // namespace store
