#include "connection.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <algorithm>
#include <array>
#include <utility>

#include "jobq/limits.h"
#include "z85.h"

namespace jobq {
namespace {

// What the store takes as one message (protocol.capnp). Checked here too, because the store hangs
// up on peers that send a multiple of it, which would look like a store that is away.
constexpr std::size_t kFrameBytesMax = limits::kFrameBytesMax;
// Enough for any reply; a bound on what a false store can make us hold.
constexpr std::int64_t kReplyBytesMax = 4 * std::int64_t{kFrameBytesMax};
constexpr int kReconnectMs = 20;
constexpr int kReconnectMaxMs = 500;
constexpr Span kPauseFirst{20};
constexpr Span kPauseMax{500};
// A store that only starts again is back sooner.
constexpr std::chrono::seconds kTroubleAfter{1};
constexpr std::size_t kKeyTextBytes = 40;

kj::Array<capnp::word> encode(std::uint64_t id, const Question& question, const std::string& token,
                              const StoreConnection::FillBody& fill) {
  capnp::MallocMessageBuilder message;
  auto request = message.initRoot<protocol::Request>();
  request.setId(id);
  request.setMethod(question.method);
  request.setPath(capnp::Text::Reader(question.path.c_str(), question.path.size()));
  request.setToken(kj::arrayPtr(reinterpret_cast<const kj::byte*>(token.data()), token.size()));
  fill(request.getBody());
  return capnp::messageToFlatArray(message);
}

using KeyText = std::array<char, kKeyTextBytes + 1>;

void require_key(const char* name, const std::string& text) {
  if (!auth::is_curve_key(text)) {
    throw std::invalid_argument(std::string(name) + ": is not a key of 40 Z85 characters");
  }
}

}  // namespace

void require_taken(protocol::Reply::Reader reply) {
  const unsigned code = reply.getCode();
  if (code == 200 || code == 207) {
    return;
  }
  const auto error = reply.getError();
  throw Refused(code, std::string(error.begin(), error.size()), Span(reply.getRetryAfterMs()));
}

struct StoreConnection::Call {
  const std::uint64_t id;
  const Question& question;
  const ReadReply& read;
  const kj::Array<capnp::word> request;
  const Span patience;
  const Span retry_after;
  const Clock::time_point start = Clock::now();
  Clock::time_point attempt_start = start;
  Clock::time_point unconnected_since = start;
  bool sent = false;

  // A store that is connected may take all the time it was given; without a connection there is no
  // use in waiting for an answer that it was asked to hold back.
  Clock::time_point end(bool is_connected) const {
    const auto latest = start + question.held + patience;
    return is_connected ? latest : std::min(latest, unconnected_since + patience);
  }
  Clock::time_point attempt_end(bool is_connected) const {
    return attempt_start + retry_after + (is_connected ? question.held : Span::zero());
  }
};

StoreConnection::StoreConnection(Connection options) : options_(std::move(options)), context_(1) {
  if (!options_.server_key.empty()) {
    require_key("server_key", options_.server_key);
    make_key_pair();
  } else if (!options_.curve_secret_key.empty()) {
    throw std::invalid_argument("curve_secret_key: needs the server_key of a store with CURVE");
  }
  open_socket();  // here, so that an endpoint that cannot be is refused early
  interrupt_.fd();
}

void StoreConnection::ask(const Question& question, const FillBody& fill, const ReadReply& read,
                          Span patience) {
  Call call{.id = ++last_id_,
            .question = question,
            .read = read,
            .request = encode(last_id_, question, options_.token, fill),
            .patience = patience,
            .retry_after = std::max(options_.retry_after, kPauseFirst)};
  if (call.request.asBytes().size() > kFrameBytesMax) {
    throw Refused(413, "frame: " + std::to_string(call.request.asBytes().size()) +
                           " bytes, at most " + std::to_string(kFrameBytesMax));
  }
  got_damaged_reply_ = false;
  link_trouble_.reset();
  if (socket_ && lost_connection(call)) {
    close_socket();  // it broke since the last call
  }
  for (Span pause = kPauseFirst;; pause = std::min(2 * pause, kPauseMax)) {
    throw_if_interrupted(call);
    if (!socket_) {
      open_socket();
    }
    const Heard heard = send(call) ? listen(call) : Heard::kNotNow;
    if (heard == Heard::kAnswer) {
      return;
    }
    if (is_connected_) {
      call.unconnected_since = Clock::now();
    }
    close_socket();
    const auto end = call.end(false);
    if (Clock::now() >= end) {
      throw Unreachable(options_.endpoint + ": " + what_is_wrong() + " for " +
                        std::to_string(patience.count()) + " ms");
    }
    if (heard == Heard::kSilence || Clock::now() >= call.unconnected_since + kTroubleAfter) {
      tell_trouble();
    }
    if (heard == Heard::kSilence) {
      link_trouble_.reset();  // that was of a store that is gone now
    }
    // A store that hangs up or says 503 again and again must not be asked in a tight loop.
    if (heard == Heard::kNotNow) {
      for (const auto next = std::min(Clock::now() + pause, end); Clock::now() < next;) {
        poll_until(next, false);
        throw_if_interrupted(call);
      }
    }
  }
}

void StoreConnection::make_key_pair() {
  KeyText public_key{};
  KeyText secret_key{};
  secret_key_ = options_.curve_secret_key;
  if (!secret_key_.empty()) {
    require_key("curve_secret_key", secret_key_);
    if (zmq_curve_public(public_key.data(), secret_key_.c_str()) != 0) {
      throw zmq::error_t();
    }
  } else {
    if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
      throw zmq::error_t();
    }
    secret_key_ = secret_key.data();
  }
  public_key_ = public_key.data();
}

MonitoredSocket StoreConnection::make_socket(zmq::socket_type type) {
  zmq::socket_t socket(context_, type);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::reconnect_ivl, kReconnectMs);
  socket.set(zmq::sockopt::reconnect_ivl_max, kReconnectMaxMs);
  socket.set(zmq::sockopt::maxmsgsize, kReplyBytesMax);
  if (!options_.server_key.empty()) {
    socket.set(zmq::sockopt::curve_serverkey, options_.server_key);
    socket.set(zmq::sockopt::curve_publickey, public_key_);
    socket.set(zmq::sockopt::curve_secretkey, secret_key_);
  }
  zmq::socket_t monitor = make_monitor(context_, socket, ++sockets_opened_);
  return {std::move(socket), std::move(monitor)};
}

void StoreConnection::open_socket() {
  is_connected_ = false;
  socket_ = make_socket(zmq::socket_type::dealer);
  try {
    socket_.socket.connect(options_.endpoint);
  } catch (const zmq::error_t& error) {
    throw std::invalid_argument("endpoint: " + options_.endpoint + ": " + error.what());
  }
}

void StoreConnection::close_socket() {
  socket_.close();
  is_connected_ = false;
}

bool StoreConnection::send(const Call& call) {
  const auto bytes = call.request.asBytes();
  return has_happened(zmq_send(socket_.socket.handle(), "", 0, ZMQ_SNDMORE | ZMQ_DONTWAIT)) &&
         has_happened(zmq_send(socket_.socket.handle(), bytes.begin(), bytes.size(), ZMQ_DONTWAIT));
}

StoreConnection::Heard StoreConnection::listen(Call& call) {
  call.sent = true;
  call.attempt_start = Clock::now();
  while (true) {
    throw_if_interrupted(call);
    // Replies first: a store that answers and goes has answered.
    bool not_now = false;
    if (take_replies(call, not_now)) {
      return Heard::kAnswer;
    }
    if (lost_connection(call) || not_now) {
      return Heard::kNotNow;
    }
    const auto end = std::min(call.end(is_connected_), call.attempt_end(is_connected_));
    const auto trouble_at = call.unconnected_since + kTroubleAfter;
    if (Clock::now() >= end) {
      return Heard::kSilence;
    }
    if (is_connected_ || is_trouble_told_) {
      poll_until(end, true);
    } else if (Clock::now() >= trouble_at) {
      tell_trouble();
    } else {
      poll_until(std::min(end, trouble_at), true);
    }
  }
}

void StoreConnection::tell_trouble() {
  if (!std::exchange(is_trouble_told_, true) && options_.on_trouble) {
    options_.on_trouble("waiting for " + options_.endpoint + ": " + what_is_wrong());
  }
}

// True when one of the replies that are there answers the call.
bool StoreConnection::take_replies(Call& call, bool& not_now) {
  while (true) {
    // The message's last frame: whatever comes before it is envelope.
    zmq::message_t frame;
    do {
      if (!receive(socket_.socket, frame)) {
        return false;
      }
    } while (frame.more());
    if (take_reply(call, {static_cast<const std::byte*>(frame.data()), frame.size()}, not_now)) {
      return true;
    }
  }
}

bool StoreConnection::take_reply(Call& call, std::span<const std::byte> frame, bool& not_now) {
  try {
    auto message = copy_.read(frame);
    const auto reply = message.getRoot<protocol::Reply>();
    if (reply.getId() != call.id) {
      return false;  // to a question that was given up
    }
    // With a body it is the refusal of what was asked for: the store is there.
    if (reply.getCode() == 503 && reply.getBody().isNone()) {
      not_now = true;
      return false;
    }
    is_trouble_told_ = false;
    call.read(reply);
    return true;
  } catch (const kj::Exception&) {
    got_damaged_reply_ = true;
  } catch (const DamagedReply&) {
    got_damaged_reply_ = true;
  }
  return false;
}

// Follows what the monitor tells; true when the connection has broken.
bool StoreConnection::lost_connection(Call& call) {
  bool is_lost = false;
  while (const auto event = next_event(socket_.monitor)) {
    if (*event == LinkEvent::kUp) {
      is_connected_ = true;
      link_trouble_.reset();
      call.attempt_start = Clock::now();  // what was sent before is on its way only now
    } else if (*event == LinkEvent::kGone) {
      if (is_connected_) {
        call.unconnected_since = Clock::now();
      }
      is_connected_ = false;
      is_lost = true;
    } else if (link_trouble_ != LinkEvent::kHandshakeFailed) {
      link_trouble_ = event;
    }
  }
  return is_lost;
}

void StoreConnection::throw_if_interrupted(const Call& call) const {
  if (interrupt_.is_set()) {
    throw Interrupted{call.sent};
  }
}

void StoreConnection::poll_until(Clock::time_point end, bool with_socket) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
  std::array<zmq_pollitem_t, 3> items{{{nullptr, interrupt_fd(), ZMQ_POLLIN, 0},
                                       {socket_.socket.handle(), 0, ZMQ_POLLIN, 0},
                                       {socket_.monitor.handle(), 0, ZMQ_POLLIN, 0}}};
  // A signal ends the poll early, which the callers take for nothing happened.
  static_cast<void>(
      has_happened(zmq_poll(items.data(), with_socket ? 3 : 1, std::max<long>(left.count(), 0))));
}

std::string StoreConnection::what_is_wrong() const {
  if (got_damaged_reply_) {
    return "no reply that can be understood";
  }
  if (link_trouble_ == LinkEvent::kHandshakeFailed) {
    return "the handshake failed (are the keys right?)";
  }
  return link_trouble_ ? "cannot connect (does a store listen there?)" : "no answer";
}

}  // namespace jobq
